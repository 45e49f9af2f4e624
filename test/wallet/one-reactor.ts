import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { type Hex, parseGwei } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { openChain } from '../../src/chain/door.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { localSigner, type Signer } from '../../src/reactor/wallet/signer.ts';
import { KEY_SECRET } from '../support/fixtures.ts';

export const SPENDER: Hex = `0x${'1'.repeat(40)}`;
export const TOKEN: Hex = `0x${'2'.repeat(40)}`;
export const DEPTH = 3;

export type OneReactorParameters = Readonly<{
  db: Db;
  key: Hex;
  rpcUrl: string;
  rpcUrl2?: string | null;
  holder: string;
  escrow?: Hex;
  maxFeePerGas?: bigint;
  signer?: (key: Hex, address: Hex) => Signer;
}>;

/** What of a reactor drives the lane of a key: its context, and the lane. */
export function oneReactor({
  db,
  key,
  rpcUrl,
  rpcUrl2 = null,
  holder,
  escrow = SPENDER,
  maxFeePerGas = parseGwei('2000'),
  signer = localSigner,
}: OneReactorParameters) {
  const bridge = privateKeyToAccount(key).address.toLowerCase() as Hex;
  const chain = openChain({ chainId: foundry.id, rpcUrl, rpcUrl2, escrow, token: TOKEN });
  // The rest of a context is for other parts; touching it here would throw.
  const ctx = {
    db,
    chain,
    queue: memoryQueue(),
    holder,
    log: pino({ level: 'silent' }),
    settings: {
      ...{ keySecret: KEY_SECRET, chainId: foundry.id, escrow, token: TOKEN, bridge, bridgesBefore: [] },
      junoEnv: 'sandbox',
      junoDepositAddress: SPENDER,
      releaseFourEyes: null,
      finality: { largeBlocks: BigInt(DEPTH) },
      wallet: { maxFeePerGas, maxGas: 5_000_000n },
    },
    watchdog: { current: () => ({ trouble: null }) },
    now: () => new Date(),
    monotonic: () => performance.now(),
    newId: randomUUID,
  } as unknown as Context;
  return { ctx, lane: walletLane(ctx, signer(key, bridge)) };
}
