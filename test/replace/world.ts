/** Payments whose payouts the test itself makes and sends back, over the real rules of the database. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { centavos } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db, Tx } from '../../src/reactor/db/client.ts';
import { effect, evidence, junoDeposit, lane, leg, payment } from '../../src/reactor/db/schema.ts';
import { isEarned } from '../../src/reactor/ledger/earned.ts';
import { type JourneyStep, postingsFor } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import type { LegKind, LegState, Rail } from '../../src/reactor/payment/states.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';

const LANE = 'payment:of-these-tests';

/** What the journey writes, over the database or within one transaction of it. */
function stepsOn(on: Db | Tx) {
  const legOf = async (id: string) => {
    const [row] = await on.select().from(leg).where(eq(leg.id, id));
    if (!row) throw new Error(`no leg ${id}`);
    return row;
  };
  const move = async (id: string, ...states: LegState[]) => {
    for (const state of states) await on.update(leg).set({ state, cause: 'the test' }).where(eq(leg.id, id));
  };
  type Booked = Readonly<{ paymentId: string; amount: bigint; kind: LegKind }>;
  const book = async ({ paymentId, amount, kind }: Booked, key: string, ...steps: JourneyStep[]) => {
    for (const step of steps)
      await on.transaction((tx) =>
        writeEntry(tx, {
          ...{ id: randomUUID(), key: `${step}:${key}`, paymentId, effectId: null, state: 'posted' },
          postings: postingsFor(kind, step, centavos(amount)),
        }),
      );
  };
  /** An effect that ends so at once. */
  const anEffect = async (
    legId: string,
    kind: 'juno_redemption' | 'bitso_payout' | 'chain_release' | 'chain_return' | 'approver_signature',
    end: 'confirmed' | 'dead' | 'unknown',
  ) => {
    const { paymentId, amount } = await legOf(legId);
    const id = randomUUID();
    await on.insert(lane).values({ name: LANE, epoch: 1 }).onConflictDoNothing();
    await on.insert(effect).values({
      ...({ id, subjectKind: 'leg', subjectId: legId, kind, attempt: 1, paymentId, key: randomUUID() } as const),
      ...({ request: {}, amount, currency: 'MXN', lane: LANE, laneEpoch: 1 } as const),
    });
    for (const state of ['sending', end] as const) {
      const externalId = state === 'confirmed' ? randomUUID() : null;
      await on
        .update(effect)
        .set({ state, ...(externalId ? { externalId } : {}) })
        .where(eq(effect.id, id));
    }
    return id;
  };
  return { legOf, move, book, anEffect };
}

export type ReplaceWorld = ReturnType<typeof openReplaceWorld>;

export function openReplaceWorld(db: Db) {
  let made = 0;
  const ctx = {
    settings: { keySecret: KEY_SECRET, junoIssuancePatience_s: 0, bitsoBaseUrl: 'http://127.0.0.1:9' },
    // In the order in which they are made, so that the same story has its legs in the same order again.
    newId: () => `00000000-0000-4000-8000-${(++made).toString(16).padStart(12, '0')}`,
    db,
  } as unknown as Context;
  const legsOf = (paymentId: string) =>
    db.select().from(leg).where(eq(leg.paymentId, paymentId)).orderBy(leg.createdAt, leg.id);
  const { legOf, move, book, anEffect } = stepsOn(db);
  return {
    db,
    ctx,
    legOf,
    legsOf,
    move,
    anEffect,
    /** A payment whose one leg has its money in Juno's pool, back from the escrow where it was there. */
    given: async (amount = 150_000n, rail: Rail = 'bank_redemption', kind: 'custody' | 'commission' = 'custody') => {
      const given = await givePayment(db, { amount, rail, kind });
      await db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, given.paymentId));
      await book({ ...given, kind }, given.legId, 'deposit', 'issuance');
      if (kind === 'commission') await move(given.legId, 'reserved');
      else await move(given.legId, 'deposited', 'withdrawing', 'withdrawn', 'returning', 'returned');
      return given;
    },
    /** Its next step to the bank, from wherever its money is, whole or not at all. Answers whether it has left. */
    pay: (legId: string): Promise<boolean> =>
      db.transaction(async (tx) => {
        const on = stepsOn(tx);
        const row = await on.legOf(legId);
        const { state, rail, kind } = row;
        if (state === 'paying_out') {
          await on.anEffect(legId, 'bitso_payout', 'confirmed');
          await on.book(row, legId, 'bitso_payout');
          await on.move(legId, 'completed');
          return true;
        }
        if (kind === 'commission' && state === 'reserved' && !(await isEarned(tx, legId)))
          await on.book(row, `${legId}:1`, 'earned');
        await on.anEffect(legId, 'juno_redemption', 'confirmed');
        const isPaidOut = rail === 'bank_redemption';
        await on.book(row, legId, 'juno_redemption', isPaidOut ? 'payout' : 'bitso_credit');
        await on.move(legId, 'redeeming', isPaidOut ? 'completed' : 'paying_out');
        return isPaidOut;
      }),
    /** Bitso's withdrawal fails. */
    fail: async (legId: string): Promise<void> => {
      await anEffect(legId, 'bitso_payout', 'dead');
      await move(legId, 'payout_failed');
    },
    /** The bank sends it back; Juno makes MXNB of it where that is told. */
    bringBack: async (legId: string, { isIssued }: { isIssued: boolean }): Promise<string> => {
      const row = await legOf(legId);
      const depositId = randomUUID();
      const { rows } = await db.execute<{ id: string }>(
        sql`SELECT id::text FROM reactor.effect WHERE subject_id = ${legId} AND state = 'confirmed' ORDER BY created_at DESC LIMIT 1`,
      );
      await db.insert(junoDeposit).values({
        ...{ id: depositId, clabe: '646180157042875763', amount: row.amount, status: 'complete', isRefund: true },
        observedAt: new Date(Date.now() - 60_000),
      });
      await db.insert(evidence).values({
        ...{ source: 'juno_deposit', externalId: depositId, subjectKind: 'leg', subjectId: legId },
        detail: { isReturn: true, effectId: rows[0]?.id ?? null },
      });
      await move(legId, 'payout_returned');
      await book(row, depositId, 'payout_return');
      if (isIssued) await book(row, depositId, 'return_issuance');
      return depositId;
    },
    /** Posted balances of a payment that are not zero. */
    balances: async (paymentId: string): Promise<Record<string, string>> => {
      const { rows } = await db.execute<{ name: string; posted: string }>(sql`
        SELECT account || ' ' || currency AS name, posted::text FROM reactor.ledger_balance
        WHERE owner = ${paymentId} AND posted <> 0 AND account <> 'conversion' ORDER BY 1`);
      return Object.fromEntries(rows.map(({ name, posted }) => [name, posted]));
    },
  };
}
