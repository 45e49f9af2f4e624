import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { World } from '../local/world.ts';
import { isPaid, paidByAccount } from './judge.ts';
import type { Story } from './stories.ts';

const POLL_MS = 500;
/** Who waits for a person for so long is not about to go on by itself. */
const CALM_MS = 10_000;
const TIMEOUT_MS = 240_000;

/** An accrued leg waits for a person when the settlement that pays it does. */
const MARKED = `
  SELECT l.payment_id::text AS payment, coalesce(l.attention_code, s.attention_code) AS code
  FROM reactor.leg l LEFT JOIN reactor.settlement_item i ON i.leg_id = l.id LEFT JOIN reactor.leg s ON s.id = i.settlement_leg_id
  WHERE coalesce(l.attention_code, s.attention_code) IS NOT NULL`;
const ROWS = z.array(z.object({ payment: z.string(), code: z.string() }));

/** The payments that wait for a person, and the code under which each does: what people are told, not what is judged. */
export async function readAttention(world: World): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: world.urls.database, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(MARKED);
    return new Map(ROWS.parse(rows).map(({ payment, code }) => [payment, code]));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Of each story that waits for a person, why. */
export const reasonsOf = (
  stories: readonly Story[],
  attention: ReadonlyMap<string, string>,
): ReadonlyMap<Story, string> =>
  new Map(
    stories.flatMap((story) => {
      const code = story.payments.map((id) => attention.get(id)).find((one) => one !== undefined);
      return code === undefined ? [] : [[story, code] as const];
    }),
  );

/**
 * Waits until each story is paid at the far end, or has waited for a person for a while; or until the time is over: what is then
 * neither is stuck. Answers why those that wait do.
 */
export async function waitForStories(
  world: World,
  stories: readonly Story[],
  { timeout_ms = TIMEOUT_MS }: { timeout_ms?: number } = {},
): Promise<ReadonlyMap<Story, string>> {
  const deadline = performance.now() + timeout_ms;
  let marks = '';
  let since = performance.now();
  for (;;) {
    const paid = paidByAccount(await world.outbox());
    const reasons = reasonsOf(stories, await readAttention(world).catch(() => new Map<string, string>()));
    const open = stories.filter((story) => !isPaid(story, paid));
    const unsaid = open.filter((story) => !reasons.has(story));
    const now = JSON.stringify(open.map((story) => [story.number, reasons.get(story)]));
    if (now !== marks) since = performance.now();
    marks = now;
    const isCalm = performance.now() - since > CALM_MS;
    if (open.length === 0 || (unsaid.length === 0 && isCalm) || performance.now() > deadline) return reasons;
    await delay(POLL_MS);
  }
}
