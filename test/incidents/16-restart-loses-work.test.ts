import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import { leg, walletTransaction } from '../../src/reactor/db/schema.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { rescanOrphans, sweep } from '../../src/reactor/watch/rescan.ts';
import { givenEffect } from '../effects/rail.ts';
import { useRestored } from '../recovery/use-restored.ts';
import { end } from '../sandbox/support/chain.ts';
import { refused } from '../support/refused.ts';
import { recordFor } from './support.ts';

const here = useRestored();
const WITHDRAWING = ['deposited', 'withdrawing'] as const;

/** A payment in the middle of its withdrawal: its intent is committed, its money is not on its way. */
async function underWay() {
  const given = await givenEffect(here.rail);
  for (const state of WITHDRAWING) await here.rail.db.update(leg).set({ state }).where(eq(leg.id, given.legId));
  return given;
}
/** A process that has just started: what the one before it had in its queue and its timers is gone. */
function restarted() {
  const queue = memoryQueue();
  const ctx: Context = { ...here.ctx, holder: `holder-${randomUUID()}`, queue };
  const work = async () => {
    const found = queue.pending();
    for (const { id } of found) await advance(ctx, { wallet: () => undefined }, id);
    return found;
  };
  return { ctx, work };
}

test('a process is killed while it sends: no row stays ‘processing’ for ever, the next process finds it and goes on with the same key and bytes', async () => {
  const given = await underWay();
  const { rail } = here;
  const child = spawn(
    'node_modules/.bin/node',
    ['test/effects/sender.ts', rail.databaseUrl, rail.relay.url, given.id, given.name],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    await once(child.stdout, 'data');
    expect(await given.row()).toMatchObject({ state: 'sending', sends: 1 });
  } finally {
    await end(child, 'SIGKILL');
  }
  // Its lease ends by itself, for nobody is there to renew it; and nothing is due for an hour.
  await given.endLease();
  await rail.db.update(leg).set({ dueAt: sql`reactor.now() + interval '1 hour'` });
  const next = restarted();
  await rescanOrphans(next.ctx);
  expect(await next.work()).toEqual([{ lane: 'payment', id: given.paymentId }]);
  expect(await given.row()).toMatchObject({ state: 'confirmed', sends: 2, key: given.key });
  expect(rail.relay.sends(given.key)).toHaveLength(1);
  expect(await rail.at('CRYPTO_WITHDRAWAL', given.amount)).toHaveLength(1);
});

test('every wake-up is lost with the process that had it: the sweep finds what is due, and it goes on', async () => {
  const given = await underWay();
  await here.rail.db.update(leg).set({ dueAt: sql`reactor.now()` }).where(eq(leg.id, given.legId));
  const next = restarted();
  await sweep(next.ctx);
  expect(await next.work()).toContainEqual({ lane: 'payment', id: given.paymentId });
  expect(await given.row()).toMatchObject({ state: 'confirmed', sends: 1 });
  expect(await here.rail.at('CRYPTO_WITHDRAWAL', given.amount)).toHaveLength(1);
});

test('two processes that share a wallet cannot sign the same nonce twice', async () => {
  const given = await givenEffect(here.rail);
  const effectId = await recordFor(here.rail.db, given, 'chain_fund');
  const sign = (hash: string) =>
    here.rail.db
      .insert(walletTransaction)
      .values({ hash, chainId: 31337, wallet: '0xb', nonce: 7, version: 0, effectId, raw: '0x02' });
  await sign(randomUUID());
  await refused(sign(randomUUID()), /wallet_transaction_nonce/);
});
