/** What several incidents need: a database of their own, and views to decide upon. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { mxnbUnits } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import type { Driver, EffectRow, Outcome } from '../../src/reactor/effects/driver.ts';
import { type Lane, withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { capsOf, KEY_SECRET } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';
import { legView as bareLeg, viewOf as bareView, chainFact, effectView, NOW, standsOn } from '../support/views.ts';

/** What effects touch of a context. The rest is for other parts; touching it here would throw. */
export const contextOf = (db: Db): Context =>
  ({
    db,
    settings: {
      keySecret: KEY_SECRET,
      junoReplayWindow_ms: 3_600_000,
      caps: capsOf({ day: 10_000_000n }),
      mxnPerUdi: null,
    },
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    monotonic: () => performance.now(),
    newId: randomUUID,
    holder: 'test',
  }) as unknown as Context;

export async function inLane<T>(db: Db, name: string, work: (lane: Lane) => Promise<T>): Promise<T> {
  const result = await withLane({ db, holder: `holder-${randomUUID()}` }, name, work);
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

export { chainFact, effectView, NOW, useDatabase };

/** As `test/support/views.ts`, and all that the leg stands on is still there. */
const standing = (leg: Partial<LegView>): Partial<LegView> => ({
  ...leg,
  facts: { standing: [standsOn('funded')], ...leg.facts },
});
export const legView = (leg: Partial<LegView> = {}): LegView => bareLeg(standing(leg));
export const viewOf = (leg: Partial<LegView>, given: Partial<PaymentView> = {}): PaymentView =>
  bareView(standing(leg), given);
