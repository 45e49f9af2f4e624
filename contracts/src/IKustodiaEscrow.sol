// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/**
 * @title IKustodiaEscrow
 * @notice The words of `KustodiaEscrow`: what an escrow is, what happens to it, and why a call is refused.
 */
interface IKustodiaEscrow {
    /// @notice Where an escrow stands. The numbers of the four states are those of the V2 contracts; 0 is "no such
    /// escrow".
    enum Status {
        None,
        Funded,
        Released,
        Disputed,
        Cancelled
    }

    /// @notice One escrow.
    /// @param payee Who is paid when it ends: the settlement address of its funding, unless an approver redirected
    /// it.
    /// @param token The escrowed ERC-20.
    /// @param deadline Unix seconds; the first block time at which it ends without an approver's signature.
    /// @param status Where it stands.
    /// @param disputes How many disputes were opened on it so far. An approver signs for one of these numbers only.
    /// @param amount In the token's base units.
    /// @param ref The opaque payment reference that made it.
    struct Escrow {
        address payee;
        address token;
        uint64 deadline;
        Status status;
        uint24 disputes;
        uint256 amount;
        bytes32 ref;
    }

    /// @notice When an account last became an approver, and so what it can redirect.
    /// @param since Unix seconds of that block. From `settlementDelay` after it on it can redirect.
    /// @param afterId The id of the newest escrow at that time: that one and the older ones it never can.
    struct Appointment {
        uint48 since;
        uint208 afterId;
    }

    /// @notice An escrow was made. First of the three events of its creation.
    /// @param escrowId Its id.
    /// @param payer The bridge wallet.
    /// @param payee The settlement address of that moment, which its end pays unless `EscrowRedirected` follows.
    /// @param amount In the token's base units.
    /// @param vertical `VERTICAL`.
    /// @param clabe The reference as text: "0x" and 64 lower-case hex digits. Never a CLABE; the name is of V2's
    /// event.
    event EscrowCreated(
        uint256 indexed escrowId,
        address indexed payer,
        address indexed payee,
        uint256 amount,
        string vertical,
        string clabe
    );

    /// @notice What `EscrowCreated` leaves out. Second of the three events of an escrow's creation.
    /// @param escrowId Its id.
    /// @param ref The opaque payment reference.
    /// @param token The escrowed ERC-20.
    /// @param deadline Unix seconds; the first block time at which it ends without an approver's signature.
    event EscrowReferenced(uint256 indexed escrowId, bytes32 indexed ref, address indexed token, uint64 deadline);

    /// @notice The tokens have arrived. Last of the three events of an escrow's creation.
    /// @param escrowId Its id.
    /// @param amount In the token's base units.
    event EscrowFunded(uint256 indexed escrowId, uint256 amount);

    /// @notice The custody is over and the tokens went to the escrow's payee.
    /// @param escrowId Its id.
    event EscrowReleased(uint256 indexed escrowId);

    /// @notice A batch passed over an id: it was not funded, or its time had not come for who called. Anybody can
    /// cause this event, for ids that never were too.
    /// @param escrowId The id.
    /// @param status What was found. `Funded` means that it was too early.
    event ReleaseSkipped(uint256 indexed escrowId, Status status);

    /// @notice The escrow is held until the dispute is resolved.
    /// @param escrowId Its id.
    /// @param by The bridge wallet that opened the dispute.
    /// @param reason A code or a sentence without personal data.
    event EscrowDisputed(uint256 indexed escrowId, address by, string reason);

    /// @notice A dispute was decided. If not in favor of the seller, `EscrowCancelled` follows.
    /// @param escrowId Its id.
    /// @param inFavorOfSeller True: funded again. False: cancelled.
    event EscrowDisputeResolved(uint256 indexed escrowId, bool inFavorOfSeller);

    /// @notice The escrow ended without a release and the tokens went to its payee.
    /// @param escrowId Its id.
    event EscrowCancelled(uint256 indexed escrowId);

    /// @notice An approver's signature let an escrow end before its deadline. Its release, cancellation or resolution
    /// follows.
    /// @param escrowId Its id.
    /// @param approver Who had signed.
    event EarlyEndApproved(uint256 indexed escrowId, address indexed approver);

    /// @notice An approver gave an open escrow another payee, which the admin had named as settlement address.
    /// @param escrowId Its id.
    /// @param payee Who is paid from here on when it ends.
    /// @param approver Who redirected it.
    event EscrowRedirected(uint256 indexed escrowId, address indexed payee, address indexed approver);

