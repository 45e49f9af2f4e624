/** Who is woken by the chain's clock and by the sweep. */
import { randomUUID } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import {
  destination,
  effect,
  evidence,
  guardSwitch,
  hold,
  lane,
  leg,
  person,
  proposal,
  settledOutside,
  user,
  wideHold,
} from '../../src/reactor/db/schema.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { rescanDeadlines, rescanEnded, type Swept, sweep } from '../../src/reactor/watch/rescan.ts';
import { givePayment } from '../support/fixtures.ts';
import { openIndexed } from '../support/indexed.ts';
import { useDatabase } from '../support/use-database.ts';

const db = useDatabase();
const WAY: LegState[] = ['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody'];
const BATCH = 1_000;

/** Payments in custody until these moments of the chain's clock. */
async function inCustodyUntil(...deadlines: number[]): Promise<string[]> {
  const given = [];
  for (const deadline of deadlines) {
    const one = await givePayment(db());
    await db().update(leg).set({ deadline }).where(eq(leg.id, one.legId));
    given.push(one);
  }
  const ids = given.map(({ legId }) => legId);
  for (const state of WAY) await db().update(leg).set({ state }).where(inArray(leg.id, ids));
  return given.map(({ paymentId }) => paymentId);
}

/** Looks as the head does, and answers who was woken and up to when all were. */
async function look(window: { after: number; head: number }) {
  const queue = memoryQueue();
  const until = await rescanDeadlines({ db: db(), queue } as unknown as Context, window);
  return { woken: queue.pending().map(({ id }) => id), until };
}

test('what waits for a hold or a switch is woken once it is gone, whatever wake-up was lost, and not while it stands', async () => {
  const given = await Promise.all([1, 2, 3].map(() => givePayment(db())));
  const [held, stopped, wide] = given.map(({ paymentId }) => paymentId) as [string, string, string];
  const barriers = { [held]: `payment:${held}`, [stopped]: 'rail:bitso_spei', [wide]: 'rail:bank_redemption' };
  for (const [paymentId, barrier] of Object.entries(barriers))
    await db()
      .update(leg)
      .set({ barrier, dueAt: sql`now() + interval '5 minutes'` })
      .where(eq(leg.paymentId, paymentId));
  const terms = { reasonCode: 'drill', sentence: 'somebody asks', owner: 'operations' };
  await db()
    .insert(hold)
    .values({ ...terms, id: randomUUID(), paymentId: held, kind: 'hold' });
  await db()
    .insert(wideHold)
    .values({ ...terms, id: randomUUID(), switchName: 'rail:bank_redemption' });
  const turn = (isStopped: boolean) =>
    db().update(guardSwitch).set({ isStopped }).where(eq(guardSwitch.name, 'rail:bitso_spei'));
  await turn(true);
  const woken = async () => {
    const queue = memoryQueue();
    await sweep({ db: db(), queue } as unknown as Context);
    const ids = queue.pending().map(({ id }) => id);
    return Object.keys(barriers).filter((id) => ids.includes(id));
  };
  expect(await woken()).toEqual([]);
  await turn(false);
  expect(await woken()).toEqual([stopped]);
  for (const table of [hold, wideHold]) await db().update(table).set({ closedAt: new Date() });
  expect((await woken()).sort()).toEqual([held, stopped, wide].sort());
});

test('an account that people propose to pay to is registered, whatever wake-up was lost', async () => {
  const { recipientId } = await givePayment(db());
  const [id, withdrawn] = [randomUUID(), randomUUID()];
  for (const [one, clabe] of [
    [id, '012180015040777776'],
    [withdrawn, '014180015040777770'],
  ] as const) {
    await db().insert(destination).values({ id: one, userId: recipientId, clabe, legalName: 'Ana Ruiz' });
    await db()
      .insert(proposal)
      .values({
        ...{ id: randomUUID(), command: 'payment repay', subject: 'leg:x', parameters: { destinationId: one } },
        ...{ reason: 'a test', proposedBy: randomUUID(), proposerName: 'olga' },
        ...{ expiresAt: sql`reactor.now() + interval '1 day'`, withdrawnAt: one === withdrawn ? new Date() : null },
      });
  }
  const queue = memoryQueue();
  await sweep({ db: db(), queue } as unknown as Context);
  const woken = queue.pending().filter((job) => job.lane === 'destination');
  expect(woken.map((job) => job.id)).toContain(id);
  expect(woken.map((job) => job.id)).not.toContain(withdrawn);
});

