// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/**
 * @title EscrowV2Double
 * @notice A test double of the predecessor's contract on the testnet, version 2, written from its interface alone. It behaves
 * like that contract wherever a bridge wallet or an indexer can notice:
 * - ids start at 1, and nothing stops two escrows from being made of one payment;
 * - an escrow is made in one transaction and funded in another, out of its payer's tokens;
 * - a release goes to the bridge wallet, whoever the payee is, and no deadline is asked;
 * - a dispute is possible only before the deadline; decided against the seller, the tokens go to the platform wallet;
 * - only an escrow that was never funded can be cancelled;
 * - the two wallets are changed without an event.
 *
 * It stands behind an `EscrowProxyDouble`, as the real one behind a transparent proxy.
 */
contract EscrowV2Double {
    using SafeERC20 for IERC20;

    enum EscrowStatus {
        Pending,
        Funded,
        Released,
        Disputed,
        Cancelled
    }

    struct Escrow {
        address payer;
        address payee;
        uint256 amount;
        uint256 deadline;
        string vertical;
        string clabe;
        EscrowStatus status;
        string conditions;
        address token;
    }

    uint256 public nextEscrowId;
    mapping(uint256 escrowId => Escrow escrow) public escrows;
    address public bridgeWallet;
    address public platformWallet;
    address public owner;

    event EscrowCreated(
        uint256 indexed escrowId,
        address indexed payer,
        address indexed payee,
        uint256 amount,
        string vertical,
        string clabe
    );
    event EscrowFunded(uint256 indexed escrowId, uint256 amount);
    event EscrowReleased(uint256 indexed escrowId);
    event EscrowDisputed(uint256 indexed escrowId, address by, string reason);
    event EscrowDisputeResolved(uint256 indexed escrowId, bool inFavorOfSeller);
    event EscrowCancelled(uint256 indexed escrowId);
    event Initialized(uint8 version);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    modifier onlyBridge() {
        require(msg.sender == bridgeWallet, "only the bridge wallet");
        _;
    }

    modifier onlyOwner() {
        require(msg.sender == owner, "only the owner");
        _;
    }

    modifier inStatus(uint256 escrowId, EscrowStatus required) {
        require(escrows[escrowId].status == required && escrows[escrowId].amount > 0, "wrong status");
        _;
    }

    function initialize(address bridgeWallet_, address platformWallet_) external {
        require(owner == address(0), "already initialized");
        owner = msg.sender;
        bridgeWallet = bridgeWallet_;
        platformWallet = platformWallet_;
        nextEscrowId = 1;
        emit OwnershipTransferred(address(0), msg.sender);
        emit Initialized(1);
    }

    function createEscrow(
        address payer,
        address payee,
        address token,
        uint256 amount,
        uint256 deadline,
        string calldata vertical,
        string calldata clabe,
        string calldata conditions
    ) external onlyBridge returns (uint256 escrowId) {
        require(amount > 0, "no amount");
        require(deadline > block.timestamp, "deadline not in the future");
        escrowId = nextEscrowId++;
        // Field by field: one expression of so many parts is more than the compiler can hold.
        Escrow storage escrow = escrows[escrowId];
        escrow.payer = payer;
        escrow.payee = payee;
        escrow.amount = amount;
        escrow.deadline = deadline;
        escrow.vertical = vertical;
        escrow.clabe = clabe;
        escrow.conditions = conditions;
        escrow.token = token;
        emit EscrowCreated(escrowId, payer, payee, amount, vertical, clabe);
    }

    function fundEscrow(uint256 escrowId) external onlyBridge inStatus(escrowId, EscrowStatus.Pending) {
        Escrow storage escrow = escrows[escrowId];
        escrow.status = EscrowStatus.Funded;
        IERC20(escrow.token).safeTransferFrom(escrow.payer, address(this), escrow.amount);
        emit EscrowFunded(escrowId, escrow.amount);
    }

    function release(uint256 escrowId) external onlyBridge inStatus(escrowId, EscrowStatus.Funded) {
        Escrow storage escrow = escrows[escrowId];
        escrow.status = EscrowStatus.Released;
        IERC20(escrow.token).safeTransfer(bridgeWallet, escrow.amount);
        emit EscrowReleased(escrowId);
    }

    function dispute(uint256 escrowId, string calldata reason)
        external
        onlyBridge
        inStatus(escrowId, EscrowStatus.Funded)
    {
        require(block.timestamp < escrows[escrowId].deadline, "deadline passed");
        escrows[escrowId].status = EscrowStatus.Disputed;
        emit EscrowDisputed(escrowId, msg.sender, reason);
    }

    function resolveDispute(uint256 escrowId, bool inFavorOfSeller)
        external
        onlyBridge
        inStatus(escrowId, EscrowStatus.Disputed)
    {
        Escrow storage escrow = escrows[escrowId];
        if (inFavorOfSeller) {
            escrow.status = EscrowStatus.Funded;
        } else {
            escrow.status = EscrowStatus.Cancelled;
            IERC20(escrow.token).safeTransfer(platformWallet, escrow.amount);
            emit EscrowCancelled(escrowId);
        }
        emit EscrowDisputeResolved(escrowId, inFavorOfSeller);
    }

    function cancel(uint256 escrowId) external onlyBridge inStatus(escrowId, EscrowStatus.Pending) {
        escrows[escrowId].status = EscrowStatus.Cancelled;
        emit EscrowCancelled(escrowId);
    }

    function setBridgeWallet(address wallet) external onlyOwner {
        bridgeWallet = wallet;
    }

    function setPlatformWallet(address wallet) external onlyOwner {
        platformWallet = wallet;
    }

    function rescueTokens(address token, address to, uint256 amount) external onlyOwner {
        IERC20(token).safeTransfer(to, amount);
    }
}
