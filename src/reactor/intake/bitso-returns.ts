import { sql } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import { listBitsoDeposits } from '../../juno/listBitsoDeposits.ts';
import type { JunoDeposit } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { databaseNow } from '../db/client.ts';
import { isDue, OVERLAP_MS, storeDeposits } from './deposits.ts';
import { readMark, recordUnreadable, writeMark } from './record.ts';

const MARK = 'intake:bitso_returns';
const MOST_PAGES = 100;

/**
 * Reads which payouts of Bitso came back. They are credited to the Bitso balance, and Juno's own list of deposits need not show
 * them; Bitso's does, and names the payout (P/list-deposits). Of what it lists, only that is taken: the rest is read at Juno.
 * Run after Juno's list, whose items it names. Answers whether it could be read; the next look asks again.
 */
export async function observeBitsoReturns(ctx: Context): Promise<boolean> {
  if (!ctx.bitso) return true;
  const isWanted = sql`EXISTS (
    SELECT 1 FROM reactor.juno_deposit d WHERE d.status = 'complete' AND d.is_refund AND d.twin_of IS NULL
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.external_id = d.id))`;
  if (!(await isDue(ctx, MARK, isWanted))) return true;
  const started = await databaseNow(ctx.db);
  const last = (await readMark(ctx, MARK))?.at ?? started;
  try {
    await read(ctx, ctx.bitso, new Date(Math.min(last.getTime(), started.getTime()) - OVERLAP_MS));
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    ctx.log.warn({ event: 'bitso_returns_unread', err: error }, error.whatNext);
    return false;
  }
  await writeMark(ctx, MARK, started);
  return true;
}

async function read(ctx: Context, bitso: NonNullable<Context['bitso']>, createdFrom: Date): Promise<void> {
  let pageToken: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page: Awaited<ReturnType<typeof listBitsoDeposits>> = await listBitsoDeposits(bitso, {
      createdFrom,
      onlyRefunds: true,
      ...(pageToken === null ? {} : { pageToken }),
    });
    await recordUnreadable(ctx, 'deposit', page.unreadable);
    await storeDeposits(ctx, await ofOurPayouts(ctx, page.items), { seenIn: 'bitso', isRefund: true });
    pageToken = page.nextPageToken;
    if (pageToken === null) return;
  }
  ctx.log.error(
    { event: 'bitso_returns_left', pages: MOST_PAGES },
    'Bitso lists more returned payouts than one look reads; tell engineering.',
  );
}

/** Those that name a payout which we made at Bitso. */
async function ofOurPayouts(ctx: Context, items: readonly JunoDeposit[]): Promise<JunoDeposit[]> {
  const namesOf = ({ refundedWithdrawal: payout }: JunoDeposit) =>
    payout ? [payout.wid, payout.originId, payout.trackingKey].filter((name) => name !== null) : [];
  const names = items.flatMap(namesOf);
  if (names.length === 0) return [];
  const { rows } = await ctx.db.execute<{ name: string }>(sql`
    SELECT name FROM reactor.effect e LEFT JOIN reactor.bitso_withdrawal w ON w.id = e.external_id,
      LATERAL (VALUES (e.key::text), (e.external_id), (w.tracking_key)) AS known (name)
    WHERE e.kind = 'bitso_payout' AND name IN (${sql.join(
      names.map((name) => sql`${name}`),
      sql`, `,
    )})`);
  const ours = new Set(rows.map(({ name }) => name));
  return items.filter((item) => namesOf(item).some((name) => ours.has(name)));
}
