import {
  type Address,
  createWalletClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  http,
  keccak256,
  maxUint256,
  toHex,
  zeroAddress,
} from 'viem';
import { readArtifact } from '../../contracts/scripts/build.ts';
import type { EscrowContract, EscrowVersion } from '../chain/escrow-versions.ts';
import { ADMIN, APPROVER, BRIDGE, JUNO, type LocalAnvil, PROXY_ADMIN } from './anvil.ts';
import { LocalError } from './process.ts';

const ADMIN_DELAY_S = 0;
/** More than any of them needs; with it given nothing is estimated, which would need the earlier ones mined. */
const GAS = 6_000_000n;

/** Kustodia's own MXNB in the bridge wallet, in centavos: what the proof of Juno's deposit address is paid from. */
export const FLOAT_CENTAVOS = 500n;
const UNITS_PER_CENTAVO = 10_000n;

export type LocalContracts = Readonly<{
  /** The contract in which new escrows are made. */
  escrow: Address;
  version: EscrowVersion;
  /** The other versions, indexed beside it. */
  also: readonly EscrowContract[];
  token: Address;
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
  { url, client }: LocalAnvil,
  versions: readonly EscrowVersion[] = ['v3'],
): Promise<LocalContracts> {
  const addressAt = (nonce: number) => getContractAddress({ from: ADMIN.address, nonce: BigInt(nonce) });
  const token = addressAt(0);
  const mxnb = readArtifact('MockMXNB');
  const onToken = (functionName: string, args: readonly unknown[]) => ({
    to: token,
    data: encodeFunctionData({ abi: mxnb.abi, functionName, args }),
  });
  const calls: { to?: Address; data: Hex }[] = [
    { data: encodeDeployData({ ...mxnb, args: [ADMIN.address, ADMIN.address, ADMIN.address] }) },
  ];
  const escrows: EscrowContract[] = [];
  for (const version of versions) {
    for (const name of CODES[version]) calls.push({ data: readArtifact(name).bytecode });
    const data = version === 'v3' ? ownContract(token) : proxyOf(version, addressAt(calls.length - 1));
    escrows.push({ address: lower(addressAt(calls.length)), version, startBlock: 0 });
    calls.push({ data });
    if (version === 'v3') calls.push(approverOf(addressAt(calls.length - 1)));
  }
  calls.push(
    onToken('configureMinter', [JUNO.address, maxUint256]),
    onToken('configureMinter', [ADMIN.address, maxUint256]),
    onToken('mint', [BRIDGE.address, FLOAT_CENTAVOS * UNITS_PER_CENTAVO]),
  );
  const wallet = createWalletClient({ account: ADMIN, transport: http(url) });
  const hashes = await Promise.all(
    calls.map((call, nonce) => wallet.sendTransaction({ ...call, nonce, gas: GAS, chain: null })),
  );
  const receipts = await Promise.all(hashes.map((hash) => client.waitForTransactionReceipt({ hash })));
  if (receipts.some(({ status }) => status !== 'success')) {
    throw new LocalError(
      'A contract could not be deployed on the local chain. Are the contracts built of this release?',
    );
  }
  const [inUse, ...also] = escrows;
  if (!inUse) throw new LocalError('A world needs an escrow contract.');
  return { escrow: inUse.address, version: inUse.version, also, token };
}

const ownContract = (token: Address): Hex =>
  encodeDeployData({ ...readArtifact('KustodiaEscrow'), args: [ADMIN.address, ADMIN_DELAY_S, BRIDGE.address, token] });

const approverOf = (escrow: Address): { to: Address; data: Hex } => ({
  to: escrow,
  data: encodeFunctionData({
    abi: readArtifact('KustodiaEscrow').abi,
    functionName: 'grantRole',
    args: [keccak256(toHex('APPROVER_ROLE')), APPROVER.address],
  }),
});

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