test('a payment is woken when its custody ends by the chain’s clock, and not with every later block: who holds it may take hours', async () => {
  const [early, late] = await inCustodyUntil(1_000, 1_010);
  expect(await look({ after: 0, head: 999 })).toEqual({ woken: [], until: 999 });
  expect(await look({ after: 999, head: 1_005 })).toEqual({ woken: [early], until: 1_005 });
  expect(await look({ after: 1_005, head: 1_010 })).toEqual({ woken: [late], until: 1_010 });
  expect(await look({ after: 1_010, head: 9_000 })).toEqual({ woken: [], until: 9_000 });
});

test('where more end at once than one look wakes, the next look goes on with the rest', async () => {
  const deadlines = Array.from({ length: BATCH + 1 }, (_, n) => 10_000 + n);
  const all = await inCustodyUntil(...deadlines);
  const first = await look({ after: 9_000, head: 20_000 });
  expect(first.woken).toEqual(all.slice(0, BATCH));
  const rest = await look({ after: first.until, head: 20_000 });
  expect(rest.woken).toEqual(all.slice(BATCH - 1));
  expect(rest.until).toBe(20_000);
});

test('a user whose CLABE is looked for later is not woken by each sweep', async () => {
  const id = randomUUID();
  await db().insert(user).values({ id });
  await db().insert(person).values({ userId: id, fullName: 'Ana Ruiz', email: 'ana@example.com' });
  const swept = async () => {
    const queue = memoryQueue();
    await sweep({ db: db(), queue } as unknown as Context);
    return queue.pending().filter((job) => job.lane === 'user');
  };
  expect(await swept()).toEqual([{ lane: 'user', id }]);
  await db().insert(lane).values({ name: 'of this test', epoch: 1 });
  await db()
    .insert(effect)
    .values({
      ...{ id: randomUUID(), subjectKind: 'user', subjectId: id, kind: 'juno_clabe', attempt: 1, key: randomUUID() },
      ...{ request: {}, amount: 0n, currency: 'MXN', lane: 'of this test', laneEpoch: 1 },
      nextLookAt: sql`reactor.now() + interval '1 hour'`,
    });
  expect(await swept()).toEqual([]);
  await db().update(effect).set({ nextLookAt: sql`reactor.now()` });
  expect(await swept()).toEqual([{ lane: 'user', id }]);
});

test('an escrow that somebody else ended is found behind however many that a hold keeps where they are', async () => {
  await openIndexed(db());
  const NEWEST = 1_000n;
  const ended = async (block: number) => {
    const [paymentId = ''] = await inCustodyUntil(4_000_000_000);
    await db().execute(sql`
      INSERT INTO indexed.escrow_event (id, chain_id, block_number, block_hash, block_timestamp, tx_hash, log_index, contract, escrow_id, kind, reference)
      SELECT ${randomUUID()}, 31337, ${block}, '0xb', 1, '0x1', 0, '0x2', 1, 'released', reference FROM reactor.leg WHERE payment_id = ${paymentId}`);
    return paymentId;
  };
  const [first, second, ...beside] = [
    await ended(10),
    await ended(20),
    await ended(30),
    await ended(30),
    await ended(30),
  ];
  await db().execute(sql`
    INSERT INTO indexed.escrow_event (id, chain_id, block_number, block_hash, block_timestamp, tx_hash, log_index, contract, escrow_id, kind)
    VALUES ('newest', 31337, ${NEWEST}::numeric, '0xb', 1, '0x9', 0, '0x2', 9, 'funded')`);
  const rescan = async (after: bigint) => {
    const queue = memoryQueue();
    const until = await rescanEnded({ db: db(), queue } as unknown as Context, after, 2);
    return { woken: queue.pending().map(({ id }) => id), until };
  };
  expect(await rescan(0n)).toEqual({ woken: [first, second], until: 19n });
  const next = await rescan(19n);
  expect(next).toMatchObject({ woken: [second, expect.anything()], until: 29n });
  expect(beside).toContain(next.woken[1]);
  // One block fills it alone: what it had beside those waits a day, and nothing behind it does.
  const full = await rescan(29n);
  expect([full.until, full.woken.length]).toEqual([30n, 2]);
  expect(await rescan(30n)).toEqual({ woken: [], until: NEWEST - 64n });
});

