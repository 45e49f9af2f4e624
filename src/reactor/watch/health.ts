import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Health, HealthPart } from '../http/health.ts';
import { lastIntake } from '../intake/intake.ts';
import { type BreakerState, readBreaker } from '../rate/state.ts';
import { recoveryNeeded } from '../recovery/state.ts';
import { whyClosed } from '../release/early.ts';

/** Juno not read for this long, while it should be, is trouble. */
const JUNO_SILENCE_MS = 60_000;
/** A leg whose time to be looked at passed this long ago: the automation does not run. */
const OVERDUE_S = 90;
const STALE_LOOK_MS = 10_000;
/** The indexer is behind by less than what stops money, and by more than it ever is when it runs. */
const SLOW_INDEXER_S = 4;
const NOT_READ =
  'Juno has not been read for over a minute: look for its errors in the log; nothing is sent until it answers.';

/** Measures each part now: progress, not presence. `isChecked`: whether Juno and the chain were asked since the start for acts that are not known here. */
export async function measureHealth(
  ctx: Context,
  { isChecked = true }: Readonly<{ isChecked?: boolean }> = {},
): Promise<Health> {
  const timestamp = ctx.now().toISOString();
  const started = performance.now();
  let database: HealthPart;
  let automation: HealthPart;
  let juno: HealthPart;
  try {
    const { rows } = await ctx.db.execute<{ overdue: number; open: number; attention: number }>(sql`
      SELECT count(*) FILTER (WHERE due_at < reactor.now() - ${OVERDUE_S} * interval '1 second')::int AS overdue,
        count(*)::int AS open, count(*) FILTER (WHERE attention_code IS NOT NULL)::int AS attention
      FROM reactor.leg WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed')`);
    const answered_ms = Math.round(performance.now() - started);
    database = { ok: true, sentence: `Postgres answers in ${answered_ms} ms.`, answered_ms };
    const { overdue = 0, open = 0, attention = 0 } = rows[0] ?? {};
    const lost = await recoveryNeeded(ctx.db);
    automation = {
      ok: overdue === 0 && lost === null && isChecked,
      sentence:
        lost !== null
          ? `Money is off: ${lost}.`
          : !isChecked
            ? 'Money is off until Juno and the chain have answered whether they know acts of ours that this database does not.'
            : overdue === 0
              ? `${open} legs are under way, none overdue.`
              : `${overdue} of ${open} legs were not looked at in time: look at the reactor’s log.`,
      open,
      overdue,
      needs_attention: attention,
      recovery: lost === null ? (isChecked ? 'clear' : 'checking') : 'needed',
    };
    const last = await lastIntake(ctx);
    const silent_ms = last ? ctx.now().getTime() - last.getTime() : null;
    const isHeard = silent_ms !== null && silent_ms < JUNO_SILENCE_MS;
    const breaker = await readBreaker(ctx.db, ctx.now());
    juno = {
      ok: isHeard && breaker.state === 'closed',
      sentence: breaker.state !== 'closed' ? wordsFor(breaker) : isHeard ? 'Juno is being read.' : NOT_READ,
      last_read: last?.toISOString() ?? null,
      breaker,
    };
  } catch {
    database = {
      ok: false,
      sentence:
        'Postgres does not answer: start it or mend DATABASE_URL. Nothing is lost; work goes on when it is back.',
    };
    automation = { ok: false, sentence: 'Nothing can be done without the database.' };
    juno = { ok: false, sentence: 'Not known without the database.' };
  }
  const seen = ctx.watchdog.current();
  const isFresh = seen.at !== null && ctx.now().getTime() - seen.at.getTime() < STALE_LOOK_MS;
  const hasRpc = isFresh && seen.trouble !== 'the RPC to answer';
  const chain: HealthPart = {
    ok: hasRpc,
    sentence: hasRpc
      ? `The RPC is at block ${seen.headNumber}.`
      : 'The RPC does not answer: look at ETH_RPC_URL. Steps on the chain wait.',
    head: Number(seen.headNumber),
    early_release: await earlyRelease(ctx, hasRpc),
  };
  const isSlow = seen.trouble === null && (seen.behind_s ?? 0) > SLOW_INDEXER_S;
  const indexer: HealthPart = {
    ok: hasRpc && seen.trouble === null && !isSlow,
    sentence: !hasRpc
      ? 'Cannot be compared without the RPC.'
      : isSlow
        ? `The indexer stands at block ${seen.indexedNumber}, ${seen.behind_s} s behind the RPC: look at its log, or start it (npm run indexer). Money waits from ${ctx.settings.indexerLagBound_s} s on.`
        : seen.trouble === null
          ? `The indexer is at block ${seen.indexedNumber}.`
          : `Money waits for ${seen.trouble}. Start the indexer (npm run indexer) or look at its log.`,
    indexed: seen.indexedNumber === null ? null : Number(seen.indexedNumber),
  };
  const parts = { automation, database, indexer, chain, juno };
  const isOk = Object.values(parts).every((part) => part.ok);
  return { status: isOk ? 'ok' : database.ok ? 'degraded' : 'down', timestamp, ...parts };
}

/** Whether an escrow can end before its date, in a word or a sentence. That none can is no fault: those payments are refused. */
async function earlyRelease({ settings, chain, approver }: Context, hasRpc: boolean): Promise<string> {
  const closed = whyClosed(settings.escrowVersion === 'v3', settings.approver !== null);
  if (closed !== null) return `closed: ${closed}`;
  if (!hasRpc || !approver) return 'not known without the RPC';
  const mayIt = await chain.escrow.early?.isApprover(approver.address).catch(() => null);
  if (mayIt === true) return 'open';
  return mayIt === false
    ? `closed: ${approver.address} does not have the approver role of ${settings.escrow}. Grant it: kustodia contract grant approver`
    : 'not known: the RPC does not answer';
}

function wordsFor({ reason, until, lockouts }: BreakerState): string {
  const when = `Nothing is sent before ${until?.toISOString()}; then one look tries again by itself.`;
  return reason === 'throttled'
    ? `Juno locked us out for too many calls, ${lockouts} times in a day. ${when} Find out who else uses this API key: repeated lock-outs may block the account for a day.`
    : `Juno does not answer. ${when} Payments wait and nothing is lost; if it lasts, ask Juno.`;
}