    /// @notice How long a new settlement address waits, for ever: said once, by the constructor. At first the
    /// admin's own delay is the same.
    /// @param delay In seconds.
    event SettlementDelaySet(uint48 delay);

    /// @notice The admin named the next settlement address. No new escrow pays it yet.
    /// @param settlement The address.
    /// @param schedule Unix seconds; the first block time at which the admin can put it in force.
    event SettlementScheduled(address indexed settlement, uint48 schedule);

    /// @notice Escrows that are funded from here on pay this address when they end. Those that are open do not.
    /// @param settlement The address.
    event SettlementSet(address indexed settlement);

    /// @notice The admin let new escrows hold a token, or no longer does.
    /// @param token The ERC-20.
    /// @param allowed Whether new escrows may hold it.
    event TokenAllowedSet(address indexed token, bool allowed);

    /// @notice The admin moved tokens that no escrow held.
    /// @param token The ERC-20.
    /// @param to Who received them.
    /// @param amount In the token's base units.
    event TokensRescued(address indexed token, address indexed to, uint256 amount);

    /// @notice The token may not be the zero address.
    error ZeroAddress();
    /// @notice New escrows may not hold this token.
    /// @param token The ERC-20.
    error TokenNotAllowed(address token);
    /// @notice The reference may not be zero.
    error ZeroReference();
    /// @notice The reference has already made an escrow.
    /// @param ref The reference.
    /// @param escrowId The escrow that it made.
    error ReferenceUsed(bytes32 ref, uint256 escrowId);
    /// @notice An escrow holds at least one base unit.
    error ZeroAmount();
    /// @notice A custody lasts from 1 second to `MAX_CUSTODY`. Without custody there is nothing to escrow.
    /// @param custodySeconds What was asked for.
    error CustodyOutOfRange(uint64 custodySeconds);
    /// @notice The token delivered another amount than was asked for.
    /// @param expected What was asked for, in base units.
    /// @param received What came.
    error WrongAmountReceived(uint256 expected, uint256 received);
    /// @notice The token took another amount from this contract than was sent: the rest would be other escrows'
    /// money.
    /// @param expected What was sent, in base units.
    /// @param taken What is gone.
    error WrongAmountTaken(uint256 expected, uint256 taken);
    /// @notice No escrow has this id.
    /// @param escrowId The id.
    error UnknownEscrow(uint256 escrowId);
    /// @notice The escrow is not in the one status in which this is allowed.
    /// @param escrowId Its id.
    /// @param actual The status that it has.
    /// @param required The status that it must have.
    error WrongStatus(uint256 escrowId, Status actual, Status required);
    /// @notice Too early to end without an approver's signature.
    /// @param deadline Unix seconds; the first block time at which it can.
    error CustodyNotOver(uint64 deadline);
    /// @notice A batch has from 1 to `MAX_BATCH` ids.
    /// @param ids How many it had.
    error BatchOutOfRange(uint256 ids);
    /// @notice The approval is no longer good.
    /// @param expiry Unix seconds; the last block time at which it was.
    error ApprovalExpired(uint64 expiry);
    /// @notice The signature is not this approver's for this act on this escrow as it stands, here.
    /// @param approver Who is said to have signed.
    error ApprovalInvalid(address approver);
    /// @notice The escrow was funded before this account became an approver, so the account has no say in who is
    /// paid.
    /// @param escrowId The escrow's id.
    /// @param approver The account.
    error ApproverTooNew(uint256 escrowId, address approver);
    /// @notice The account has not been an approver for as long as a new settlement address waits.
    /// @param approver The account.
    /// @param schedule Unix seconds; the first block time at which it can redirect.
    error ApproverMustWait(address approver, uint48 schedule);
    /// @notice The admin has neither put this address in force as the settlement address nor scheduled it.
    /// @param payee The address.
    error PayeeNotNamed(address payee);
    /// @notice No account is two of admin, bridge and approver: one stolen key would be both.
    /// @param account The account.
    /// @param held The role that it has already.
    error RolesCollide(address account, bytes32 held);
    /// @notice Neither the zero address nor the escrow contract itself can be paid.
    /// @param settlement The address.
    error SettlementUnusable(address settlement);
    /// @notice No settlement address is scheduled, or it is too early to put it in force.
    /// @param settlement The one that is scheduled; zero if none is.
    /// @param schedule Unix seconds; the first block time at which it can be.
    error SettlementNotDue(address settlement, uint48 schedule);
    /// @notice More than what no escrow holds.
    /// @param token The ERC-20.
    /// @param requested What was asked for, in base units.
    /// @param surplus What no escrow holds.
    error ExceedsSurplus(address token, uint256 requested, uint256 surplus);
}
