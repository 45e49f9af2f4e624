import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import {
  effect,
  evidence,
  junoDeposit,
  junoMovement,
  junoTransaction,
  lane,
  leg,
  payment,
  suspense,
} from '../../src/reactor/db/schema.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { clabeOf, openWorld } from '../http/world.ts';

export const PAYOUT = { clabe: clabeOf('64618011041234567'), legalName: 'Juan López' };
export const SENDER = { sender_clabe: clabeOf('01218011041234567'), sender_name: 'Paula Pagadora' };

const CUSTODY: readonly LegState[] = [
  ...(['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody', 'releasing', 'released'] as const),
  ...(['returning', 'returned', 'redeeming', 'completed'] as const),
];

/** The reactor over a fresh database, its REST, before a Juno, and a Bitso if there is one, that the test has opened. */
export async function openIntakeWorld(databaseUrl: string, juno: Context['juno'], bitso: Context['bitso'] = null) {
  const world = await openWorld(databaseUrl);
  let later_ms = 0;
  const ctx: Context = {
    ...world.ctx,
    juno,
    bitso,
    bankAccounts: openBankAccounts({ juno, monotonic: () => performance.now() }),
    now: () => new Date(Date.now() + later_ms),
  };
  const { db } = world;

  const legOf = async (paymentId: string) => {
    const [row] = await db.select().from(leg).where(eq(leg.paymentId, paymentId));
    if (!row) throw new Error('no leg');
    return row;
  };

  const here = {
    ...world,
    ctx,
    legOf,
    wait: (ms: number) => {
      later_ms += ms;
    },
    /** A look at Juno a minute later, and at every payment. */
    look: async () => {
      later_ms += 60_000;
      await intake(ctx);
      for (const { id } of await db.select({ id: payment.id }).from(payment))
        await advance(ctx, { wallet: () => undefined }, id);
      // What a first look at an equal deposit leaves is found by a second one, as in the loop.
      await intake(ctx);
    },
    /** A look at one payment, and none at Juno. */
    advance: (paymentId: string) => advance(ctx, { wallet: () => undefined }, paymentId),
    people: async () => {
      const payer = await world.createUser('Ana Torres');
      const recipient = await world.createUser('Juan López');
      return { payer, recipient };
    },
    createPayment: async (
      people: { payer: { id: string }; recipient: { id: string } },
      amount: string,
      given: object = {},
    ): Promise<string> => {
      const terms = {
        payerId: people.payer.id,
        recipientId: people.recipient.id,
        amount,
        custodySeconds: 5,
        payout: PAYOUT,
        concept: 'Renta',
        ...given,
      };
      // Not by whom the tests have give it a deposit.
      const response = await world.post('/api/v1/payments', terms, { key: world.keys.admin });
      const body = (await response.json()) as { id: string };
      if (response.status !== 201) throw new Error(`not created: ${JSON.stringify(body)}`);
      return body.id;
    },
    /** As if its whole journey were over. */
    complete: async (paymentId: string) => {
      for (const state of CUSTODY) await db.update(leg).set({ state }).where(eq(leg.paymentId, paymentId));
      await db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, paymentId));
    },
    /** As if this effect had paid it, under this name at Juno or Bitso. */
    paidBy: async (
      paymentId: string,
      externalId: string,
      kind: 'juno_redemption' | 'bitso_payout' = 'juno_redemption',
    ) => {
      const { id: subjectId, amount } = await legOf(paymentId);
      await db.insert(lane).values({ name: 'payment:test', epoch: 1 }).onConflictDoNothing();
      const id = randomUUID();
      await db.insert(effect).values({
        ...({ id, subjectKind: 'leg', subjectId, kind, attempt: 1, paymentId, key: `key of ${externalId}` } as const),
        ...({ request: {}, amount, currency: 'MXN', lane: 'payment:test', laneEpoch: 1 } as const),
      });
      for (const given of [{ state: 'sending' }, { state: 'confirmed', externalId }] as const)
        await db.update(effect).set(given).where(eq(effect.id, id));
    },
    /** As if movements and transactions had been read so long ago. */
    age: async (seconds: number) => {
      const before = sql`clock_timestamp() - ${seconds} * interval '1 second'`;
      await db.update(junoMovement).set({ observedAt: before });
      await db.update(junoTransaction).set({ updatedAt: before });
    },
    expire: async (paymentId: string) => {
      await db.update(leg).set({ state: 'expired' }).where(eq(leg.paymentId, paymentId));
      await db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, paymentId));
    },
    /** As if a deposit had come after all that was asked for by now and in the hour to come. */
    cameLater: async (depositId: string) => {
      const later = sql`reactor.now() + interval '1 hour'`;
      await db.update(junoDeposit).set({ observedAt: later }).where(eq(junoDeposit.id, depositId));
    },
    suspenseOf: async (depositId: string) => {
      const [row] = await db.select().from(suspense).where(eq(suspense.depositId, depositId));
      return row;
    },
    claimsOf: async (depositId: string) => {
      return db
        .select()
        .from(evidence)
        .where(and(eq(evidence.source, 'juno_deposit'), eq(evidence.externalId, depositId)));
    },
    /** Posted balances that are not zero, as `account owner currency`. */
    balances: async (): Promise<Record<string, string>> => {
      const { rows } = await db.execute<{ name: string; posted: string }>(sql`
        SELECT account || ' ' || owner || ' ' || currency AS name, posted::text FROM reactor.ledger_balance WHERE posted <> 0 ORDER BY 1`);
      return Object.fromEntries(rows.map(({ name, posted }) => [name, posted]));
    },
  };
  return {
    ...here,
    stateOf: async (paymentId: string) => (await legOf(paymentId)).state,
    /** A payment between two new people whose journey is over, paid under this name at Juno or Bitso. */
    paid: async (name: string, kind: 'juno_redemption' | 'bitso_payout' = 'juno_redemption') => {
      const people = await here.people();
      const id = await here.createPayment(people, '1500.00');
      await here.complete(id);
      await here.paidBy(id, name, kind);
      return { ...people, id };
    },
  };
}

export type IntakeWorld = Awaited<ReturnType<typeof openIntakeWorld>>;
