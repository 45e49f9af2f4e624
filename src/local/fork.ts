/** What a fork needs before a world can stand on it: roles and MXNB, by acting as those who have them. Nobody's key is needed. */
import {
  type Address,
  BaseError,
  createTestClient,
  ExecutionRevertedError,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  http,
  parseAbi,
  parseEther,
  publicActions,
  toHex,
  walletActions,
} from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI } from '../chain/abi/mxnb.ts';
import { type LiveState, readLiveState } from '../chain/contract/live.ts';
import { optional } from '../chain/contract/optional.ts';
import { ROLE_IDS } from '../chain/contract/roles.ts';
import { type ContractState, readContractState } from '../chain/contract/state.ts';
import { EscrowMismatchError } from '../chain/escrow.ts';
import type { EscrowVersion } from '../chain/escrow-versions.ts';
import { openEscrow } from '../chain/openEscrow.ts';
import type { LocalAnvil } from './anvil.ts';
import { type Call, deployOwn, floatOf, type LocalContracts, minter, sendAll } from './contracts.ts';
import { LocalError } from './process.ts';
import type { Upstream } from './upstream.ts';

const POLL_MS = 50;
/** What somebody has at least who is acted as. */
const GAS_MONEY = parseEther('1');
/** More storage than our own contract has beside its mappings. */
const SLOTS = 32;
/** What only the owner of one of the predecessor's contracts may do. The first is of version 2, the second of version 2 pausable. */
const OWNERS = parseAbi([
  'function setBridgeWallet(address wallet)',
  'function updateBridgeWallet(address wallet)',
  'function unpause()',
]);

/** A contract that is driven on the fork. */
type InUse = Pick<LocalContracts, 'escrow' | 'version'>;

/**
 * Makes a world's contracts out of those of a forked chain: lets its own Juno mint MXNB, and gives its own bridge wallet the escrow
 * contract that is named, whichever version that is. Where none is named, or it cannot be driven, it deploys our own.
 *
 * What the contract holds for others is set aside first, so that all it holds from `startBlock` on is this world's.
 */
export async function settleOnFork(
  anvil: LocalAnvil,
  { token, escrow, name }: Pick<Upstream, 'token' | 'escrow' | 'name'>,
  log: (line: string) => void,
): Promise<LocalContracts> {
  const fork = openFork(anvil);
  await fork.catchUp();
  const supplyBefore = await fork.client.readContract({ address: token, abi: erc20Abi, functionName: 'totalSupply' });
  const taken =
    escrow === undefined
      ? null
      : await take(fork, { escrow, token }).catch((error: unknown) => {
          if (!(error instanceof LocalError || error instanceof EscrowMismatchError)) throw error;
          log(`The contract at ${escrow} on ${name} cannot be driven: ${error.message} Our own is deployed instead.`);
          return null;
        });
  const startBlock = (await fork.client.getBlockNumber()) + 1n;
  const inUse: InUse = taken ?? { escrow: await deployOwn(anvil, token), version: 'v3' };
  await fundFrom(fork, anvil, token);
  log(`On a fork of ${name}: MXNB ${token}, escrow ${inUse.escrow} (${taken ? inUse.version : 'our own, new'})`);
  return { ...inUse, also: [], token, startBlock, supplyBefore };
}

type Fork = ReturnType<typeof openFork>;

