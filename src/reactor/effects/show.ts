import { and, desc, eq, sql } from 'drizzle-orm';
import { formatMoney, money } from '../../money/money.ts';
import { listProposals, type MayRead } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import type { Db } from '../db/client.ts';
import { effect, effectHistory } from '../db/schema.ts';
import { workOf, workOn } from '../work.ts';
import { isOutsideKind, laneOf, OUTSIDE_KINDS, readEffect } from './decide-by-people.ts';
import type { EffectRow } from './driver.ts';
import { driverOf } from './drivers/index.ts';
import { withLane } from './lane.ts';
import { notDecidable } from './refusals.ts';
import { sendEffect } from './send.ts';
import type { EffectState } from './states.ts';

export type ListEffectsParameters = Readonly<{
  state: EffectState;
  limit: number;
  /** The last one of the page before. */
  before?: { at: Date; id: string } | undefined;
}>;

/** Effects at Juno and Bitso in a state, newest first. What was sent is not shown: it names accounts. */
export async function listEffects(db: Db, { state, limit, before }: ListEffectsParameters) {
  const rows = await db
    .select()
    .from(effect)
    .where(
      and(
        isOutsideKind,
        eq(effect.state, state),
        before &&
          sql`(${effect.createdAt}, ${effect.id}) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(effect.createdAt), desc(effect.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { effects: page.map(shown), next: last ? { at: last.createdAt, id: last.id } : null };
}

/** One effect with all that happened to it and what was proposed of it. Throws a Refusal `effect_not_found`. */
export async function showEffect(ctx: Pick<Context, 'db'>, id: string, may: MayRead) {
  const row = await readEffect(ctx, id);
  const history = await ctx.db
    .select()
    .from(effectHistory)
    .where(eq(effectHistory.effectId, row.id))
    .orderBy(effectHistory.id);
  return {
    ...shown(row),
    key: row.key,
    history: history.map(({ at, fromState, toState, error }) => ({
      at: at.toISOString(),
      from: fromState,
      to: toState,
      error: error as { code: string; text: string } | null,
    })),
    proposals: (await listProposals(ctx.db, { subject: `effect:${row.id}`, may })).proposals,
  };
}

/** Throws a Refusal `effect_not_found`, or `not_decidable` for one of which nothing is to be found out. */
export async function assertOpen(ctx: Pick<Context, 'db'>, id: string): Promise<void> {
  const row = await readEffect(ctx, id);
  if (!OUTSIDE_KINDS.some((kind) => kind === row.kind)) throw notDecidable('The chain says what became of it.');
  if (!isOpen(row)) throw notDecidable(`It is ${row.state}: nothing is to be found out.`);
}

const isOpen = ({ state }: EffectRow): boolean => state === 'unknown' || state === 'sending';

/** Looks for what became of one now, unless it is known by now, and sends nothing. */
export async function lookNow(ctx: Context, id: string): Promise<void> {
  const row = await readEffect(ctx, id);
  if (!isOpen(row)) return;
  const result = await workOn(ctx, 'effect.look', workOf(row), () =>
    withLane({ ...ctx, holder: `${ctx.holder}:person` }, laneOf(row), (lane) =>
      sendEffect(ctx, lane, driverOf(row.kind), row.id, { switches: ['all'], mayWrite: false, isAsked: true }),
    ),
  );
  // Whoever has the lane is looking or sending just now; what is shown then is what it found last.
  if (result === 'busy') ctx.log.info({ event: 'look_busy', ...workOf(row) });
}

const shown = (row: EffectRow) => ({
  id: row.id,
  kind: row.kind,
  subject: `${row.subjectKind}:${row.subjectId}`,
  paymentId: row.paymentId,
  attempt: row.attempt,
  state: row.state,
  amount: formatMoney(money(row.currency, row.amount)),
  sends: row.sends,
  firstSentAt: row.firstSentAt?.toISOString() ?? null,
  externalId: row.kind === 'juno_clabe' ? null : row.externalId,
  failures: row.failures,
  error: row.error as { code: string; text: string } | null,
  isNextAllowed: row.decidedBy !== null,
  createdAt: row.createdAt.toISOString(),
});
