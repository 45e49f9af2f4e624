import { sql } from 'drizzle-orm';
import { JunoError, JunoIncompleteError } from '../../juno/errors.ts';
import { listAllBitsoDeposits } from '../../juno/listAllBitsoDeposits.ts';
import type { JunoDeposit } from '../../juno/types.ts';
import type { UnreadableItem } from '../../juno/unreadable.ts';
import type { Context } from '../context.ts';
import { isDue, OVERLAP_MS, storeDeposits } from './deposits.ts';
import type { Look } from './look.ts';
import { record, recordUnreadable } from './record.ts';

const MARK = 'intake:bitso_returns';
const MOST_PAGES = 1_000;
const TOGETHER = 500;
/** What names no payout may be an ordinary deposit that Juno's own list does not show yet; after this long it is none. */
const HELD_S = 3_600;
/** Two deposits of one CLABE and amount, of which one shows no tracking key, are taken for the same only if they came together. */
const DAYS = sql`interval '2 days'`;

/**
 * Reads which payouts of Bitso came back. They are credited to the Bitso balance, and Juno's own list of deposits need not show
 * them; Bitso's does, and names the payout (P/list-deposits). Run after Juno's list, whose items it names. Answers whether it could
 * be read to its end; what was read stands, and the next look asks again from where the last whole one began.
 */
export async function observeBitsoReturns(ctx: Context, look: Look): Promise<boolean> {
  if (!ctx.bitso) return true;
  const isWanted = sql`EXISTS (
    SELECT 1 FROM reactor.juno_deposit d WHERE d.status = 'complete' AND d.is_refund AND d.twin_of IS NULL
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.external_id = d.id))`;
  if (!(await isDue(ctx, look, MARK, isWanted))) return true;
  const { began: started } = look;
  const last = look.mark(MARK)?.at ?? started;
  try {
    await read(ctx, ctx.bitso, new Date(Math.min(last.getTime(), started.getTime()) - OVERLAP_MS));
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    // An outage mends itself; a list whose end is never found does not.
    const log = error instanceof JunoIncompleteError ? ctx.log.error : ctx.log.warn;
    log.call(ctx.log, { event: 'bitso_returns_unread', err: error }, error.whatNext);
    return false;
  }
  look.leave(MARK, started);
  return true;
}

async function read(ctx: Context, bitso: NonNullable<Context['bitso']>, createdFrom: Date): Promise<void> {
  const unreadable: UnreadableItem[] = [];
  let some: JunoDeposit[] = [];
  const flush = async () => {
    await store(ctx, some);
    some = [];
    await recordUnreadable(ctx, 'deposit', unreadable.splice(0));
  };
  const all = listAllBitsoDeposits(bitso, {
    createdFrom,
    onlyRefunds: true,
    maxPages: MOST_PAGES,
    onUnreadable: (item) => unreadable.push(item),
  });
  try {
    for await (const deposit of all) {
      some.push(deposit);
      if (some.length >= TOGETHER) await flush();
    }
  } finally {
    await flush();
  }
}

/**
 * Stores them as returns. What names a payout that we did not make is somebody's money all the same, and goes to suspense; its
 * names are of no use to tell it from what Juno's own list shows, which knows the same return by others, so they are kept with its
 * raw text alone. What names none may be an ordinary deposit, where Bitso does not heed what it is asked for: it waits.
 */
async function store(ctx: Context, items: readonly JunoDeposit[]): Promise<void> {
  const ours = await namesOfOurs(ctx, items.flatMap(namesOf));
  const isOurs = (item: JunoDeposit) => namesOf(item).some((name) => ours.has(name));
  const foreign = items.filter((item) => namesOf(item).length > 0 && !isOurs(item));
  const nameless = items.filter((item) => namesOf(item).length === 0);
  await record(ctx, 'deposit', [...foreign, ...nameless]);
  const returns = [...foreign, ...(await knownForLong(ctx, await withoutExplanation(ctx, nameless)))];
  await storeDeposits(
    ctx,
    [...items.filter(isOurs), ...returns.map((item) => ({ ...item, refundedWithdrawal: null }))],
    { seenIn: 'bitso', isRefund: true },
  );
}

const namesOf = ({ refundedWithdrawal: payout }: JunoDeposit): string[] =>
  payout ? [payout.wid, payout.originId, payout.trackingKey].filter((name) => name !== null) : [];

const listed = (values: readonly unknown[]) =>
  sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );

/** Those of the names that a payout of ours has, made at Bitso or, under one platform, at Juno. */
async function namesOfOurs(ctx: Context, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const { rows } = await ctx.db.execute<{ name: string }>(sql`
    SELECT name FROM reactor.effect e LEFT JOIN reactor.bitso_withdrawal w ON w.id = e.external_id,
      LATERAL (VALUES (e.key::text), (e.external_id), (w.tracking_key)) AS known (name)
    WHERE e.kind IN ('bitso_payout', 'juno_redemption') AND name IN (${listed(names)})`);
  return new Set(rows.map(({ name }) => name));
}

/** Those that Juno's own list does not show, nor an ordinary deposit that may be the same under another id. */
async function withoutExplanation(ctx: Context, items: readonly JunoDeposit[]): Promise<JunoDeposit[]> {
  if (items.length === 0) return [];
  const rows = items.map(
    ({ id, amount, clabe, trackingKey, createdAt }) =>
      sql`(${id}::text, ${amount.units.toString()}::numeric, ${clabe}::text, ${trackingKey}::text, ${createdAt?.toISOString() ?? null}::timestamptz)`,
  );
  const { rows: known } = await ctx.db.execute<{ id: string }>(sql`
    SELECT item.id FROM (VALUES ${sql.join(rows, sql`, `)}) AS item (id, amount, clabe, tracking_key, created_at)
    WHERE EXISTS (SELECT 1 FROM reactor.juno_deposit d WHERE 'deposits' = ANY (d.seen_in) AND (d.id = item.id OR (
      NOT d.is_refund AND d.amount_centavos = item.amount AND (d.tracking_key = item.tracking_key
        OR (d.clabe = item.clabe AND (d.tracking_key IS NULL OR item.tracking_key IS NULL)
          AND d.observed_at BETWEEN coalesce(item.created_at, reactor.now()) - ${DAYS} AND coalesce(item.created_at, reactor.now()) + ${DAYS})))))`);
  const ids = new Set(known.map(({ id }) => id));
  return items.filter(({ id }) => !ids.has(id));
}

/** Those that were first seen long ago. */
async function knownForLong(ctx: Context, items: readonly JunoDeposit[]): Promise<JunoDeposit[]> {
  if (items.length === 0) return [];
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT DISTINCT external_id AS id FROM reactor.juno_observation
    WHERE resource = 'deposit' AND external_id IN (${listed(items.map(({ id }) => id))})
      AND observed_at < reactor.now() - ${HELD_S} * interval '1 second'`);
  const ids = new Set(rows.map(({ id }) => id));
  return items.filter(({ id }) => ids.has(id));
}
