/** What several incidents need: a database of their own, and views to decide upon. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { centavos, mxnbUnits } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import type { Driver, EffectRow, Outcome } from '../../src/reactor/effects/driver.ts';
import { type Lane, withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { ChainFact, EffectView, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

/** A Postgres and a migrated database for one file. */
export function useDatabase(): () => Db {
  let postgres: TestPostgres;
  let db: Db;
  beforeAll(async () => {
    postgres = await startPostgres();
    db = await openTestDatabase(await postgres.createDatabase());
  });
  afterAll(async () => {
    await db?.$client.end();
    await postgres?.stop();
  });
  return () => db;
}

/** What effects touch of a context. The rest is for other parts; touching it here would throw. */
export const contextOf = (db: Db): Context =>
  ({
    db,
    settings: { keySecret: KEY_SECRET, junoReplayWindow_ms: 3_600_000, dailyPayoutCap: centavos(10_000_000n) },
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    monotonic: () => performance.now(),
    newId: randomUUID,
    holder: 'test',
  }) as unknown as Context;

export async function inLane<T>(db: Db, name: string, work: (lane: Lane) => Promise<T>): Promise<T> {
  const result = await withLane(db, name, `holder-${randomUUID()}`, work);
  if (result === 'busy') throw new Error(`${name} is busy`);
  return result;
}

/** Records the intent of an effect of a leg, as its payment's holder would. */
export const recordFor = (
  db: Db,
  { paymentId, legId }: { paymentId: string; legId: string },
  kind: EffectKind,
  attempt = 1,
): Promise<string> =>
  inLane(db, `payment:${paymentId}`, (lane) =>
    db.transaction((tx) =>
      recordEffect(tx, contextOf(db), lane, {
        subjectKind: 'leg',
        subjectId: legId,
        kind,
        attempt,
        paymentId,
        request: { body: '{"amount":"1500.00"}' },
        amount: mxnbUnits(1n),
        switches: ['all'],
        outgoing: null,
        postings: null,
      }),
    ),
  );

/** A rail that answers as told and remembers what was written to it. */
export function railOf(...answers: (Outcome | Promise<Outcome>)[]) {
  const written: { key: string; request: unknown }[] = [];
  const driver: Driver = {
    isRepeatable: true,
    send: async (_ctx, row: EffectRow) => {
      written.push({ key: row.key, request: row.request });
      return answers.shift() ?? { is: 'unknown', code: 'time_out', text: 'no answer in time' };
    },
    look: async () => ({ found: 'none' }),
  };
  return { driver, written };
}
export const NO_ANSWER: Outcome = { is: 'unknown', code: 'time_out', text: 'no answer in time' };

export const NOW = new Date('2026-01-01T12:00:00Z');

export const effectView = (kind: EffectKind, given: Partial<EffectView> = {}): EffectView => ({
  id: `${kind}-1`,
  kind,
  attempt: 1,
  state: 'confirmed',
  externalId: 'x',
  failures: 0,
  error: null,
  firstSentAt: NOW,
  nextLookAt: NOW,
  ...given,
});
export const chainFact = (given: Partial<ChainFact> = {}): ChainFact => ({
  id: '31337:0x1:0',
  txHash: '0x1',
  blockNumber: 5n,
  blockHash: '0xb',
  verdict: 'final',
  ...given,
});
export const legView = (given: Partial<LegView> = {}): LegView => ({
  id: 'leg',
  kind: 'custody',
  state: 'requested',
  amount: centavos(150_000n),
  rail: 'bank_redemption',
  destinationId: 'account',
  enteredAt: NOW,
  deadline: null,
  attention: null,
  effects: {},
  ...given,
  facts: { standing: [chainFact()], ...given.facts },
});
/** A payment of one leg with nothing in its way. */
export const viewOf = (leg: Partial<LegView>, given: Partial<PaymentView> = {}): PaymentView => ({
  now: NOW,
  payment: { id: 'payment', expiresAt: new Date(NOW.getTime() + 60_000), depositsReadAt: NOW },
  legs: [legView(leg)],
  holds: [],
  stopped: [],
  destination: { isReady: true, problem: null },
  hasBitso: true,
  creditBound_ms: 2 * 60 * 60 * 1000,
  depositAddress: { isProved: true, sentence: '' },
  chain: { headTimestamp: 1_000, trouble: null },
  ...given,
});
