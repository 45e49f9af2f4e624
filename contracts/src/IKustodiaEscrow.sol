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
    /// @param payer The bridge wallet that funded it.
    /// @param token The escrowed ERC-20.
    /// @param deadline Unix seconds; the first block time at which it ends without an approver's signature.
    /// @param status Where it stands.
    /// @param disputes How many disputes were opened on it so far. An approver signs for one of these numbers only.
    /// @param amount In the token's base units.
    /// @param ref The opaque payment reference that made it.
    struct Escrow {
        address payer;
        address token;
        uint64 deadline;
        Status status;
        uint24 disputes;
        uint256 amount;
        bytes32 ref;
    }

    /// @notice An escrow was made. First of the three events of its creation.
    /// @param escrowId Its id.
    /// @param payer The bridge wallet.
    /// @param payee The settlement address of that moment. Where the money went in the end the token's Transfer tells.
    /// @param amount In the token's base units.
    /// @param vertical `VERTICAL`.
    /// @param clabe The reference as text: "0x" and 64 lower-case hex digits. Never a CLABE; the name is of V2's event.
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

    /// @notice The custody is over and the tokens went to the settlement address.
    /// @param escrowId Its id.
    event EscrowReleased(uint256 indexed escrowId);

    /// @notice A batch passed over an id: it was not funded, or its deadline had not come.
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

    /// @notice The escrow ended without a release and the tokens went to the settlement address.
    /// @param escrowId Its id.
    event EscrowCancelled(uint256 indexed escrowId);

    /// @notice An approver's signature let an escrow end before its deadline. Its release, cancellation or resolution
    /// follows.
    /// @param escrowId Its id.
    /// @param approver Who had signed.
    event EarlyEndApproved(uint256 indexed escrowId, address indexed approver);

    /// @notice The admin named the next settlement address. It receives nothing yet.
    /// @param settlement The address.
    /// @param schedule Unix seconds; the first block time at which the admin can put it in force.
    event SettlementScheduled(address indexed settlement, uint48 schedule);

    /// @notice From here on, escrows that end pay this address.
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
    /// @notice Too early: without an approver's signature the escrow can end from this block time on.
    error CustodyNotOver(uint64 deadline);
    /// @notice A batch has from 1 to `MAX_BATCH` ids.
    error BatchOutOfRange(uint256 ids);
    /// @notice The approval was good until this block time.
    error ApprovalExpired(uint64 expiry);
    /// @notice The signature is not this approver's for this act on this escrow as it stands, here.
    error ApprovalInvalid(address approver);
    /// @notice One account cannot be bridge and approver: one stolen key would be both.
    error BridgeIsApprover(address account);
    /// @notice Neither the zero address nor the escrow contract itself can be paid.
    error SettlementUnusable(address settlement);
    /// @notice No settlement address is scheduled, or this one cannot be put in force before this block time.
    error SettlementNotDue(address settlement, uint48 schedule);
    /// @notice More than what no escrow holds.
    error ExceedsSurplus(address token, uint256 requested, uint256 surplus);
}
