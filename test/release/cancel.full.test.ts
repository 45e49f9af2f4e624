/** Money that goes back to the payer before its date, on a real chain: two people ordered it, and the approver has signed for that. */
import { randomUUID } from 'node:crypto';
import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import { dispute, disputeResolution, effect, leg, walletTransaction } from '../../src/reactor/db/schema.ts';
import { openDispute } from '../../src/reactor/disputes/open.ts';
import type { EffectRow } from '../../src/reactor/effects/driver.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { explain } from '../../src/reactor/payment/explain.ts';
import { giveApproval } from '../../src/reactor/release/approve.ts';
import { readEarlyCall } from '../../src/reactor/release/early.ts';
import { signRelease } from '../../src/reactor/release/sign-release.ts';
import { orderLegRefund } from '../../src/reactor/replace/refund.ts';
import { expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { APPROVER, lower } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { decided } from './desk.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres, { approver: true, showsDisputes: true });
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** Longer than anything here takes by the chain's clock. */
const CUSTODY_S = 30 * 24 * 3600;
const MOST_TURNS = 60;
const AGENT = { id: randomUUID(), name: 'the app', role: 'agent' } as const;
let given = 0n;

async function inCustody(release: 'date' | 'approvals' = 'date') {
  const amount = 150_000n + ++given * 223n;
  const payment = await world.givePayment({ amount, custodySeconds: CUSTODY_S, release });
  await world.until(payment.paymentId, 'in_custody');
  return { ...payment, amount };
}
type Given = Awaited<ReturnType<typeof inCustody>>;
/** To the account that it would be paid to: whose that is, is asked before anything is ordered. */
const orderBack = ({ legId, destinationId, amount }: Given, part = amount) =>
  world.db.transaction((tx) =>
    orderLegRefund(tx, world.ctx, { legId, amount: centavos(part), destinationId, cause: 'both have agreed' }),
  );
const why = async ({ paymentId }: Given, ctx = world.ctx) => {
  const view = await loadView(ctx, paymentId);
  if (!view) throw new Error('no payment');
  return explain(decide(view));
};
const effectsOf = ({ legId }: Given, kind: 'approver_signature' | 'chain_release' | 'chain_resolve') =>
  world.db
    .select()
    .from(effect)
    .where(and(eq(effect.subjectId, legId), eq(effect.kind, kind)))
    .orderBy(asc(effect.attempt));
const statesOf = async (payment: Given, kind: 'approver_signature' | 'chain_release' | 'chain_resolve') =>
  (await effectsOf(payment, kind)).map(({ attempt, state }) => `${attempt} ${state}`);
const legsOf = ({ paymentId }: Given) => world.db.select().from(leg).where(eq(leg.paymentId, paymentId));
async function until(payment: Given, isSo: () => Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await isSo()); turns++) {
    if (turns >= MOST_TURNS) throw new Error(`in vain: ${await why(payment)}`);
    await world.turn(payment.paymentId);
  }
}
const isBack = async (payment: Given) =>
  (await legsOf(payment)).some(({ kind, state }) => kind === 'refund' && state === 'completed');
const untilBack = (payment: Given) => until(payment, () => isBack(payment));
const callIn = async (payment: Given) => {
  const made = (await effectsOf(payment, 'chain_release')).at(-1);
  return readEarlyCall((made?.request as { data: `0x${string}` } | undefined)?.data ?? '0x');
};
const eventsOf = async ({ legId }: Given): Promise<string[]> => {
  const [row] = await world.db.select().from(leg).where(eq(leg.id, legId));
  const { rows } = await world.db.$client.query<{ kind: string }>(
    `SELECT kind FROM indexed.escrow_event WHERE reference = $1 ORDER BY block_number, log_index`,
    [row?.reference],
  );
  return rows.map(({ kind }) => kind);
};
const signedFor = ({ legId }: Given) =>
  world.db
    .select({ raw: walletTransaction.raw })
    .from(walletTransaction)
    .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
    .where(and(eq(effect.subjectId, legId), eq(effect.kind, 'chain_release')));

test('a refund of all of it ends the custody before its date, and goes back once', async () => {
  const payment = await inCustody();
  expect(await why(payment)).toContain('the custody to end');
  await orderBack(payment);
  await untilBack(payment);
  const [signature] = await effectsOf(payment, 'approver_signature');
  const [made] = await effectsOf(payment, 'chain_release');
  expect(signature).toMatchObject({
    ...{ state: 'confirmed', externalId: expect.stringMatching(/^0x[0-9a-f]{130}$/) },
    request: expect.objectContaining({ act: 'cancel' }),
  });
  expect(await callIn(payment)).toMatchObject({ is: 'cancel_early', approver: lower(APPROVER.address) });
  expect(signature && made && signature.createdAt < made.createdAt).toBe(true);
  expect(await eventsOf(payment)).toEqual(expect.arrayContaining(['funded', 'cancelled']));
  await expectPaidOnce(world, payment.amount);
});

