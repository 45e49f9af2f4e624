import { type Address, getAddress, type Hex, keccak256, type PublicClient, zeroAddress } from 'viem';
import { KUSTODIA_ESCROW_ABI, KUSTODIA_ESCROW_CODE_HASH } from '../abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../abi/mxnb.ts';
import { optional } from './optional.ts';

export const VERSION = 'KustodiaEscrow/3';

/** Something that waits for its time; `schedule` is in Unix seconds of the chain's clock. */
export type Scheduled<T> = Readonly<{ to: T; schedule: number }>;

/** What a KustodiaEscrow is set to, all of it at one block. Amounts are the token's base units. */
export type ContractState = Readonly<{
  blockNumber: bigint;
  isThisRelease: boolean;
  admin: Address;
  pendingAdmin: Scheduled<Address> | null;
  adminDelay_s: number;
  pendingDelay_s: Scheduled<number> | null;
  /** What new escrows will pay. Those that are open pay that of their funding, or what an approver made of it. */
  settlement: Address;
  /** Between the scheduling of another one and its coming into force; it never changes. */
  settlementDelay_s: number;
  /** Null where none is scheduled, or the one that is has come into force. */
  pendingSettlement: Scheduled<Address> | null;
  isPaused: boolean;
  escrowCount: bigint;
  token: TokenState;
}>;

/** Nulls where there is no ERC-20 at the address. */
export type Token = Readonly<{ address: Address; decimals: number | null; symbol: string | null }>;

export type TokenState = Token &
  Readonly<{
    isAllowed: boolean;
    /** What open escrows hold, and what the contract has. */
    escrowed: bigint;
    balance: bigint;
  }>;

/** There is nothing at the address, or something that is no KustodiaEscrow of version 3. */
export type NoEscrow = Readonly<{ is: 'nothing' } | { is: 'other'; version: string | null; codeHash: Hex }>;

export type ReadStateParameters = Readonly<{ escrow: Address; token: Address; blockNumber: bigint }>;

/** What the contract at an address is set to. Throws only where the node gives no answer. */
export async function readContractState(
  client: PublicClient,
  { escrow, token, blockNumber }: ReadStateParameters,
): Promise<(ContractState & Readonly<{ is: 'v3' }>) | NoEscrow> {
  const code = await client.getCode({ address: escrow, blockNumber });
  if (!code) return { is: 'nothing' };
  const contract = { address: escrow, abi: KUSTODIA_ESCROW_ABI, blockNumber } as const;
  const version = await optional(() => client.readContract({ ...contract, functionName: 'VERSION' }));
  if (version !== VERSION) return { is: 'other', version, codeHash: keccak256(code) };

  const [settlementDelay, admin, pendingAdmin, adminDelay, pendingDelay, settlement, ...others] = await Promise.all([
    client.readContract({ ...contract, functionName: 'settlementDelay' }),
    client.readContract({ ...contract, functionName: 'defaultAdmin' }),
    client.readContract({ ...contract, functionName: 'pendingDefaultAdmin' }),
    client.readContract({ ...contract, functionName: 'defaultAdminDelay' }),
    client.readContract({ ...contract, functionName: 'pendingDefaultAdminDelay' }),
    client.readContract({ ...contract, functionName: 'settlement' }),
    client.readContract({ ...contract, functionName: 'scheduledSettlement' }),
    client.readContract({ ...contract, functionName: 'settlementSchedule' }),
    client.readContract({ ...contract, functionName: 'paused' }),
    client.readContract({ ...contract, functionName: 'escrowCount' }),
  ]);
  const [scheduled, schedule, isPaused, escrowCount] = others;
  const hasPending = scheduled !== zeroAddress && scheduled !== settlement;
  return {
    is: 'v3',
    blockNumber,
    isThisRelease: keccak256(code) === KUSTODIA_ESCROW_CODE_HASH,
    admin,
    pendingAdmin: pendingAdmin[1] === 0 ? null : { to: pendingAdmin[0], schedule: pendingAdmin[1] },
    adminDelay_s: adminDelay,
    pendingDelay_s: pendingDelay[1] === 0 ? null : { to: pendingDelay[0], schedule: pendingDelay[1] },
    settlement,
    settlementDelay_s: settlementDelay,
    pendingSettlement: hasPending ? { to: scheduled, schedule } : null,
    isPaused,
    escrowCount,
    token: await readTokenState(client, { escrow, token, blockNumber }),
  };
}

async function readTokenState(
  client: PublicClient,
  { escrow, token, blockNumber }: ReadStateParameters,
): Promise<TokenState> {
  const contract = { address: escrow, abi: KUSTODIA_ESCROW_ABI, blockNumber } as const;
  const [isAllowed, escrowed, erc20, balance] = await Promise.all([
    client.readContract({ ...contract, functionName: 'isTokenAllowed', args: [token] }),
    client.readContract({ ...contract, functionName: 'escrowedTotal', args: [token] }),
    readToken(client, { token, blockNumber }),
    optional(() =>
      client.readContract({
        address: token,
        abi: MXNB_ABI,
        blockNumber,
        functionName: 'balanceOf',
        args: [escrow],
      }),
    ),
  ]);
  return { ...erc20, isAllowed, escrowed, balance: balance ?? 0n };
}

/** What a token says of itself. Throws only where the node gives no answer. */
export async function readToken(
  client: PublicClient,
  { token, blockNumber }: Readonly<{ token: Address; blockNumber: bigint }>,
): Promise<Token> {
  const erc20 = { address: token, abi: MXNB_ABI, blockNumber } as const;
  const [decimals, symbol] = await Promise.all([
    optional(() => client.readContract({ ...erc20, functionName: 'decimals' })),
    optional(() => client.readContract({ ...erc20, functionName: 'symbol' })),
  ]);
  return { address: getAddress(token), decimals, symbol };
}
