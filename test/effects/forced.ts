import fc from 'fast-check';
import { expect } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../src/reactor/db/client.ts';
import type { Driver, Outcome } from '../../src/reactor/effects/driver.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { type GivenEffect, givenEffect, type Rail } from './rail.ts';

const PER_PAYMENT = 20;
const OUTBOX = z.object({ payouts: z.array(z.object({ amount_centavos: z.string() })) });

/** A rail that answers at once, and remembers the key of everything that was written to it. */
export function counting(answer: () => Outcome): { driver: Driver; written: string[] } {
  const written: string[] = [];
  const driver: Driver = {
    isRepeatable: true,
    send: async (_ctx, row, guard) => {
      await guard();
      written.push(row.key);
      return answer();
    },
    look: async () => ({ found: 'none' }),
  };
  return { driver, written };
}

/** Juno hears each send, and nobody hears its answer. */
function unheard(driver: Driver): Driver {
  return {
    ...driver,
    send: async (ctx, row, guard) => {
      const outcome = await driver.send(ctx, row, guard);
      return outcome.is === 'confirmed' ? { is: 'unknown', code: 'lost', text: 'no answer' } : outcome;
    },
  };
}

/**
 * Two reactors, each over connections of its own, are forced onto the same payments so many times: the lease is taken from whoever
 * has it, both record and both pay out at the sandbox, whose answers are lost; at last one is left alone. Judged by the database and
 * by what left the sandbox's bank.
 */
export async function forceTwoReactors(rail: Rail, times: number): Promise<void> {
  const pools = [openDatabase(rail.databaseUrl, { max: 3 }), openDatabase(rail.databaseUrl, { max: 3 })];
  const reactors = pools.map((db) => rail.context({ db }));
  const driver = driverOf('juno_redemption');
  const owed: string[] = [];
  try {
    for (let done = 0; done < times; done += PER_PAYMENT) {
      const e = await givenEffect(rail, 'juno_redemption');
      owed.push(e.amount.units.toString());
      for (let turn = 0; turn < PER_PAYMENT; turn++) {
        await Promise.allSettled(
          reactors.flatMap((ctx) => [
            e.endLease().then(() => e.send(ctx, unheard(driver))),
            e.endLease().then(() => e.record(ctx, 1)),
            e.record(ctx, 2),
          ]),
        );
      }
      await e.endLease();
      await e.send(rail.context(), driver);
      const { rows } = await rail.db.$client.query('SELECT key, state FROM reactor.effect WHERE payment_id = $1', [
        e.paymentId,
      ]);
      expect(rows).toEqual([{ key: e.key, state: 'confirmed' }]);
    }
    const left = async (): Promise<string[]> => {
      const { text } = await rail.sandbox.admin('GET', '/outbox');
      return OUTBOX.parse(JSON.parse(text))
        .payouts.map(({ amount_centavos }) => amount_centavos)
        .sort();
    };
    await expect.poll(left, { timeout: 60_000 }).toEqual(owed.sort());
  } finally {
    for (const db of pools) await db.$client.end();
  }
}

/** All that the machine can do to an effect, in any order. */
export const machineSteps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('send' as const),
      answer: fc.constantFrom('unknown' as const, 'not_sent' as const, 'rejected' as const),
    }),
    fc.record({
      do: fc.constantFrom('age' as const, 'takeover' as const, 'die' as const, 'record' as const, 'hold' as const),
    }),
  ),
  { minLength: 4, maxLength: 14 },
);

/** Runs the steps, the first send lost; answers the keys that were written. */
export async function runSteps(
  rail: Rail,
  steps: readonly { do: string; answer?: string }[],
): Promise<{ e: GivenEffect; written: string[] }> {
  const e = await givenEffect(rail);
  const lost: Outcome = { is: 'unknown', code: 'lost', text: 'no answer' };
  let next: Outcome = lost;
  const { driver, written } = counting(() => next);
  const ctx = rail.context();
  await e.send(ctx, driver);
  for (const step of steps) {
    if (step.do === 'send') {
      next = { is: step.answer, code: 'played', text: 'played' } as Outcome;
      await e.send(ctx, driver);
    } else if (step.do === 'age') await e.age(600_000);
    else if (step.do === 'takeover') await e.endLease();
    else if (step.do === 'hold') await e.open('hold');
    else if (step.do === 'record') await e.record(ctx, 2).catch(() => undefined);
    else {
      const dying: Driver = { ...driver, send: async () => Promise.reject(new Error('killed')) };
      await e.send(ctx, dying).catch(() => undefined);
    }
  }
  return { e, written };
}
