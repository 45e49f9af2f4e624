// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {EarlyApproval} from "./EarlyApproval.sol";
import {EscrowAdmin} from "./EscrowAdmin.sol";

/**
 * @title KustodiaEscrow
 * @notice Holds one payment's tokens until its custody is over, and then pays them to the address that was Kustodia's
 * settlement address when it was funded. The contract locks and unlocks; which person is paid is decided off chain.
 *
 * ```
 *                 release
 *          Funded ───────────────▶ Released       from the deadline on: the bridge wallet alone;
 *          │ ▲  │ cancel                          before it: with an approver's signature;
 *  dispute │ │  └────────────────▶ Cancelled      30 days after it: anybody releases
 *          ▼ │ resolve: true           ▲
 *        Disputed ─────────────────────┘
 *                  resolve: false
 * ```
 *
 * What holds, whoever calls:
 * - Escrowed tokens leave once, whole, and only to the payee that the escrow got when it was funded. Another one
 *   takes two keys: the admin names it as settlement address, and an approver who was one before the escrow was
 *   funded, and has been one for as long as a new settlement address waits, redirects the escrow to it. So no role
 *   that is given to anybody today has a say in where the money goes that is in custody by then, and none at all
 *   before the settlement delay is over.
 * - What is funded and not disputed can leave, whoever has lost or been stripped of which role: 30 days after its
 *   deadline anybody can release it.
 * - Before its deadline an escrow ends only with the signature of an approver, who is never the bridge wallet or the
 *   admin. Whoever has the admin's key can make both of them, and so end a custody early: to its payee.
 * - The balance of a token is at least the sum of its open escrows, and `rescue` reaches only what exceeds that sum.
 * - A reference makes one escrow, ever: a create that is repeated reverts.
 * - The pause stops new money from coming in and nothing else. Money that must leave always can, and a dispute, which
 *   only holds money, can always be opened.
 *
 * The contract is not upgradeable. Its strings are public for ever: no personal data may be put into them.
 */
