import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Api } from '../local/api.ts';
import type { World } from '../local/world.ts';
import { ask } from './ask.ts';
import { isPaid, paidByAccount } from './judge.ts';
import type { Send } from './reasons.ts';
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

/** Of each payment, its legs' and its payout accounts' sends with their ends, and those of the settlement that pays it. */
const SENDS = `
  SELECT DISTINCT l.payment_id::text AS payment, e.kind::text AS kind, h.id, extract(epoch FROM h.at)::float8 * 1000 AS from_ms,
    extract(epoch FROM coalesce((SELECT min(n.at) FROM reactor.effect_history n WHERE n.effect_id = h.effect_id AND n.id > h.id),
      clock_timestamp()))::float8 * 1000 AS to_ms
  FROM reactor.leg l LEFT JOIN reactor.settlement_item i ON i.leg_id = l.id
    JOIN reactor.leg p ON p.id IN (l.id, i.settlement_leg_id)
    JOIN reactor.effect e ON e.subject_id IN (p.id::text, p.destination_id::text)
    JOIN reactor.effect_history h ON h.effect_id = e.id AND h.to_state = 'sending'
  WHERE l.payment_id::text = ANY($1)`;
const SENT = z.array(z.object({ payment: z.string(), kind: z.string(), from_ms: z.number(), to_ms: z.number() }));

/** The payments that wait for a person, and the codes under which each does: what people are told, not what is judged. */
export async function readAttention(world: World): Promise<Map<string, string[]>> {
  const rows = ROWS.parse(await ask(world, MARKED));
  return new Map([...Map.groupBy(rows, ({ payment }) => payment)].map(([id, of]) => [id, of.map(({ code }) => code)]));
}

/** When something was being sent for these payments: whether what their people are told of it can be so. */
export async function readSends(world: World, payments: readonly string[]): Promise<Map<string, Send[]>> {
  return Map.groupBy(SENT.parse(await ask(world, SENDS, { values: [payments] })), ({ payment }) => payment);
}

export type Reasons = ReadonlyMap<Story, readonly string[]>;

/** Of each story that waits for a person, why: each code once. */
export const reasonsOf = (stories: readonly Story[], attention: ReadonlyMap<string, readonly string[]>): Reasons =>
  new Map(
    stories.flatMap((story) => {
      const codes = [...new Set(story.payments.flatMap((id) => attention.get(id) ?? []))];
      return codes.length === 0 ? [] : [[story, codes] as const];
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
): Promise<Reasons> {
  const deadline = performance.now() + timeout_ms;
  let marks = '';
  let since = performance.now();
  for (;;) {
    const paid = paidByAccount(await world.outbox());
    const reasons = reasonsOf(stories, await readAttention(world).catch(() => new Map<string, string[]>()));
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

/** Says of each payment that is neither paid nor left to a person what the reactors say that it waits for: for people, and no verdict. */
export async function logSilent(
  world: World,
  api: Api,
  stories: readonly Story[],
  reasons: Reasons,
  log: (line: string) => void,
): Promise<void> {
  const paid = paidByAccount(await world.outbox());
  for (const story of stories.filter((one) => !isPaid(one, paid) && !reasons.has(one)))
    for (const id of story.payments)
      log(`payment ${id} of story ${story.number}: ${JSON.stringify(await api.call(`/payments/${id}/why`))}`);
}