/** The fork's own door: it does what its node allows and no real one would. */
function openFork({ url, actors }: LocalAnvil) {
  const client = createTestClient({
    mode: 'anvil',
    transport: http(url),
    pollingInterval: POLL_MS,
    // A number from the cache would be one of before the block that was just mined.
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions);
  return {
    client,
    actors,

    /** Sends a call as somebody whose key we do not have. Throws a LocalError where the contract refuses it. */
    actAs: async (account: Address, { to, data }: Required<Call>): Promise<void> => {
      await client.impersonateAccount({ address: account });
      if ((await client.getBalance({ address: account })) < GAS_MONEY)
        await client.setBalance({ address: account, value: GAS_MONEY });
      const gas = await client.estimateGas({ account, to, data }).catch((cause: unknown) => {
        const isRefused = cause instanceof BaseError && cause.walk((one) => one instanceof ExecutionRevertedError);
        if (!isRefused) throw cause;
        throw new LocalError(`${to} refuses what ${account} should be allowed: ${cause.shortMessage}`, { cause });
      });
      const hash = await client.sendTransaction({ account, to, data, gas: 2n * gas, chain: null });
      await client.mine({ blocks: 1 });
      const { status } = await client.waitForTransactionReceipt({ hash });
      await client.stopImpersonatingAccount({ address: account });
      if (status !== 'success') throw new LocalError(`${to} refused what ${account} sent (${hash}).`);
    },

    /** A fork's clock goes on from that of its last block, which may be long ago. */
    catchUp: async (): Promise<void> => {
      const { timestamp } = await client.getBlock();
      const behind = Math.floor(Date.now() / 1000) - Number(timestamp);
      if (behind > 1) await client.increaseTime({ seconds: behind });
    },
  };
}

/** Its masterMinter lets Juno mint, and gives the bridge wallet its float. */
async function fundFrom({ client, actAs, actors }: Fork, anvil: LocalAnvil, token: Address): Promise<void> {
  const { admin, bridge, juno } = actors;
  const masterMinter = await optional(() =>
    client.readContract({ address: token, abi: MOCK_MXNB_ABI, functionName: 'masterMinter' }),
  );
  if (masterMinter === null)
    throw new LocalError(
      `The token ${token} has no masterMinter, as MXNB has: nobody can let the sandbox issue it. Name another with --token.`,
    );
  for (const { address } of [juno, admin]) await actAs(masterMinter, minter(token, address));
  const nonce = await client.getTransactionCount({ address: admin.address });
  await sendAll(anvil, admin, [floatOf(token, bridge.address)], nonce);
}

type Place = Readonly<{ escrow: Address; token: Address }>;

/** Gives the contract to the world's bridge wallet. Throws a LocalError or an EscrowMismatchError where that cannot be. */
async function take(fork: Fork, { escrow, token }: Place): Promise<InUse> {
  const { client, actors, actAs } = fork;
  const blockNumber = await client.getBlockNumber();
  const own = await readContractState(client, { escrow, token, blockNumber });
  if (own.is === 'nothing') throw new LocalError('there is no code.');
  const live =
    own.is === 'v3' ? null : await readLiveState(client, { escrow, fromBlock: blockNumber, toBlock: blockNumber });
  let version: EscrowVersion;
  let owner: Address;
  if (own.is === 'v3') {
    [version, owner] = ['v3', own.admin];
    await takeOwn(fork, { escrow, token }, own);
  } else if (live) {
    ({ version, owner } = live);
    await takeLive(fork, escrow, live);
  } else throw new LocalError('it is no escrow contract of a version that this release knows.');
  await openEscrow(client, { address: escrow, version, token }).check(actors.bridge.address);

  const held = await client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [escrow] });
  const aside = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [owner, held] });
  if (held > 0n) await actAs(escrow, { to: token, data: aside });
  return { escrow: escrow.toLowerCase() as Address, version };
}

/** Of the predecessor's: one wallet is the bridge, and the owner says which. */
async function takeLive({ actAs, actors }: Fork, escrow: Address, { version, owner, isPaused }: LiveState) {
  const functionName = version === 'v2' ? 'setBridgeWallet' : 'updateBridgeWallet';
  const as = (data: Hex) => actAs(owner, { to: escrow, data });
  await as(encodeFunctionData({ abi: OWNERS, functionName, args: [actors.bridge.address] }));
  if (isPaused) await as(encodeFunctionData({ abi: OWNERS, functionName: 'unpause' }));
}

/** Of ours: the admin grants the roles, allows the token, and names who is paid. */
async function takeOwn(fork: Fork, { escrow, token }: Place, state: ContractState): Promise<void> {
  const { bridge, approver } = fork.actors;
  const abi = KUSTODIA_ESCROW_ABI;
  const as = (data: Hex) => fork.actAs(state.admin, { to: escrow, data });
  for (const args of [[ROLE_IDS.bridge, bridge.address] as const, [ROLE_IDS.approver, approver.address] as const])
    await as(encodeFunctionData({ abi, functionName: 'grantRole', args }));
  if (!state.token.isAllowed)
    await as(encodeFunctionData({ abi, functionName: 'setTokenAllowed', args: [token, true] }));
  if (state.isPaused) await as(encodeFunctionData({ abi, functionName: 'unpause' }));
  await as(encodeFunctionData({ abi, functionName: 'scheduleSettlement', args: [bridge.address] }));
  await hurry(fork, escrow);
  await as(encodeFunctionData({ abi, functionName: 'applySettlement' }));
}

/**
 * Takes away the wait for the settlement address. Its time stands in one word of the storage with the address, by which it is found:
 * a leap of the chain's clock over days would take that of every custody away too.
 */
async function hurry({ client }: Fork, escrow: Address): Promise<void> {
  const contract = { address: escrow, abi: KUSTODIA_ESCROW_ABI } as const;
  const [next, schedule] = await Promise.all([
    client.readContract({ ...contract, functionName: 'scheduledSettlement' }),
    client.readContract({ ...contract, functionName: 'settlementSchedule' }),
  ]);
  const word = (time: number) => toHex((BigInt(time) << 160n) | BigInt(next), { size: 32 });
  for (let index = 0; index < SLOTS; index++) {
    if ((await client.getStorageAt({ address: escrow, slot: toHex(index) })) !== word(schedule)) continue;
    await client.setStorageAt({ address: escrow, index, value: word(0) });
    return;
  }
  throw new LocalError('its settlement address is not where this release keeps it.');
}
