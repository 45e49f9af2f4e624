import {
  type Address,
  createWalletClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  http,
  maxUint256,
  zeroAddress,
} from 'viem';
import type { HDAccount } from 'viem/accounts';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI } from '../chain/abi/mxnb.ts';
import { ROLE_IDS } from '../chain/contract/roles.ts';
import type { EscrowContract, EscrowVersion } from '../chain/escrow-versions.ts';
import { type Actors, ADMIN, BRIDGE, JUNO, LOCAL, type LocalAnvil, PROXY_ADMIN } from './anvil.ts';
import { LocalError } from './process.ts';
import { minedReceipt } from './receipt.ts';

const ADMIN_DELAY_S = 0;
/** More than any of them needs; with it given nothing is estimated, which would need the earlier ones mined. */
const GAS = 6_000_000n;

/** A transaction before it has a sender; without `to` it makes a contract. */
export type Call = Readonly<{ to?: Address; data: Hex }>;

/** Kustodia's own MXNB in the bridge wallet, in centavos: what the proof of Juno's deposit address is paid from. */
export const FLOAT_CENTAVOS = 500n;
export const UNITS_PER_CENTAVO = 10_000n;

export type LocalContracts = Readonly<{
  /** The contract in which new escrows are made. */
  escrow: Address;
  version: EscrowVersion;
  /** The other versions, indexed beside it. */
  also: readonly EscrowContract[];
  token: Address;
  /** The first block that may hold anything of this world's. */
  startBlock: bigint;
  /** Base units of the token that there were before, in other people's hands. */
  supplyBefore: bigint;
}>;

/** What is deployed before the contract itself, of each version. */
const CODES = { v3: [], v2: ['EscrowV2Double'], 'v2-pausable': ['EscrowV2PausableDouble'] } as const;

/**
 * Deploys the token and escrow contracts on an empty local chain, lets Juno mint, names an approver, and gives the bridge wallet a
 * little of Kustodia's own. Of the predecessor's contracts it deploys the test doubles, behind proxies as the live ones are. All
 * transactions are sent at once, so that they share a block. The contracts must have been built.
 *
 * @param versions The first is that of the contract in use; the others are indexed beside.
 */
export async function deployContracts(
  anvil: Pick<LocalAnvil, 'url' | 'client'>,
  versions: readonly EscrowVersion[] = ['v3'],
): Promise<LocalContracts> {
  const addressAt = (nonce: number) => getContractAddress({ from: ADMIN.address, nonce: BigInt(nonce) });
  const token = addressAt(0);
  const calls: Call[] = [
    { data: encodeDeployData({ ...readArtifact('MockMXNB'), args: [ADMIN.address, ADMIN.address, ADMIN.address] }) },
  ];
  const escrows: EscrowContract[] = [];
  for (const version of versions) {
    for (const name of CODES[version]) calls.push({ data: readArtifact(name).bytecode });
    const escrow = addressAt(calls.length);
    escrows.push({ address: lower(escrow), version, startBlock: 0 });
    calls.push(
      ...(version === 'v3' ? own(LOCAL, token, escrow) : [{ data: proxyOf(version, addressAt(calls.length - 1)) }]),
    );
  }
  calls.push(minter(token, JUNO.address), minter(token, ADMIN.address), floatOf(token, BRIDGE.address));
  await sendAll(anvil, ADMIN, calls);
  const [inUse, ...also] = escrows;
  if (!inUse) throw new LocalError('A world needs an escrow contract.');
  return { escrow: inUse.address, version: inUse.version, also, token, startBlock: 0n, supplyBefore: 0n };
}

/** Deploys our own contract on a chain that has a token already, and names an approver. */
export async function deployOwn(anvil: LocalAnvil, token: Address): Promise<Address> {
  const { admin } = anvil.actors;
  const nonce = await anvil.client.getTransactionCount({ address: admin.address });
  const escrow = getContractAddress({ from: admin.address, nonce: BigInt(nonce) });
  await sendAll(anvil, admin, own(anvil.actors, token, escrow), nonce);
  return lower(escrow);
}

/** Sends them at once, the first with this nonce, and waits until all are in blocks. */
export async function sendAll(
  { url, client }: Pick<LocalAnvil, 'url' | 'client'>,
  account: HDAccount,
  calls: readonly Call[],
  first = 0,
): Promise<void> {
  const wallet = createWalletClient({ account, transport: http(url) });
  const hashes = await Promise.all(
    calls.map((call, i) => wallet.sendTransaction({ ...call, nonce: first + i, gas: GAS, chain: null })),
  );
  const receipts = await Promise.all(hashes.map((hash) => minedReceipt(client, hash)));
  if (receipts.some(({ status }) => status !== 'success')) {
    throw new LocalError(
      'A contract could not be deployed on the local chain. Are the contracts built of this release?',
    );
  }
}

/** Makes a minter of an account, which may mint as much as it likes: for the token's masterMinter to send. */
export const minter = (token: Address, account: Address): Required<Call> => ({
  to: token,
  data: encodeFunctionData({ abi: MOCK_MXNB_ABI, functionName: 'configureMinter', args: [account, maxUint256] }),
});

/** Gives the bridge wallet its float: for a minter to send. */
export const floatOf = (token: Address, bridge: Address): Call => ({
  to: token,
  data: encodeFunctionData({
    abi: MOCK_MXNB_ABI,
    functionName: 'mint',
    args: [bridge, FLOAT_CENTAVOS * UNITS_PER_CENTAVO],
  }),
});

/** The deployment, which makes the contract at `escrow`, and the naming of the approver. */
const own = ({ admin, bridge, approver }: Actors, token: Address, escrow: Address): readonly Call[] => [
  {
    data: encodeDeployData({
      ...readArtifact('KustodiaEscrow'),
      args: [admin.address, ADMIN_DELAY_S, bridge.address, token],
    }),
  },
  {
    to: escrow,
    data: encodeFunctionData({
      abi: KUSTODIA_ESCROW_ABI,
      functionName: 'grantRole',
      args: [ROLE_IDS.approver, approver.address],
    }),
  },
];

/** Of the transparent kind with an admin, as version 2 has; version 2 pausable replaces its code itself. */
function proxyOf(version: 'v2' | 'v2-pausable', implementation: Address): Hex {
  const initialize = encodeFunctionData({
    abi: readArtifact('EscrowV2Double').abi,
    functionName: 'initialize',
    args: [BRIDGE.address, ADMIN.address],
  });
  const admin = version === 'v2' ? PROXY_ADMIN.address : zeroAddress;
  return encodeDeployData({ ...readArtifact('EscrowProxyDouble'), args: [implementation, admin, initialize] });
}

const lower = (address: Address) => address.toLowerCase() as Address;