contract KustodiaEscrow is EscrowAdmin, EarlyApproval, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice What this contract is, for a client that checks before it sends money.
    string public constant VERSION = "KustodiaEscrow/3";

    /// @notice The `vertical` of every `EscrowCreated`.
    string public constant VERTICAL = "custody";

    /// @notice The longest custody, in seconds: ten years of 365 days.
    uint64 public constant MAX_CUSTODY = 3650 days;

    /// @notice The most ids of one batch.
    uint256 public constant MAX_BATCH = 100;

    /// @notice From so many seconds after its deadline on, anybody can release an escrow. Long enough for whoever
    /// must see to it that its payee is still the right one, and for a payment that waits for a decision.
    uint64 public constant ORPHANED_AFTER = 30 days;

    /// @notice From so many seconds after its deadline on, anybody can release an escrow though it is disputed: no key
    /// that is lost or stolen, the admin's included, holds one for ever.
    uint64 public constant ABANDONED_AFTER = 365 days;

    /// @notice The number of escrows ever made, which is the id of the newest: ids start at 1.
    uint256 public escrowCount;

    /// @notice The escrow that a reference made; 0 if none did.
    mapping(bytes32 ref => uint256 escrowId) public escrowIdOf;

    /// @notice When an account last became an approver. It stays when the role is taken, and says nothing then.
    mapping(address approver => Appointment appointment) public appointmentOf;

    /// @notice What the open escrows hold of a token, in its base units.
    mapping(address token => uint256 amount) public escrowedTotal;

    mapping(uint256 escrowId => Escrow escrow) private _escrows;

    /// @notice Gives out the roles and allows the first token. Approvers are granted afterwards.
    /// @param admin Holds the admin role, which passes on in two steps, and at first the pauser role.
    /// @param adminDelay Seconds between the two steps, which may change, and before a new settlement address can be
    /// put in force, which never do.
    /// @param bridgeWallet Gets the bridge role, and is the first settlement address. Not the admin, zero or this
    /// contract.
    /// @param token The first token that escrows may hold.
    constructor(address admin, uint48 adminDelay, address bridgeWallet, address token)
        EscrowAdmin(admin, adminDelay, bridgeWallet, token)
    {}

    /// @notice Makes an escrow and pulls its tokens from the caller, who must have approved them.
    /// @dev Emits EscrowCreated, EscrowReferenced and EscrowFunded, in this order.
    /// @param ref The opaque payment reference; not zero, usable once.
    /// @param token An allowed ERC-20 that delivers what it is asked for.
    /// @param amount In the token's base units; at least 1.
    /// @param custodySeconds From 1 to `MAX_CUSTODY`, counted by the chain's own clock from this block.
    /// @return escrowId The new escrow's id.
    function createAndFund(bytes32 ref, address token, uint256 amount, uint64 custodySeconds)
        external
        onlyRole(BRIDGE_ROLE)
        whenNotPaused
        nonReentrant
        returns (uint256 escrowId)
    {
        escrowId = _create(ref, token, amount, custodySeconds);
        _fund(escrowId, token, amount);
    }

    /// @notice The same with the caller's EIP-2612 permit of exactly `amount` in the place of an approval.
    /// @dev A permit is public once it is sent, and whoever sends it first uses it up. What it was for, the
    /// allowance, is then there: so a permit that fails is no failure, and the pull says whether the allowance is
    /// enough.
    /// @param ref The opaque payment reference; not zero, usable once.
    /// @param token An allowed ERC-20 that delivers what it is asked for and knows EIP-2612.
    /// @param amount In the token's base units; at least 1.
    /// @param custodySeconds From 1 to `MAX_CUSTODY`, counted by the chain's own clock from this block.
    /// @param permitDeadline Unix seconds; the last block time at which the permit is good.
    /// @param v Of the permit's signature.
    /// @param r Of the permit's signature.
    /// @param s Of the permit's signature.
    /// @return escrowId The new escrow's id.
    function createAndFundWithPermit(
        bytes32 ref,
        address token,
        uint256 amount,
        uint64 custodySeconds,
        uint256 permitDeadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external onlyRole(BRIDGE_ROLE) whenNotPaused nonReentrant returns (uint256 escrowId) {
        escrowId = _create(ref, token, amount, custodySeconds);
        try IERC20Permit(token).permit(msg.sender, address(this), amount, permitDeadline, v, r, s) {} catch {}
        _fund(escrowId, token, amount);
    }

    /// @notice Ends the custody: the tokens go to the escrow's payee. Works while paused.
    /// @dev Who calls has no say in who is paid: so the bridge wallet's revocation may hold an escrow up, but not
    /// for ever.
    /// @param escrowId A funded escrow whose deadline has come; for anybody but the bridge wallet, `ORPHANED_AFTER`
    /// ago.
    function release(uint256 escrowId) external nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        if (!_isOrphaned(escrow)) _checkRole(BRIDGE_ROLE);
        _requireDue(escrow);
        _release(escrowId, escrow);
    }

    /// @notice Releases what is disputed and what nobody resolved for so long. For anybody. Works while paused.
    /// @param escrowId A disputed escrow whose deadline was `ABANDONED_AFTER` ago.
    function releaseAbandoned(uint256 escrowId) external nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Disputed);
        uint64 end = escrow.deadline + ABANDONED_AFTER;
        if (block.timestamp < end) revert CustodyNotOver(end);
        _release(escrowId, escrow);
    }

    /// @notice Releases each of these that is funded and that `release` would release for who calls, and passes over
    /// the others: `EscrowReleased` or `ReleaseSkipped` tells for each id, in their order. Works while paused.
    /// @dev A dispute that overtook the batch must not hold up the rest. A transfer that is refused does revert the
    /// whole, escrows of other tokens and payees included: skipping it would hide it. So batch one token and payee
    /// at a time.
    /// @param escrowIds From 1 to `MAX_BATCH` ids. One that is named twice is released once.
    function releaseBatch(uint256[] calldata escrowIds) external nonReentrant {
        _requireBatch(escrowIds.length);
        bool isBridge = hasRole(BRIDGE_ROLE, msg.sender);
        for (uint256 i; i < escrowIds.length; ++i) {
            uint256 escrowId = escrowIds[i];
            Escrow storage escrow = _escrows[escrowId];
            if (escrow.status == Status.Funded && (isBridge ? _isDue(escrow) : _isOrphaned(escrow))) {
                _release(escrowId, escrow);
            } else {
                emit ReleaseSkipped(escrowId, escrow.status);
            }
        }
    }

    /// @notice Releases before the deadline, with an approver's signature of `RELEASE_EARLY`. Works while paused.
    /// @param escrowId A funded escrow.
    /// @param approver Who signed: an account with the approver role, a contract that answers EIP-1271 among them.
    /// @param expiry Unix seconds; the last block time at which the signature is good.
    /// @param signature The approver's.
    function releaseEarly(uint256 escrowId, address approver, uint64 expiry, bytes calldata signature)
        external
        onlyRole(BRIDGE_ROLE)
        nonReentrant
    {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        _requireApproval(RELEASE_EARLY, escrowId, approver, expiry, signature);
        _release(escrowId, escrow);
    }

    /// @notice Ends an escrow without a release: the tokens go to its payee. Works while paused.
    /// @param escrowId A funded escrow whose deadline has come; a disputed one must be resolved.
    function cancel(uint256 escrowId) external onlyRole(BRIDGE_ROLE) nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        _requireDue(escrow);
        _cancel(escrowId, escrow);
    }

    /// @notice Cancels before the deadline, with an approver's signature of `CANCEL_EARLY`. Works while paused.
    /// @param escrowId A funded escrow; a disputed one must be resolved.
    /// @param approver Who signed: an account with the approver role, a contract that answers EIP-1271 among them.
    /// @param expiry Unix seconds; the last block time at which the signature is good.
    /// @param signature The approver's.
    function cancelEarly(uint256 escrowId, address approver, uint64 expiry, bytes calldata signature)
        external
        onlyRole(BRIDGE_ROLE)
        nonReentrant
    {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        _requireApproval(CANCEL_EARLY, escrowId, approver, expiry, signature);
        _cancel(escrowId, escrow);
    }

    /// @notice Holds the tokens until the dispute is resolved, also after the deadline. Works while paused.
    /// @param escrowId A funded escrow.
    /// @param reason A code or a sentence without personal data.
    function dispute(uint256 escrowId, string calldata reason) external onlyRole(BRIDGE_ROLE) nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        escrow.status = Status.Disputed;
        ++escrow.disputes;
        emit EscrowDisputed(escrowId, msg.sender, reason);
    }

    /// @notice Decides a dispute. Works while paused.
    /// @param escrowId A disputed escrow; for the buyer, one whose deadline has come.
    /// @param inFavorOfSeller True: funded again, under its old deadline. False: cancelled, and the tokens go to its
    /// payee.
    function resolveDispute(uint256 escrowId, bool inFavorOfSeller) external onlyRole(BRIDGE_ROLE) nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Disputed);
        if (!inFavorOfSeller) _requireDue(escrow);
        emit EscrowDisputeResolved(escrowId, inFavorOfSeller);
        if (inFavorOfSeller) escrow.status = Status.Funded;
        else _cancel(escrowId, escrow);
    }

    /// @notice Decides a dispute for the buyer before the deadline, with an approver's signature of
    /// `RESOLVE_FOR_BUYER_EARLY`. Works while paused.
    /// @param escrowId A disputed escrow.
    /// @param approver Who signed: an account with the approver role, a contract that answers EIP-1271 among them.
    /// @param expiry Unix seconds; the last block time at which the signature is good.
    /// @param signature The approver's.
    function resolveForBuyerEarly(uint256 escrowId, address approver, uint64 expiry, bytes calldata signature)
        external
        onlyRole(BRIDGE_ROLE)
        nonReentrant
    {
        Escrow storage escrow = _inStatus(escrowId, Status.Disputed);
        _requireApproval(RESOLVE_FOR_BUYER_EARLY, escrowId, approver, expiry, signature);
        emit EscrowDisputeResolved(escrowId, false);
        _cancel(escrowId, escrow);
    }

    /// @notice Lets open escrows pay another address when they end, and passes over ids that are not open. For when a
    /// payee's key is stolen or lost, or the issuer has blacklisted it. Works while paused.
    /// @dev Two keys: the admin has named the address, and who calls was an approver before the escrow was funded. A
    /// stolen admin key makes approvers, but not of the past, and none who can redirect before `settlementDelay` is
    /// over: so long there is to see it, to fund nothing more and to take the role from them.
    /// @param escrowIds From 1 to `MAX_BATCH` ids, all newer than `appointmentOf` of who calls.
    /// @param payee The settlement address that is in force, or the one that is scheduled: here it need not wait, for
    /// who calls has.
    function redirect(uint256[] calldata escrowIds, address payee) external onlyRole(APPROVER_ROLE) nonReentrant {
        _requireBatch(escrowIds.length);
        if (payee == address(0) || (payee != settlement && payee != scheduledSettlement)) revert PayeeNotNamed(payee);
        Appointment memory appointment = appointmentOf[msg.sender];
        uint48 schedule = appointment.since + settlementDelay;
        if (block.timestamp < schedule) revert ApproverMustWait(msg.sender, schedule);
        for (uint256 i; i < escrowIds.length; ++i) {
            uint256 escrowId = escrowIds[i];
            if (escrowId <= appointment.afterId) revert ApproverTooNew(escrowId, msg.sender);
            Escrow storage escrow = _escrows[escrowId];
            if (escrow.status != Status.Funded && escrow.status != Status.Disputed) continue;
            escrow.payee = payee;
            emit EscrowRedirected(escrowId, payee, msg.sender);
        }
    }

    /// @notice Moves tokens that no escrow holds, such as ones sent here by mistake.
    /// @dev What escrows hold is known by the token's address. A token that answers under two addresses for the same
    /// balances could be rescued through the one that no escrow names: never allow such a token.
    /// @param token The ERC-20.
    /// @param to Who receives them.
    /// @param amount In the token's base units; at most the balance less `escrowedTotal`.
    function rescue(address token, address to, uint256 amount) external onlyRole(DEFAULT_ADMIN_ROLE) nonReentrant {
        uint256 balance = IERC20(token).balanceOf(address(this));
        uint256 escrowed = escrowedTotal[token];
        uint256 surplus = balance > escrowed ? balance - escrowed : 0;
        if (amount > surplus) revert ExceedsSurplus(token, amount, surplus);
        emit TokensRescued(token, to, amount);
        _pay(token, to, amount);
    }

    /// @notice One escrow. Reverts for an id that was never given.
    /// @param escrowId Its id.
    /// @return The escrow.
    function getEscrow(uint256 escrowId) external view returns (Escrow memory) {
        return _known(escrowId);
    }

    /// @notice Every grant comes through here. An approver of today has no say in who is paid out of yesterday's
    /// escrows.
    /// @param role The role.
    /// @param account Who gets it.
    /// @return isNew Whether the account did not have it.
    function _grantRole(bytes32 role, address account) internal override returns (bool isNew) {
        isNew = super._grantRole(role, account);
        if (isNew && role == APPROVER_ROLE) {
            appointmentOf[account] =
                Appointment({since: uint48(block.timestamp), afterId: SafeCast.toUint208(escrowCount)});
        }
    }

    /// @notice Makes an escrow and says so; its tokens have yet to come.
    /// @param ref The opaque payment reference.
    /// @param token The ERC-20.
    /// @param amount In the token's base units.
    /// @param custodySeconds Counted from this block.
    /// @return escrowId The new escrow's id.
    function _create(bytes32 ref, address token, uint256 amount, uint64 custodySeconds)
        private
        returns (uint256 escrowId)
    {
        if (ref == bytes32(0)) revert ZeroReference();
        if (escrowIdOf[ref] != 0) revert ReferenceUsed(ref, escrowIdOf[ref]);
        if (!isTokenAllowed[token]) revert TokenNotAllowed(token);
        if (amount == 0) revert ZeroAmount();
        if (custodySeconds == 0 || custodySeconds > MAX_CUSTODY) revert CustodyOutOfRange(custodySeconds);

        escrowId = ++escrowCount;
        uint64 deadline = uint64(block.timestamp) + custodySeconds;
        address payee = settlement;
        escrowIdOf[ref] = escrowId;
        escrowedTotal[token] += amount;
        _escrows[escrowId] = Escrow({
            payee: payee, token: token, deadline: deadline, status: Status.Funded, disputes: 0, amount: amount, ref: ref
        });
        emit EscrowCreated(escrowId, msg.sender, payee, amount, VERTICAL, Strings.toHexString(uint256(ref), 32));
        emit EscrowReferenced(escrowId, ref, token, deadline);
    }

    /// @notice Pulls an escrow's tokens. One that takes a fee would leave the newest short and pay it out of the
    /// others.
    /// @param escrowId The escrow's id.
    /// @param token The ERC-20.
    /// @param amount In the token's base units.
    function _fund(uint256 escrowId, address token, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert WrongAmountReceived(amount, received);
        emit EscrowFunded(escrowId, amount);
    }

    /// @notice Ends an escrow by a release, and says so before its transfer.
    /// @param escrowId Its id.
    /// @param escrow The escrow.
    function _release(uint256 escrowId, Escrow storage escrow) private {
        emit EscrowReleased(escrowId);
        _close(escrow, Status.Released);
    }

    /// @notice Ends an escrow by a cancellation, and says so before its transfer.
    /// @param escrowId Its id.
    /// @param escrow The escrow.
    function _cancel(uint256 escrowId, Escrow storage escrow) private {
        emit EscrowCancelled(escrowId);
        _close(escrow, Status.Cancelled);
    }

    /// @notice The one way out for escrowed tokens.
    /// @param escrow The escrow.
    /// @param end How it ends.
    function _close(Escrow storage escrow, Status end) private {
        address token = escrow.token;
        uint256 amount = escrow.amount;
        escrow.status = end;
        escrowedTotal[token] -= amount;
        _pay(token, escrow.payee, amount);
    }

    /// @notice Sends tokens. One that charges the sender on top would take it from other escrows.
    /// @param token The ERC-20.
    /// @param to Who receives them.
    /// @param amount In the token's base units.
    function _pay(address token, address to, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, amount);
        uint256 taken = before - IERC20(token).balanceOf(address(this));
        if (taken != amount) revert WrongAmountTaken(amount, taken);
    }

    /// @notice The signature is checked against the escrow as it stands. Ending the escrow uses it up.
    /// @param act What was signed for.
    /// @param escrowId The escrow's id.
    /// @param approver Who is said to have signed.
    /// @param expiry Unix seconds; the last block time at which the signature is good.
    /// @param signature The approver's.
    function _requireApproval(bytes32 act, uint256 escrowId, address approver, uint64 expiry, bytes calldata signature)
        private
    {
        if (block.timestamp > expiry) revert ApprovalExpired(expiry);
        Escrow storage escrow = _escrows[escrowId];
        bytes32 digest = _approvalDigest(act, escrowId, escrow.ref, escrow.disputes, expiry);
        if (
            !hasRole(APPROVER_ROLE, approver)
                || !SignatureChecker.isValidSignatureNowCalldata(approver, digest, signature)
        ) revert ApprovalInvalid(approver);
        emit EarlyEndApproved(escrowId, approver);
    }

    /// @notice Reverts for a batch of none or of too many.
    /// @param ids How many it has.
    function _requireBatch(uint256 ids) private pure {
        if (ids == 0 || ids > MAX_BATCH) revert BatchOutOfRange(ids);
    }

    /// @notice Reverts before an escrow's deadline.
    /// @param escrow The escrow.
    function _requireDue(Escrow storage escrow) private view {
        if (!_isDue(escrow)) revert CustodyNotOver(escrow.deadline);
    }

    /// @notice Whether an escrow's deadline has come.
    /// @param escrow The escrow.
    /// @return Whether it has.
    function _isDue(Escrow storage escrow) private view returns (bool) {
        return block.timestamp >= escrow.deadline;
    }

    /// @notice Whether an escrow is so long past its deadline that anybody can release it.
    /// @param escrow The escrow.
    /// @return Whether it is.
    function _isOrphaned(Escrow storage escrow) private view returns (bool) {
        return block.timestamp >= escrow.deadline + ORPHANED_AFTER;
    }

    /// @notice An escrow that has one status. Reverts in any other.
    /// @param escrowId Its id.
    /// @param required The status.
    /// @return escrow The escrow.
    function _inStatus(uint256 escrowId, Status required) private view returns (Escrow storage escrow) {
        escrow = _known(escrowId);
        if (escrow.status != required) revert WrongStatus(escrowId, escrow.status, required);
    }

    /// @notice An escrow that exists. Reverts for an id that was never given.
    /// @param escrowId Its id.
    /// @return escrow The escrow.
    function _known(uint256 escrowId) private view returns (Escrow storage escrow) {
        escrow = _escrows[escrowId];
        if (escrow.status == Status.None) revert UnknownEscrow(escrowId);
    }
}
