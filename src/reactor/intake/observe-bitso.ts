import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { listBitsoWithdrawals, MOST_ORIGIN_IDS } from '../../juno/listBitsoWithdrawals.ts';
import type { Context } from '../context.ts';
import { bitsoWithdrawal, junoObservation } from '../db/schema.ts';

const MOST_QUESTIONS = 10;

/**
 * Reads the withdrawals at Bitso that have been made and have not ended, the longest unread first, and answers the payments for
 * which something changed. One question asks for twenty of them.
 */
export async function observeBitso(ctx: Context): Promise<string[]> {
  const { bitso, db } = ctx;
  if (!bitso) return [];
  const { rows } = await db.execute<{ key: string; wid: string; paymentId: string }>(sql`
    SELECT e.key, e.external_id AS wid, e.payment_id AS "paymentId" FROM reactor.effect e
    JOIN reactor.leg l ON l.id::text = e.subject_id AND l.state = 'paying_out'
    LEFT JOIN reactor.bitso_withdrawal w ON w.id = e.external_id
    WHERE e.kind = 'bitso_payout' AND e.state = 'confirmed' AND coalesce(w.status, '') NOT IN ('complete', 'failed')
    ORDER BY w.updated_at NULLS FIRST LIMIT ${MOST_ORIGIN_IDS * MOST_QUESTIONS}`);
  const changed: string[] = [];
  for (let at = 0; at < rows.length; at += MOST_ORIGIN_IDS) {
    const asked = rows.slice(at, at + MOST_ORIGIN_IDS);
    const { items } = await listBitsoWithdrawals(bitso, { originIds: asked.map(({ key }) => key) });
    for (const item of items) {
      const { wid } = item;
      const mine = asked.find((effect) => effect.wid === wid);
      if (!mine) {
        ctx.log.error(
          { event: 'second_withdrawal', wid, originId: item.originId },
          'Bitso shows another withdrawal under the origin id of one of ours. It may be a second payout: look at both in Bitso.',
        );
        continue;
      }
      const { status, trackingKey, cepLink, failReason, raw } = item;
      const fingerprint = createHash('sha256').update(raw).digest('hex').slice(0, 32);
      await db
        .insert(junoObservation)
        .values({ resource: 'bitso_withdrawal', externalId: wid, fingerprint, body: raw })
        .onConflictDoNothing();
      const told = { status, trackingKey, cepLink, failReason, updatedAt: sql`reactor.now()` };
      await db
        .insert(bitsoWithdrawal)
        .values({ id: wid, originId: mine.key, ...told })
        .onConflictDoUpdate({ target: bitsoWithdrawal.id, set: told });
      if (status === 'complete' || status === 'failed') changed.push(mine.paymentId);
    }
  }
  return changed;
}
