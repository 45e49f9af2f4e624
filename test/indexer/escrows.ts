import { type Hex, keccak256, maxUint256, toHex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { buildContracts, readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { minedReceipt } from '../../src/local/receipt.ts';
import type { TestAnvil } from '../support/anvil.ts';

/** Anvil's own: worth nothing on any real chain. */
export const MNEMONIC = 'test test test test test test test test test test test junk';
const account = (addressIndex: number) => mnemonicToAccount(MNEMONIC, { addressIndex });
export const ADMIN = account(0);
export const BRIDGE = account(1);
export const JUNO = account(2);
export const APPROVER = account(3);
export const STRANGER = account(4);

export const AMOUNT = 1_500_000_000n;
const FUNDS = 1_000n * AMOUNT;

/** The reference that the n-th escrow of a test goes by. */
export const referenceOf = (n: number): Hex => toHex(n, { size: 32 });
export const lower = (hex: Hex) => hex.toLowerCase();

export type TestEscrows = Awaited<ReturnType<typeof deployEscrows>>;

/** Deploys MXNB and the escrow contract, fills the bridge's wallet, and acts on them; each act is in a block when it returns. */
export async function deployEscrows({ client }: TestAnvil) {
  await buildContracts();
  const mined = async (hash: Hex) => {
    const receipt = await minedReceipt(client, hash);
    if (receipt.status !== 'success') throw new Error(`Transaction ${hash} was reverted.`);
    return receipt;
  };
  const deploy = async (name: 'KustodiaEscrow' | 'MockMXNB', args: readonly unknown[]) => {
    const { contractAddress } = await mined(
      await client.deployContract({ ...readArtifact(name), args, account: ADMIN }),
    );
    if (!contractAddress) throw new Error(`${name} has no address.`);
    return contractAddress;
  };
  const token = await deploy('MockMXNB', [ADMIN.address, ADMIN.address, ADMIN.address]);
  const escrow = await deploy('KustodiaEscrow', [ADMIN.address, 0, BRIDGE.address, token]);
  const mock = { abi: MOCK_MXNB_ABI, address: token } as const;
  const mxnb = { abi: MXNB_ABI, address: token } as const;
  const contract = { abi: KUSTODIA_ESCROW_ABI, address: escrow, account: BRIDGE } as const;

  await mined(
    await client.writeContract({
      ...mock,
      account: ADMIN,
      functionName: 'configureMinter',
      args: [JUNO.address, maxUint256],
    }),
  );
  await mined(
    await client.writeContract({ ...mock, account: JUNO, functionName: 'mint', args: [BRIDGE.address, FUNDS] }),
  );
  await mined(await client.writeContract({ ...mxnb, account: BRIDGE, functionName: 'approve', args: [escrow, FUNDS] }));

  const idOf = (ref: Hex) => client.readContract({ ...contract, functionName: 'escrowIdOf', args: [ref] });
  return {
    token,
    escrow,
    idOf,
    fund: async (ref: Hex, custodySeconds = 1n) =>
      mined(
        await client.writeContract({
          ...contract,
          functionName: 'createAndFund',
          args: [ref, token, AMOUNT, custodySeconds],
        }),
      ),
    /** Moves the chain's clock past the custody first. */
    release: async (ref: Hex) => {
      await client.increaseTime({ seconds: 60 });
      return mined(await client.writeContract({ ...contract, functionName: 'release', args: [await idOf(ref)] }));
    },
    dispute: async (ref: Hex, reason: string) =>
      mined(await client.writeContract({ ...contract, functionName: 'dispute', args: [await idOf(ref), reason] })),
    grantApprover: async () =>
      mined(
        await client.writeContract({
          ...contract,
          account: ADMIN,
          functionName: 'grantRole',
          args: [keccak256(toHex('APPROVER_ROLE')), APPROVER.address],
        }),
      ),
    /** A second wallet with the bridge role, so that what it does is not the first one's: it disputes, and decides. */
    anotherBridge: async () => {
      const role = await client.readContract({ ...contract, functionName: 'BRIDGE_ROLE' });
      const grant = { ...contract, account: ADMIN, functionName: 'grantRole' as const };
      await mined(await client.writeContract({ ...grant, args: [role, STRANGER.address] }));
      return async (functionName: 'dispute' | 'resolveDispute', ref: Hex, what: string | boolean) =>
        mined(
          await client.writeContract({
            ...contract,
            account: STRANGER,
            ...(functionName === 'dispute'
              ? { functionName, args: [await idOf(ref), String(what)] as const }
              : { functionName, args: [await idOf(ref), what === true] as const }),
          }),
        );
    },
    pause: async () => mined(await client.writeContract({ ...contract, account: ADMIN, functionName: 'pause' })),
    unpause: async () => mined(await client.writeContract({ ...contract, account: ADMIN, functionName: 'unpause' })),
    mint: async (minter: typeof BRIDGE, to: Hex, value: bigint) =>
      mined(await client.writeContract({ ...mock, account: minter, functionName: 'mint', args: [to, value] })),
    approve: async (owner: typeof BRIDGE, value: bigint) =>
      mined(await client.writeContract({ ...mxnb, account: owner, functionName: 'approve', args: [escrow, value] })),
    transfer: async (from: typeof BRIDGE, to: Hex, value: bigint) =>
      mined(await client.writeContract({ ...mxnb, account: from, functionName: 'transfer', args: [to, value] })),
    /** Moves the chain's clock past the custody first: before it only an approver decides for the buyer. */
    resolve: async (ref: Hex, inFavorOfSeller: boolean) => {
      await client.increaseTime({ seconds: 60 });
      return mined(
        await client.writeContract({
          ...contract,
          functionName: 'resolveDispute',
          args: [await idOf(ref), inFavorOfSeller],
        }),
      );
    },
  };
}
