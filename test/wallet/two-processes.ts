import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { decodeFunctionData, type Hex } from 'viem';
import { expect } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { depositAddress, lane as laneTable } from '../../src/reactor/db/schema.ts';
import { depositAddressId } from '../../src/reactor/probe/trust.ts';
import { walletLaneOf } from '../../src/reactor/wallet/store.ts';
import { AMOUNT, type GivenWallet, SPENDER } from './support.ts';
import type { useNode } from './use-node.ts';

const LOOK_AGAIN_MS = 25;
/** Generous: the machine may be busy, and a condition that holds ends the wait. */
const PATIENCE_MS = 120_000;

async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/**
 * Two processes of the operating system work on the lane of one key, while returns are recorded, each of an amount of its own, and
 * blocks are mined. Each trouble strikes whoever holds the lane at that moment: `kill` ends it (SIGKILL) and another process takes its
 * place; `pause` stops it (SIGSTOP) until the other one has taken the lane over, and then lets it wake (SIGCONT). Judged by the chain:
 * each amount is in one block once, and no nonce is left out.
 */
export async function shareOneKey(
  here: ReturnType<typeof useNode>,
  w: GivenWallet,
  { transactions, troubles }: { transactions: number; troubles: readonly ('kill' | 'pause')[] },
): Promise<void> {
  await w.db.insert(depositAddress).values({ id: depositAddressId(w.ctx), probeHash: '0x1', creditId: '1' });
  const running = new Map<string, ChildProcess>();
  const died: string[] = [];
  /** A process that dies by itself ends every wait. */
  const until = (what: string, holds: () => Promise<boolean>) =>
    waitFor(what, () => {
      expect(died).toEqual([]);
      return holds();
    });
  let started = 0;
  const start = (): void => {
    const holder = `process-${++started}`;
    const child = spawn(process.execPath, ['test/wallet/lane-process.ts'], {
      env: { PATH: process.env['PATH'], DATABASE_URL: w.url, RPC_URL: here.proxy.url, KEY: w.key, HOLDER: holder },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    running.set(holder, child);
    child.once('exit', (code) => {
      if (running.delete(holder) && code !== 0) died.push(`${holder} ended with ${code}`);
    });
  };
  const name = walletLaneOf(w.ctx.settings.chainId, w.ctx.settings.bridge);
  const laneNow = async () => (await w.db.select().from(laneTable).where(eq(laneTable.name, name)))[0];
  const holds = new Set<string>();
  /** Strikes whoever has the lane just now. */
  const strike = async (trouble: 'kill' | 'pause'): Promise<void> => {
    let struck: { child: ChildProcess; epoch: number } | undefined;
    await until('a holder of the lane', async () => {
      const now = await laneNow();
      const child = now?.holder ? running.get(now.holder) : undefined;
      if (!now?.holder || !child) return false;
      if (trouble === 'kill') running.delete(now.holder);
      child.kill(trouble === 'kill' ? 'SIGKILL' : 'SIGSTOP');
      struck = { child, epoch: now.epoch };
      return true;
    });
    if (trouble === 'kill') start();
    // The lane is freed by the end of the lease, unless its holder had just given it back.
    await until('another holder', async () => ((await laneNow())?.epoch ?? 0) > (struck?.epoch ?? 0));
    if (trouble === 'pause') struck?.child.kill('SIGCONT');
  };

  try {
    start();
    start();
    await until('both to have worked', async () => {
      const holder = (await laneNow())?.holder;
      if (holder) holds.add(holder);
      return holds.size === 2;
    });
    const every = Math.ceil(transactions / (troubles.length + 1));
    const ids: string[] = [];
    for (let i = 0; i < transactions; i++) {
      const amount = AMOUNT + BigInt(i);
      ids.push(await w.recordOf('chain_return', w.ctx.chain.transferCall(SPENDER, amount), amount));
      const trouble = i % every === every - 1 ? troubles[Math.floor(i / every)] : undefined;
      if (trouble) await strike(trouble);
      if (i % 4 === 3) await here.mine();
    }
    await until('every one to be settled', async () => {
      await here.mine();
      const rows = await w.signed();
      return rows.length >= transactions && rows.every(({ succeeded }) => succeeded !== null);
    });
    await expectEachOnce(here, w, ids);
  } finally {
    for (const child of running.values()) {
      child.kill('SIGCONT');
      child.stdin?.end();
    }
    await Promise.all([...running.values()].map((child) => once(child, 'exit')));
  }
}

async function expectEachOnce(here: ReturnType<typeof useNode>, w: GivenWallet, ids: readonly string[]): Promise<void> {
  const { client } = here.anvil;
  const address = w.account.address;
  expect(await client.getTransactionCount({ address })).toBe(ids.length);
  const mined: { nonce: number; amount: bigint }[] = [];
  for (let number = 0n; number <= (await client.getBlockNumber()); number++) {
    const { transactions } = await client.getBlock({ blockNumber: number, includeTransactions: true });
    for (const { from, nonce, input } of transactions) {
      if (from.toLowerCase() !== address.toLowerCase()) continue;
      const { args } = decodeFunctionData({ abi: MXNB_ABI, data: input });
      mined.push({ nonce, amount: (args as readonly [Hex, bigint])[1] });
    }
  }
  expect(mined.map(({ nonce }) => nonce).sort((a, b) => a - b)).toEqual(ids.map((_, i) => i));
  expect(mined.map(({ amount }) => Number(amount - AMOUNT)).sort((a, b) => a - b)).toEqual(ids.map((_, i) => i));
  const rows = await w.signed();
  expect(rows).toHaveLength(ids.length);
  expect(new Set(rows.map(({ effectId }) => effectId))).toEqual(new Set(ids));
  expect(rows.every(({ succeeded, version }) => succeeded && version === 0)).toBe(true);
}
