import { parseAbi } from 'viem';

/** Keccak-256 of the code that this release's contract leaves on chain; it has no immutables, so every deployment has the same. */
export const KUSTODIA_ESCROW_CODE_HASH = '0xe9d7ec86059575c75bf5ab85f15183ee3779263eda2e4f526a5e244b5c1dec36';

/**
 * KustodiaEscrow, version 3 (`contracts/src/KustodiaEscrow.sol`), whole: a test compares it with the compiler's own.
 * Amounts are the token's base units, times are Unix seconds. `status` is 0 none, 1 funded, 2 released, 3 disputed,
 * 4 cancelled. The `clabe` of EscrowCreated is the reference as hex text, never a CLABE.
 */
export const KUSTODIA_ESCROW_ABI = parseAbi([
  'struct Escrow { address payer; address payee; address token; uint256 amount; uint64 deadline; uint8 status; bytes32 ref; }',

  'constructor(address admin, uint48 adminDelay, address bridgeWallet, address token)',

  // An escrow's life
  'function createAndFund(bytes32 ref, address token, uint256 amount, uint64 custodySeconds) returns (uint256 escrowId)',
  'function release(uint256 escrowId)',
  'function dispute(uint256 escrowId, string reason)',
  'function resolveDispute(uint256 escrowId, bool inFavorOfSeller)',
  'function cancel(uint256 escrowId)',
  'function getEscrow(uint256 escrowId) view returns (Escrow)',
  'function escrowIdOf(bytes32 ref) view returns (uint256 escrowId)',
  'function escrowCount() view returns (uint256)',
  'function escrowedTotal(address token) view returns (uint256 amount)',
  'event EscrowCreated(uint256 indexed escrowId, address indexed payer, address indexed payee, uint256 amount, string vertical, string clabe)',
  'event EscrowReferenced(uint256 indexed escrowId, bytes32 indexed ref, address indexed token, uint64 deadline)',
  'event EscrowFunded(uint256 indexed escrowId, uint256 amount)',
  'event EscrowReleased(uint256 indexed escrowId)',
  'event EscrowDisputed(uint256 indexed escrowId, address by, string reason)',
  'event EscrowDisputeResolved(uint256 indexed escrowId, bool inFavorOfSeller)',
  'event EscrowCancelled(uint256 indexed escrowId)',
  'error ZeroReference()',
  'error ReferenceUsed(bytes32 ref, uint256 escrowId)',
  'error TokenNotAllowed(address token)',
  'error ZeroAmount()',
  'error CustodyOutOfRange(uint64 custodySeconds)',
  'error WrongAmountReceived(uint256 expected, uint256 received)',
  'error UnknownEscrow(uint256 escrowId)',
  'error WrongStatus(uint256 escrowId, uint8 actual, uint8 required)',
  'error CustodyNotOver(uint64 deadline)',
  'error SafeERC20FailedOperation(address token)',
  'error ReentrancyGuardReentrantCall()',
  'error StringsInsufficientHexLength(uint256 value, uint256 length)',

  // What it is
  'function VERSION() view returns (string)',
  'function VERTICAL() view returns (string)',
  'function MAX_CUSTODY() view returns (uint64)',
  'function supportsInterface(bytes4 interfaceId) view returns (bool)',

  // The admin's and the pauser's
  'function isTokenAllowed(address token) view returns (bool allowed)',
  'function setTokenAllowed(address token, bool allowed)',
  'function rescue(address token, address to, uint256 amount)',
  'function pause()',
  'function unpause()',
  'function paused() view returns (bool)',
  'event TokenAllowedSet(address indexed token, bool allowed)',
  'event TokensRescued(address indexed token, address indexed to, uint256 amount)',
  'event Paused(address account)',
  'event Unpaused(address account)',
  'error ZeroAddress()',
  'error ExceedsSurplus(address token, uint256 requested, uint256 surplus)',
  'error EnforcedPause()',
  'error ExpectedPause()',

  // Roles (OpenZeppelin AccessControl)
  'function DEFAULT_ADMIN_ROLE() view returns (bytes32)',
  'function BRIDGE_ROLE() view returns (bytes32)',
  'function PAUSER_ROLE() view returns (bytes32)',
  'function hasRole(bytes32 role, address account) view returns (bool)',
  'function getRoleAdmin(bytes32 role) view returns (bytes32)',
  'function grantRole(bytes32 role, address account)',
  'function revokeRole(bytes32 role, address account)',
  'function renounceRole(bytes32 role, address account)',
  'event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)',
  'event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)',
  'event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole)',
  'error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)',
  'error AccessControlBadConfirmation()',

  // The admin's succession (OpenZeppelin AccessControlDefaultAdminRules)
  'function owner() view returns (address)',
  'function defaultAdmin() view returns (address)',
  'function pendingDefaultAdmin() view returns (address newAdmin, uint48 schedule)',
  'function beginDefaultAdminTransfer(address newAdmin)',
  'function cancelDefaultAdminTransfer()',
  'function acceptDefaultAdminTransfer()',
  'function defaultAdminDelay() view returns (uint48)',
  'function pendingDefaultAdminDelay() view returns (uint48 newDelay, uint48 schedule)',
  'function changeDefaultAdminDelay(uint48 newDelay)',
  'function rollbackDefaultAdminDelay()',
  'function defaultAdminDelayIncreaseWait() view returns (uint48)',
  'event DefaultAdminTransferScheduled(address indexed newAdmin, uint48 acceptSchedule)',
  'event DefaultAdminTransferCanceled()',
  'event DefaultAdminDelayChangeScheduled(uint48 newDelay, uint48 effectSchedule)',
  'event DefaultAdminDelayChangeCanceled()',
  'error AccessControlInvalidDefaultAdmin(address defaultAdmin)',
  'error AccessControlEnforcedDefaultAdminRules()',
  'error AccessControlEnforcedDefaultAdminDelay(uint48 schedule)',
  'error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)',
]);