test('a dispute that is final for the payer ends it too, once the contract has let go', async () => {
  const payment = await inCustody('approvals');
  const said = { payment: payment.paymentId, by: 'payer', reasonCode: 'not_received', statement: 'x' } as const;
  const { id } = await world.db.transaction((tx) =>
    openDispute(tx, world.ctx, { ...AGENT, role: 'operator' }, { ...said, reason: 'the payer says so' }),
  );
  await until(payment, async () => (await eventsOf(payment)).includes('disputed'));
  const proposalId = await decided(world.db, 'dispute resolve', `dispute:${id}`);
  await world.db.insert(disputeResolution).values({
    ...{ id: randomUUID(), disputeId: id, proposalId, outcome: 'payer', destinationId: payment.destinationId },
    appealableUntil: new Date(),
  });
  await world.db.update(dispute).set({ state: 'resolved' }).where(eq(dispute.id, id));
  await untilBack(payment);
  expect(await statesOf(payment, 'chain_resolve')).toEqual(['1 confirmed']);
  const [signature] = await effectsOf(payment, 'approver_signature');
  // Of the escrow as it is after the dispute.
  expect(signature?.request).toMatchObject({ act: 'cancel', disputes: 1 });
  expect(await eventsOf(payment)).toEqual(expect.arrayContaining(['disputed', 'dispute_resolved', 'cancelled']));
  await expectPaidOnce(world, payment.amount);
});

test('a part of it waits for the date, and so does all of it where nobody signs', async () => {
  const part = await inCustody();
  await orderBack(part, 1n);
  await world.turn(part.paymentId);
  expect(await why(part)).toContain('the custody to end');
  const all = await inCustody();
  await orderBack(all);
  const said = await why(all, { ...world.ctx, approver: null });
  expect(said).toContain('all of it goes back to the payer, and before that it cannot end');
  expect(said).toContain('no approver is set up');
  expect(await statesOf(part, 'approver_signature')).toEqual([]);
});

test('a release that both approved and nobody signed gives way when all of it is ordered back, and is cancelled instead', async () => {
  const payment = await inCustody('approvals');
  for (const party of ['payer', 'recipient'] as const)
    await world.db.transaction((tx) =>
      giveApproval(tx, world.ctx, {
        ...{ actor: AGENT, paymentId: payment.paymentId, party, reason: 'test' },
        userId: party === 'payer' ? payment.payerId : payment.recipientId,
      }),
    );
  await world.advance(payment.paymentId);
  expect(await callIn(payment)).toMatchObject({ is: 'release_early' });
  await orderBack(payment);
  // The wallet's own question, under the lock, comes before the payment is looked at again.
  await world.hurry();
  await world.sign();
  expect(await signedFor(payment)).toEqual([]);
  await untilBack(payment);
  expect(await statesOf(payment, 'approver_signature')).toEqual(['1 dead', '2 confirmed']);
  expect(await statesOf(payment, 'chain_release')).toEqual(['1 dead', '2 confirmed']);
  expect(await callIn(payment)).toMatchObject({ is: 'cancel_early' });
  await expectPaidOnce(world, payment.amount);
});

test('the approver signs for no cancellation that was not ordered in full, nor for a release of what was', async () => {
  const tried = async (payment: Given, act: 'release' | 'cancel') => {
    const own = (await legsOf(payment)).find(({ id }) => id === payment.legId);
    const request = {
      ...{ act, chainId: 31337, contract: lower(world.contracts.escrow), escrowId: String(own?.escrowId) },
      ...{ reference: own?.reference, disputes: 0, approver: lower(APPROVER.address) },
      expiry: world.watchdog.current().headTimestamp + 3600,
    };
    const row = { subjectId: payment.legId, paymentId: payment.paymentId, request };
    return signRelease(world.ctx, row as unknown as EffectRow);
  };
  const payment = await inCustody('approvals');
  await expect(tried(payment, 'cancel')).rejects.toThrow('cancelled where all of it was ordered back');
  const part = await inCustody();
  await orderBack(part, part.amount - 1n);
  await expect(tried(part, 'cancel')).rejects.toThrow('cancelled where all of it was ordered back');
  await orderBack(payment);
  await expect(tried(payment, 'release')).rejects.toThrow('released where not');
  expect(await tried(payment, 'cancel')).toMatch(/^0x/);
});
