// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/**
 * @title KustodiaEscrow
 * @notice Holds one payment's tokens until its custody is over. The bridge wallet funds an escrow and the bridge wallet
 * gets the tokens back: the contract locks and unlocks, and who is paid is decided off chain.
 *
 * ```
 *                 release, from the deadline on
 *          Funded ─────────────────────────────▶ Released
 *          │ ▲  │ cancel
 *  dispute │ │  └──────────────────────────────▶ Cancelled
 *          ▼ │ resolve: true                         ▲
 *        Disputed ───────────────────────────────────┘
 *                  resolve: false
 * ```
 *
 * What holds, whoever calls:
 * - Escrowed tokens leave only to the wallet that funded the escrow, once. No role, the admin's included, can name
 *   another recipient.
 * - The balance of a token is at least the sum of its open escrows, and `rescue` reaches only what exceeds that sum.
 * - A reference makes one escrow, ever: a create that is repeated reverts.
 * - The pause stops new money from coming in and nothing else. Money that must leave always can, and a dispute, which
 *   only holds money, can always be opened.
 *
 * The contract is not upgradeable. Its strings are public for ever: no personal data may be put into them.
 */
contract KustodiaEscrow is AccessControlDefaultAdminRules, Pausable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Where an escrow stands. The numbers of the four states are those of the V2 contracts; 0 is "no such escrow".
    enum Status {
        None,
        Funded,
        Released,
        Disputed,
        Cancelled
    }

    /// @notice One escrow.
    /// @param payer The bridge wallet that funded it, and the only address its tokens can leave to.
    /// @param payee The same wallet: the tokens return to it, and the recipient is paid off chain.
    /// @param token The escrowed ERC-20.
    /// @param amount In the token's base units.
    /// @param deadline Unix seconds; the first block time at which the escrow can be released.
    /// @param status Where it stands.
    /// @param ref The opaque payment reference that made it.
    struct Escrow {
        address payer;
        address payee;
        address token;
        uint256 amount;
        uint64 deadline;
        Status status;
        bytes32 ref;
    }

    /// @notice What this contract is, for a client that checks before it sends money.
    string public constant VERSION = "KustodiaEscrow/3";

    /// @notice The `vertical` of every `EscrowCreated`.
    string public constant VERTICAL = "custody";

    /// @notice Funds, releases, disputes, resolves and cancels escrows.
    bytes32 public constant BRIDGE_ROLE = keccak256("BRIDGE_ROLE");

    /// @notice Stops new escrows. Only the admin lets them start again.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @notice The longest custody, in seconds: ten years of 365 days.
    uint64 public constant MAX_CUSTODY = 3650 days;

    /// @notice The number of escrows ever made, which is the id of the newest: ids start at 1.
    uint256 public escrowCount;

    /// @notice The escrow that a reference made; 0 if none did.
    mapping(bytes32 ref => uint256 escrowId) public escrowIdOf;

    /// @notice Whether new escrows may hold this token. Open escrows do not depend on it.
    mapping(address token => bool allowed) public isTokenAllowed;

    /// @notice What the open escrows hold of a token, in its base units.
    mapping(address token => uint256 amount) public escrowedTotal;

    mapping(uint256 escrowId => Escrow escrow) private _escrows;

    /// @notice An escrow was made. First of the three events of `createAndFund`.
    /// @param escrowId Its id.
    /// @param payer The bridge wallet.
    /// @param payee The bridge wallet.
    /// @param amount In the token's base units.
    /// @param vertical `VERTICAL`.
    /// @param clabe The reference as text: "0x" and 64 lower-case hex digits. Never a CLABE; the name is the V2 event's.
    event EscrowCreated(
        uint256 indexed escrowId,
        address indexed payer,
        address indexed payee,
        uint256 amount,
        string vertical,
        string clabe
    );

    /// @notice What `EscrowCreated` leaves out. Second of the three events of `createAndFund`.
    /// @param escrowId Its id.
    /// @param ref The opaque payment reference.
    /// @param token The escrowed ERC-20.
    /// @param deadline Unix seconds; the first block time at which it can be released.
    event EscrowReferenced(uint256 indexed escrowId, bytes32 indexed ref, address indexed token, uint64 deadline);

    /// @notice The tokens have arrived. Last of the three events of `createAndFund`.
    /// @param escrowId Its id.
    /// @param amount In the token's base units.
    event EscrowFunded(uint256 indexed escrowId, uint256 amount);

    /// @notice The custody is over and the tokens went back to the bridge wallet that funded it.
    /// @param escrowId Its id.
    event EscrowReleased(uint256 indexed escrowId);

    /// @notice The escrow is held until the dispute is resolved.
    /// @param escrowId Its id.
    /// @param by The bridge wallet that opened the dispute.
    /// @param reason A code or a sentence without personal data.
    event EscrowDisputed(uint256 indexed escrowId, address by, string reason);

    /// @notice A dispute was decided. If not in favor of the seller, `EscrowCancelled` follows.
    /// @param escrowId Its id.
    /// @param inFavorOfSeller True: funded again. False: cancelled.
    event EscrowDisputeResolved(uint256 indexed escrowId, bool inFavorOfSeller);

    /// @notice The escrow ended before its release and the tokens went back to the bridge wallet that funded it.
    /// @param escrowId Its id.
    event EscrowCancelled(uint256 indexed escrowId);

    /// @notice The admin let new escrows hold a token, or no longer does.
    /// @param token The ERC-20.
    /// @param allowed Whether new escrows may hold it.
    event TokenAllowedSet(address indexed token, bool allowed);

    /// @notice The admin moved tokens that no escrow held.
    /// @param token The ERC-20.
    /// @param to Who received them.
    /// @param amount In the token's base units.
    event TokensRescued(address indexed token, address indexed to, uint256 amount);

    /// @notice The bridge wallet or the token may not be the zero address.
    error ZeroAddress();
    /// @notice New escrows may not hold this token.
    error TokenNotAllowed(address token);
    /// @notice The reference may not be zero.
    error ZeroReference();
    /// @notice The reference has already made an escrow, this one.
    error ReferenceUsed(bytes32 ref, uint256 escrowId);
    /// @notice An escrow holds at least one base unit.
    error ZeroAmount();
    /// @notice A custody lasts from 1 second to `MAX_CUSTODY`. Without custody there is nothing to escrow.
    error CustodyOutOfRange(uint64 custodySeconds);
    /// @notice The token delivered another amount than was asked for.
    error WrongAmountReceived(uint256 expected, uint256 received);
    /// @notice No escrow has this id.
    error UnknownEscrow(uint256 escrowId);
    /// @notice The escrow is not in the one status in which this is allowed.
    error WrongStatus(uint256 escrowId, Status actual, Status required);
    /// @notice Too early: the escrow can be released from this block time on.
    error CustodyNotOver(uint64 deadline);
    /// @notice More than what no escrow holds.
    error ExceedsSurplus(address token, uint256 requested, uint256 surplus);

    /// @param admin Holds the admin role, which passes on in two steps, and at first the pauser role.
    /// @param adminDelay Seconds between the two steps.
    /// @param bridgeWallet Gets the bridge role.
    /// @param token The first token that escrows may hold.
    constructor(address admin, uint48 adminDelay, address bridgeWallet, address token)
        AccessControlDefaultAdminRules(adminDelay, admin)
    {
        if (bridgeWallet == address(0)) revert ZeroAddress();
        _grantRole(BRIDGE_ROLE, bridgeWallet);
        _grantRole(PAUSER_ROLE, admin);
        _setTokenAllowed(token, true);
    }

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
        if (ref == bytes32(0)) revert ZeroReference();
        if (escrowIdOf[ref] != 0) revert ReferenceUsed(ref, escrowIdOf[ref]);
        if (!isTokenAllowed[token]) revert TokenNotAllowed(token);
        if (amount == 0) revert ZeroAmount();
        if (custodySeconds == 0 || custodySeconds > MAX_CUSTODY) revert CustodyOutOfRange(custodySeconds);

        escrowId = ++escrowCount;
        uint64 deadline = uint64(block.timestamp) + custodySeconds;
        escrowIdOf[ref] = escrowId;
        escrowedTotal[token] += amount;
        _escrows[escrowId] = Escrow({
            payer: msg.sender,
            payee: msg.sender,
            token: token,
            amount: amount,
            deadline: deadline,
            status: Status.Funded,
            ref: ref
        });

        emit EscrowCreated(escrowId, msg.sender, msg.sender, amount, VERTICAL, Strings.toHexString(uint256(ref), 32));
        emit EscrowReferenced(escrowId, ref, token, deadline);
        _pullExactly(IERC20(token), amount);
        emit EscrowFunded(escrowId, amount);
    }

    /// @notice Ends the custody: the tokens go back to the bridge wallet that funded it. Works while paused.
    /// @param escrowId A funded escrow whose deadline has come.
    function release(uint256 escrowId) external onlyRole(BRIDGE_ROLE) nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        if (block.timestamp < escrow.deadline) revert CustodyNotOver(escrow.deadline);
        emit EscrowReleased(escrowId);
        _close(escrow, Status.Released);
    }

    /// @notice Holds the tokens until the dispute is resolved, also after the deadline. Works while paused.
    /// @param escrowId A funded escrow.
    /// @param reason A code or a sentence without personal data.
    function dispute(uint256 escrowId, string calldata reason) external onlyRole(BRIDGE_ROLE) {
        _inStatus(escrowId, Status.Funded).status = Status.Disputed;
        emit EscrowDisputed(escrowId, msg.sender, reason);
    }

    /// @notice Decides a dispute. Works while paused.
    /// @param escrowId A disputed escrow.
    /// @param inFavorOfSeller True: funded again, under its old deadline. False: cancelled, and the tokens go back to
    /// the bridge wallet that funded it.
    function resolveDispute(uint256 escrowId, bool inFavorOfSeller) external onlyRole(BRIDGE_ROLE) nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Disputed);
        emit EscrowDisputeResolved(escrowId, inFavorOfSeller);
        if (inFavorOfSeller) {
            escrow.status = Status.Funded;
        } else {
            emit EscrowCancelled(escrowId);
            _close(escrow, Status.Cancelled);
        }
    }

    /// @notice Ends an escrow at any time: the tokens go back to the bridge wallet that funded it. Works while paused.
    /// @param escrowId A funded escrow; a disputed one must be resolved.
    function cancel(uint256 escrowId) external onlyRole(BRIDGE_ROLE) nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, Status.Funded);
        emit EscrowCancelled(escrowId);
        _close(escrow, Status.Cancelled);
    }

    /// @notice Lets new escrows hold a token, or no longer. Open escrows end as they would have.
    /// @param token The ERC-20.
    /// @param allowed Whether new escrows may hold it.
    function setTokenAllowed(address token, bool allowed) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTokenAllowed(token, allowed);
    }

    /// @notice Moves tokens that no escrow holds, such as ones sent here by mistake.
    /// @param token The ERC-20.
    /// @param to Who receives them.
    /// @param amount In the token's base units; at most the balance less `escrowedTotal`.
    function rescue(address token, address to, uint256 amount) external onlyRole(DEFAULT_ADMIN_ROLE) nonReentrant {
        uint256 balance = IERC20(token).balanceOf(address(this));
        uint256 escrowed = escrowedTotal[token];
        uint256 surplus = balance > escrowed ? balance - escrowed : 0;
        if (amount > surplus) revert ExceedsSurplus(token, amount, surplus);
        emit TokensRescued(token, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @notice Stops new escrows. Release, cancel, dispute and resolve go on.
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @notice Allows new escrows again.
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice One escrow. Reverts for an id that was never given.
    /// @param escrowId Its id.
    /// @return The escrow.
    function getEscrow(uint256 escrowId) external view returns (Escrow memory) {
        return _known(escrowId);
    }

    function _setTokenAllowed(address token, bool allowed) private {
        if (token == address(0)) revert ZeroAddress();
        isTokenAllowed[token] = allowed;
        emit TokenAllowedSet(token, allowed);
    }

    /// @dev A token that takes a fee would leave the newest escrow short and pay it out of the others.
    function _pullExactly(IERC20 token, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert WrongAmountReceived(amount, received);
    }

    /// @dev The one way out for escrowed tokens.
    function _close(Escrow storage escrow, Status end) private {
        escrow.status = end;
        escrowedTotal[escrow.token] -= escrow.amount;
        IERC20(escrow.token).safeTransfer(escrow.payer, escrow.amount);
    }

    function _inStatus(uint256 escrowId, Status required) private view returns (Escrow storage escrow) {
        escrow = _known(escrowId);
        if (escrow.status != required) revert WrongStatus(escrowId, escrow.status, required);
    }

    function _known(uint256 escrowId) private view returns (Escrow storage escrow) {
        escrow = _escrows[escrowId];
        if (escrow.status == Status.None) revert UnknownEscrow(escrowId);
    }
}
