import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { databaseNow, type Tx } from '../db/client.ts';
import { alert } from '../db/schema.ts';
import { assertLane, withLane } from '../effects/lane.ts';
import { judge } from './judge.ts';
import type { Alert, AlertKind } from './kinds.ts';
import { type Channel, type Notice, runbookOf } from './notice.ts';
import { type OpenAlert, type Plan, pause_s, planTellings } from './plan.ts';
import type { ReadSnapshot } from './read.ts';

/** Under which it is kept when a process last saw an alert. */
const MARK = 'alert:';
/** What is over is kept for so long. */
const KEPT_DAYS = 30;
/** What a process sees of itself and by its own connections: another one may not see it, and it is no less wrong for that. */
const SEEN_BY_ONE: ReadonlySet<AlertKind> = new Set(['silent-automation', 'indexer-behind', 'rpc-silent', 'juno-slow']);
/** Such a one is over once no process saw it for so many looks: each has its turn in them. */
const QUIET_LOOKS = 4;
/** Waiting to go out by one channel; what comes beyond is in the log and in the table alone, until the channel is mended. */
const MOST_WAITING = 500;

/**
 * Looks once at what is wrong, and writes down what is to be told: each alert and its notices in one transaction, before anything is
 * sent. One process at a time. Answers whether there is something to send.
 */
export async function tellAlerts(ctx: Context, read: ReadSnapshot, channels: readonly Channel[]): Promise<boolean> {
  const told = await withLane(ctx, 'alerts', async (lane) => {
    const open = await readOpen(ctx);
    const snapshot = await read(open);
    const { bounds } = ctx.settings.operate.alerts;
    const verdict = judge(snapshot, bounds, new Set(open.map(({ key }) => key)));
    const { raise, repeat, reword, close } = planTellings(verdict, open, await databaseNow(ctx.db));
    await ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      const lately = await seenLately(tx, ctx, verdict.alerts);
      for (const one of raise) await raised(tx, ctx, one, channels);
      for (const { open: one, alert: words } of repeat) await again(tx, ctx, one, words, channels);
      await reworded(tx, reword);
      for (const one of close) if (!lately.has(one.key)) await over(tx, ctx, one, channels);
      await tx.execute(
        sql`DELETE FROM reactor.alert WHERE closed_at < reactor.now() - ${KEPT_DAYS} * interval '1 day'`,
      );
    });
    return raise.length + repeat.length + close.length > 0;
  });
  return told === true;
}

/** Notes what this process sees now and another may not. Answers the keys of what any process saw so within the last looks. */
async function seenLately(tx: Tx, { settings }: Context, alerts: readonly Alert[]): Promise<ReadonlySet<string>> {
  const names = alerts.flatMap(({ key, kind }) => (SEEN_BY_ONE.has(kind) ? [`${MARK}${key}`] : []));
  if (names.length > 0)
    await tx.execute(sql`
      INSERT INTO reactor.heartbeat (name, at, detail) SELECT name, reactor.now(), '{}' FROM unnest(${sql.param(names)}::text[]) AS name
      ON CONFLICT (name) DO UPDATE SET at = excluded.at`);
  const { rows } = await tx.execute<{ name: string }>(sql`
    SELECT name FROM reactor.heartbeat WHERE name LIKE ${`${MARK}%`}
      AND at > reactor.now() - ${QUIET_LOOKS * settings.operate.alerts.look_ms} * interval '1 millisecond'`);
  return new Set(rows.map(({ name }) => name.slice(MARK.length)));
}

async function readOpen({ db }: Context): Promise<OpenAlert[]> {
  const rows = await db.select().from(alert).where(isNull(alert.closedAt));
  return rows.map(({ kind, ...row }) => ({ ...row, kind: kind as AlertKind }));
}

const after = (first_s: number, tellings: number) =>
  sql`reactor.now() + ${pause_s(first_s, tellings)} * interval '1 second'`;

async function raised(tx: Tx, ctx: Context, one: Alert, channels: readonly Channel[]): Promise<void> {
  const { repeat_s } = ctx.settings.operate.alerts;
  const [row] = await tx
    .insert(alert)
    .values({ ...one, id: ctx.newId(), tellings: 1, toldAt: sql`reactor.now()`, repeatAt: after(repeat_s, 1) })
    .returning();
  if (row) await record(tx, ctx, row, 'alert.opened', one.sentence, channels);
}

async function again(
  tx: Tx,
  ctx: Context,
  one: OpenAlert,
  { sentence }: Alert,
  channels: readonly Channel[],
): Promise<void> {
  const { repeat_s } = ctx.settings.operate.alerts;
  const tellings = one.tellings + 1;
  const [row] = await tx
    .update(alert)
    .set({ sentence, tellings, toldAt: sql`reactor.now()`, repeatAt: after(repeat_s, tellings) })
    .where(and(eq(alert.id, one.id), isNull(alert.closedAt)))
    .returning();
  if (row) await record(tx, ctx, row, 'alert.repeated', sentence, channels);
}

/** All in one: there may be as many as there are payments that wait. */
async function reworded(tx: Tx, some: Plan['reword']): Promise<void> {
  if (some.length === 0) return;
  const [ids, sentences] = [some.map(({ open: { id } }) => id), some.map(({ alert: { sentence } }) => sentence)];
  await tx.execute(sql`UPDATE reactor.alert a SET sentence = now.sentence
    FROM unnest(${sql.param(ids)}::uuid[], ${sql.param(sentences)}::text[]) AS now (id, sentence)
    WHERE a.id = now.id AND a.closed_at IS NULL`);
}

async function over(tx: Tx, ctx: Context, one: OpenAlert, channels: readonly Channel[]): Promise<void> {
  const [row] = await tx
    .update(alert)
    .set({ closedAt: sql`reactor.now()` })
    .where(and(eq(alert.id, one.id), isNull(alert.closedAt)))
    .returning();
  if (row) await record(tx, ctx, row, 'alert.closed', `This is over: ${row.sentence}`, channels);
}

async function record(
  tx: Tx,
  ctx: Context,
  { id: alertId, key, kind, severity, openedAt }: typeof alert.$inferSelect,
  event: Notice['event'],
  sentence: string,
  channels: readonly Channel[],
): Promise<void> {
  const runbook = runbookOf(kind as AlertKind, ctx.settings.operate.runbookUrl);
  const told = { key, kind: kind as AlertKind, severity, sentence, openedAt: openedAt.toISOString(), runbook };
  const content: Notice = { event, ...told };
  for (const { name: channel } of channels)
    await tx.execute(sql`
      INSERT INTO reactor.alert_notice (id, alert_id, channel, content)
      SELECT ${ctx.newId()}, ${alertId}, ${channel}, ${JSON.stringify(content)}::jsonb
      WHERE (SELECT count(*) FROM reactor.alert_notice WHERE channel = ${channel} AND state = 'waiting') < ${MOST_WAITING}`);
}