test('a payment whose wake-up was lost is found by the sweep, however many others fail at each look', async () => {
  const failing = await givePayment(db());
  // A thousand more like it, due for an hour: whatever looks at them throws, so that nobody says when they are due again.
  await db().transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(sql`
      INSERT INTO reactor.payment OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'number', p.number + 1000000 + n, 'amount_centavos', 10000 + n))).*
      FROM reactor.payment p, generate_series(1, 1000) AS n WHERE p.id = ${failing.paymentId}`);
    await tx.execute(sql`
      INSERT INTO reactor.leg OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'number', 1000000 + p.number, 'payment_id', p.id,
        'reference', '0x' || md5(p.id::text) || md5(p.id::text), 'due_at', reactor.now() - interval '1 hour'))).*
      FROM reactor.leg l, reactor.payment p WHERE l.id = ${failing.legId} AND p.id <> ${failing.paymentId}`);
  });
  const lost = await givePayment(db());
  await db().execute(sql`UPDATE reactor.leg SET due_at = reactor.now() - interval '1 minute' WHERE id = ${lost.legId}`);
  const woken = new Set<string>();
  const ctx = {
    db: db(),
    queue: { enqueue: async ({ id }: { id: string }) => void woken.add(id) },
  } as unknown as Context;
  let swept: Swept | undefined;
  for (let n = 0; n < 20 && !swept?.isAll; n++) swept = await sweep(ctx, swept);
  expect(swept?.isAll).toBe(true);
  expect(woken.size).toBeGreaterThanOrEqual(1_000);
  expect(woken.has(lost.paymentId)).toBe(true);
});

test('a leg that has ended is found once its release is undone, also where a person paid it by hand', async () => {
  await db().insert(lane).values({ name: 'undone', epoch: 1 });
  const ended = async (isStolen: boolean) => {
    const { paymentId, legId } = await givePayment(db());
    for (const state of [...WAY, 'releasing', 'released', 'returning', 'returned'] as const)
      await db().update(leg).set({ state }).where(eq(leg.id, legId));
    const id = randomUUID();
    await db()
      .insert(effect)
      .values({
        ...({ id, subjectKind: 'leg', subjectId: legId, kind: 'chain_release', attempt: 1, paymentId } as const),
        ...{ key: randomUUID(), request: {}, amount: 0n, currency: 'MXNB', lane: 'undone', laneEpoch: 1 },
      });
    for (const state of ['sending', 'confirmed', 'dead'] as const)
      await db().update(effect).set({ state }).where(eq(effect.id, id));
    await db()
      .insert(settledOutside)
      .values({ legId, trackingKey: legId.slice(0, 30), cepLink: legId, receipt: legId });
    if (isStolen)
      await db()
        .insert(evidence)
        .values({
          ...{ source: 'chain', externalId: legId, subjectKind: 'leg', subjectId: legId },
          detail: { as: 'stolen', blockHash: '0xb' },
        });
    await db().update(leg).set({ state: 'closed' }).where(eq(leg.id, legId));
    return paymentId;
  };
  const [undone, stolen] = [await ended(false), await ended(true)];
  const queue = memoryQueue();
  await sweep({ db: db(), queue } as unknown as Context);
  const woken = queue.pending().map(({ id }) => id);
  expect([woken.includes(undone), woken.includes(stolen)]).toEqual([true, false]);
});
