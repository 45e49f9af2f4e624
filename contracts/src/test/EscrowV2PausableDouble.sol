// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ERC1967_IMPLEMENTATION} from "./EscrowProxyDouble.sol";

/**
 * @title EscrowV2PausableDouble
 * @notice A test double of the predecessor's contract that is live on Arbitrum One, version 2 pausable, written from its
 * interface alone. It behaves like that contract wherever a bridge wallet or an indexer can notice:
 * - ids start at 0, and the token is the last argument of `createEscrow`; no token at all means ether;
 * - funding pulls from the caller, and only until the deadline; a release pays the payee and asks no deadline;
 * - a funded or disputed escrow is cancelled to its payer, one that was never funded can never be closed;
 * - nobody can decide a dispute for the seller;
 * - the pause blocks every action of the bridge wallet, those that give money back too;
 * - the owner can move whatever the contract holds, and can replace the code.
 *
 * It stands behind an `EscrowProxyDouble` without an admin, as the real one behind a UUPS proxy.
 */
contract EscrowV2PausableDouble is Pausable, ReentrancyGuardTransient {
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
    mapping(address account => bool) public pausers;
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
    event EscrowCancelled(uint256 indexed escrowId);
    event BridgeWalletUpdated(address indexed oldBridge, address indexed newBridge);
    event PlatformWalletUpdated(address indexed oldPlatform, address indexed newPlatform);
    event PauserAdded(address indexed account);
    event PauserRemoved(address indexed account);
    event Initialized(uint8 version);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event Upgraded(address indexed implementation);

    modifier onlyBridge() {
        require(msg.sender == bridgeWallet, "only the bridge wallet");
        _;
    }

    modifier onlyOwner() {
        require(msg.sender == owner, "only the owner");
        _;
    }

    function initialize(address bridgeWallet_, address platformWallet_) external {
        require(owner == address(0), "already initialized");
        owner = msg.sender;
        bridgeWallet = bridgeWallet_;
        platformWallet = platformWallet_;
        pausers[msg.sender] = true;
        emit OwnershipTransferred(address(0), msg.sender);
        emit PauserAdded(msg.sender);
        emit Initialized(1);
    }

    function createEscrow(
        address payer,
        address payee,
        uint256 amount,
        uint256 deadline,
        string calldata vertical,
        string calldata clabe,
        string calldata conditions,
        address token
    ) external onlyBridge whenNotPaused nonReentrant returns (uint256 escrowId) {
        require(payer != address(0) && payee != address(0), "zero address");
        require(amount > 0, "no amount");
        require(deadline > block.timestamp, "deadline not in the future");
        require(bytes(vertical).length > 0 && bytes(clabe).length > 0, "empty text");
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

    function fundEscrow(uint256 escrowId) external payable onlyBridge whenNotPaused nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, EscrowStatus.Pending);
        require(block.timestamp <= escrow.deadline, "deadline passed");
        escrow.status = EscrowStatus.Funded;
        emit EscrowFunded(escrowId, escrow.amount);
        if (escrow.token == address(0)) {
            require(msg.value == escrow.amount, "wrong value");
        } else {
            require(msg.value == 0, "ether with tokens");
            IERC20(escrow.token).safeTransferFrom(msg.sender, address(this), escrow.amount);
        }
    }

    function releaseEscrow(uint256 escrowId) external onlyBridge whenNotPaused nonReentrant {
        Escrow storage escrow = _inStatus(escrowId, EscrowStatus.Funded);
        escrow.status = EscrowStatus.Released;
        _pay(escrow, escrow.payee);
        emit EscrowReleased(escrowId);
    }

    function disputeEscrow(uint256 escrowId, string calldata reason) external onlyBridge whenNotPaused {
        _inStatus(escrowId, EscrowStatus.Funded).status = EscrowStatus.Disputed;
        emit EscrowDisputed(escrowId, msg.sender, reason);
    }

    function cancelEscrow(uint256 escrowId) external onlyBridge whenNotPaused nonReentrant {
        Escrow storage escrow = escrows[escrowId];
        require(
            escrow.status == EscrowStatus.Funded || escrow.status == EscrowStatus.Disputed,
            "neither funded nor disputed"
        );
        escrow.status = EscrowStatus.Cancelled;
        _pay(escrow, escrow.payer);
        emit EscrowCancelled(escrowId);
    }

    function getEscrow(uint256 escrowId)
        external
        view
        returns (
            address payer,
            address payee,
            uint256 amount,
            uint256 deadline,
            string memory vertical,
            string memory clabe,
            EscrowStatus status,
            string memory conditions,
            address token
        )
    {
        Escrow storage escrow = escrows[escrowId];
        payer = escrow.payer;
        payee = escrow.payee;
        amount = escrow.amount;
        deadline = escrow.deadline;
        vertical = escrow.vertical;
        clabe = escrow.clabe;
        status = escrow.status;
        conditions = escrow.conditions;
        token = escrow.token;
    }

    function pause() external {
        require(pausers[msg.sender] || msg.sender == owner, "only a pauser");
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function addPauser(address account) external onlyOwner {
        pausers[account] = true;
        emit PauserAdded(account);
    }

    function removePauser(address account) external onlyOwner {
        pausers[account] = false;
        emit PauserRemoved(account);
    }

    function updateBridgeWallet(address wallet) external onlyOwner {
        emit BridgeWalletUpdated(bridgeWallet, wallet);
        bridgeWallet = wallet;
    }

    function updatePlatformWallet(address wallet) external onlyOwner {
        emit PlatformWalletUpdated(platformWallet, wallet);
        platformWallet = wallet;
    }

    function transferOwnership(address newOwner) external onlyOwner {
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }

    function rescueTokens(address token, address to, uint256 amount) external onlyOwner {
        IERC20(token).safeTransfer(to, amount);
    }

    function rescueETH(address payable to, uint256 amount) external onlyOwner {
        _send(to, amount);
    }

    function upgradeTo(address implementation) external onlyOwner {
        require(implementation.code.length > 0, "no code");
        assembly ("memory-safe") {
            sstore(ERC1967_IMPLEMENTATION, implementation)
        }
        emit Upgraded(implementation);
    }

    function _pay(Escrow storage escrow, address to) private {
        if (escrow.token == address(0)) _send(payable(to), escrow.amount);
        else IERC20(escrow.token).safeTransfer(to, escrow.amount);
    }

    function _send(address payable to, uint256 amount) private {
        (bool sent,) = to.call{value: amount}("");
        require(sent, "ether not taken");
    }

    /// @dev The first status is also that of an escrow which was never made.
    function _inStatus(uint256 escrowId, EscrowStatus required) private view returns (Escrow storage escrow) {
        escrow = escrows[escrowId];
        require(escrow.status == required && escrow.amount > 0, "wrong status");
    }
}
