import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { World } from '../../src/local/world.ts';
import {
  driveWhile,
  FLAWLESS,
  JOURNEY_TIMEOUT_MS,
  PAYMENTS,
  query,
  startFastWorld,
  until,
  untilLegs,
  verdict,
} from './support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const PART = z.object({ ok: z.boolean(), sentence: z.string() });
const HEALTH = z.object({ status: z.string(), indexer: PART, database: PART });
const health = async ({ urls }: World) => HEALTH.parse(await (await fetch(`${urls.reactor}/health`)).json());

const BY_REFERENCE = `query ($reference: String!) {
  escrows(where: { reference: $reference }) {
    items { escrowId amount status events { items { kind txHash blockHash blockNumber } } }
  }
}`;
const ESCROWS = z.object({
  data: z.object({
    escrows: z.object({
      items: z.array(
        z.object({
          amount: z.string(),
          status: z.string(),
          events: z.object({ items: z.array(z.object({ kind: z.string(), txHash: z.string() })) }),
        }),
      ),
    }),
  }),
});

test('fifty payments at once by two reactors, while the indexer is killed and one of the two dies for good', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const here = await startFastWorld(2);
  world = here;
  const report = await driveWhile(here, async () => {
    await untilLegs(here, ['in_custody', 'releasing', 'released', 'returning', 'redeeming'], 5);
    await here.indexer().kill9();
    const ill = await until(async () => {
      const now = await health(here);
      return now.indexer.ok ? null : now;
    });
    expect(ill.status).toBe('degraded');
    expect(ill.database.ok).toBe(true);
    expect(ill.indexer.sentence).toMatch(
      /(stands at block \d+, \d+ s behind|it is \d+ s and \d+ blocks behind) .*npm run indexer/,
    );
    await here.restartIndexer();
    await untilLegs(here, ['releasing', 'released', 'returning', 'redeeming', 'completed'], 10);
    await here.reactors()[1]?.kill9();
  });
  expect(verdict(report)).toMatchObject(FLAWLESS);
  expect((await health(here)).status).toBe('ok');
  const effects = await query<{ kind: string; count: number }>(
    here,
    `SELECT kind::text, count(*)::int FROM reactor.effect WHERE payment_id IS NOT NULL GROUP BY kind ORDER BY kind`,
  );
  // One of each kind for each payment: nothing was attempted twice, whoever did it.
  expect(effects.map(({ count }) => count)).toEqual(effects.map(() => PAYMENTS));

  const [leg] = await query<{ reference: string; amount: string }>(
    here,
    'SELECT reference, amount_centavos::text AS amount FROM reactor.leg LIMIT 1',
  );
  const response = await fetch(`${here.urls.indexer}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: BY_REFERENCE, variables: { reference: leg?.reference } }),
  });
  const [escrow, ...others] = ESCROWS.parse(await response.json()).data.escrows.items;
  expect(others).toEqual([]);
  expect(escrow).toMatchObject({ amount: `${leg?.amount}0000`, status: 'released' });
  expect(escrow?.events.items.map(({ kind }) => kind).sort()).toEqual(['created', 'funded', 'referenced', 'released']);
});
