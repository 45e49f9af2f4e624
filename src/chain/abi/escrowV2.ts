import { parseAbi } from 'viem';

/** What both live contracts have in common: the five core events, byte for byte, and the getter of an escrow. */
const SHARED = [
  'function bridgeWallet() view returns (address)',
  'function platformWallet() view returns (address)',
  'function owner() view returns (address)',
  'function nextEscrowId() view returns (uint256)',
  'function escrows(uint256 escrowId) view returns (address payer, address payee, uint256 amount, uint256 deadline, string vertical, string clabe, uint8 status, string conditions, address token)',
  'function fundEscrow(uint256 escrowId)',
  'event EscrowCreated(uint256 indexed escrowId, address indexed payer, address indexed payee, uint256 amount, string vertical, string clabe)',
  'event EscrowFunded(uint256 indexed escrowId, uint256 amount)',
  'event EscrowReleased(uint256 indexed escrowId)',
  'event EscrowDisputed(uint256 indexed escrowId, address by, string reason)',
  'event EscrowCancelled(uint256 indexed escrowId)',
  'event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)',
  'event Initialized(uint8 version)',
  // Of the proxy in front of it (ERC-1967).
  'event Upgraded(address indexed implementation)',
  'event AdminChanged(address previousAdmin, address newAdmin)',
] as const;

/**
 * The predecessor's contract on the testnet, version 2. Amounts are the token's base units, deadlines Unix seconds. `status` is
 * 0 pending, 1 funded, 2 released, 3 disputed, 4 cancelled; ids start at 1. A release pays the bridge wallet, a dispute that is
 * resolved false pays the platform wallet.
 */
export const ESCROW_V2_ABI = parseAbi([
  ...SHARED,
  'function createEscrow(address payer, address payee, address token, uint256 amount, uint256 deadline, string vertical, string clabe, string conditions) returns (uint256 escrowId)',
  'function release(uint256 escrowId)',
  'function dispute(uint256 escrowId, string reason)',
  'function resolveDispute(uint256 escrowId, bool inFavorOfSeller)',
  'function cancel(uint256 escrowId)',
  'event EscrowDisputeResolved(uint256 indexed escrowId, bool inFavorOfSeller)',
]);

/**
 * The predecessor's contract that is live on Arbitrum One, version 2 pausable. The same statuses; ids start at 0, the token is the
 * last argument, and a release pays the payee. `fundEscrow` takes ether too, which is never sent from here.
 */
export const ESCROW_V2_PAUSABLE_ABI = parseAbi([
  ...SHARED,
  'function createEscrow(address payer, address payee, uint256 amount, uint256 deadline, string vertical, string clabe, string conditions, address token) returns (uint256 escrowId)',
  'function releaseEscrow(uint256 escrowId)',
  'function disputeEscrow(uint256 escrowId, string reason)',
  'function cancelEscrow(uint256 escrowId)',
  'function paused() view returns (bool)',
  'function pausers(address account) view returns (bool)',
  'event BridgeWalletUpdated(address indexed oldBridge, address indexed newBridge)',
  'event PlatformWalletUpdated(address indexed oldPlatform, address indexed newPlatform)',
  'event PauserAdded(address indexed account)',
  'event PauserRemoved(address indexed account)',
  'event Paused(address account)',
  'event Unpaused(address account)',
]);
