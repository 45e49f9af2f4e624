import {
  type Address,
  createWalletClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  http,
  keccak256,
  toHex,
} from 'viem';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { ADMIN, APPROVER, BRIDGE, JUNO, type LocalAnvil } from './anvil.ts';
import { LocalError } from './process.ts';

const ADMIN_DELAY_S = 0;
/** More than any of them needs; with it given nothing is estimated, which would need the earlier ones mined. */
const GAS = 6_000_000n;

/** Kustodia's own MXNB in the bridge wallet, in centavos: what the proof of Juno's deposit address is paid from. */
export const FLOAT_CENTAVOS = 500n;
const UNITS_PER_CENTAVO = 10_000n;

export type LocalContracts = Readonly<{ escrow: Address; token: Address }>;

/**
 * Deploys the token and the escrow on an empty local chain, lets Juno mint, names an approver, and gives the bridge wallet a little of Kustodia's own.
 * All transactions are sent at once, so
 * that they share a block. The contracts must have been built.
 */
export async function deployContracts({ url, client }: LocalAnvil): Promise<LocalContracts> {
  const token = getContractAddress({ from: ADMIN.address, nonce: 0n });
  const escrow = getContractAddress({ from: ADMIN.address, nonce: 1n });
  const mxnb = readArtifact('MockMXNB');
  const kustodia = readArtifact('KustodiaEscrow');
  const calls = [
    { data: encodeDeployData({ ...mxnb, args: [ADMIN.address, ADMIN.address, ADMIN.address] }) },
    {
      data: encodeDeployData({
        ...kustodia,
        args: [ADMIN.address, ADMIN_DELAY_S, BRIDGE.address, token],
      }),
    },
    {
      to: escrow,
      data: encodeFunctionData({
        abi: kustodia.abi,
        functionName: 'grantRole',
        args: [keccak256(toHex('APPROVER_ROLE')), APPROVER.address],
      }),
    },
    {
      to: token,
      data: encodeFunctionData({ abi: mxnb.abi, functionName: 'configureMinter', args: [JUNO.address, true] }),
    },
    {
      to: token,
      data: encodeFunctionData({ abi: mxnb.abi, functionName: 'configureMinter', args: [ADMIN.address, true] }),
    },
    {
      to: token,
      data: encodeFunctionData({
        abi: mxnb.abi,
        functionName: 'mint',
        args: [BRIDGE.address, FLOAT_CENTAVOS * UNITS_PER_CENTAVO],
      }),
    },
  ];
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
  return { escrow, token };
}
