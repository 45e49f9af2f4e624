/** What an outside source says of who may be paid. Nothing here asks it: what nobody has said, or said too long ago, counts as no. */
import { desc, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { screening } from '../db/schema.ts';
import { excludeIntents } from '../guards/check.ts';
import { type Actor, audit } from './audit.ts';
import { noUser } from './no-user.ts';
import type { SCREENING } from './terms.ts';

const DAY_MS = 86_400_000;
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Records what the source found. The check that was made last counts, whichever comes in last. Intents under way that the user’s money
 * moves by end first; after a negative one none begins. Throws a Refusal `user_not_found`, a zod-worded one when it is of the future.
 */
export async function recordScreening(
  tx: Tx,
  { settings }: Pick<Context, 'settings'>,
  actor: Actor,
  userId: string,
  { kyc, blacklist, checkedAt, reference }: z.output<typeof SCREENING>,
): Promise<{ userId: string; isCleared: boolean; validUntil: string }> {
  if (!(await excludeIntents(tx, `user:${userId}`))) throw noUser();
  const validUntil = new Date(checkedAt.getTime() + settings.screeningValid_days * DAY_MS);
  await tx.insert(screening).values({ userId, kyc, blacklist, checkedAt, validUntil, reference, source: actor.name });
  await audit(tx, {
    actor,
    command: 'user screen',
    subject: `user:${userId}`,
    reason: `check ${reference}`,
    detail: { kyc, blacklist },
  });
  const now = await showScreening(tx, userId);
  return { userId, isCleared: now.isCleared, validUntil: validUntil.toISOString() };
}

/** Whether a check is of the future, by more than clocks differ: then it is refused. */
export const isOfTheFuture = (checkedAt: Date, now: Date): boolean =>
  checkedAt.getTime() > now.getTime() + CLOCKS_DIFFER_MS;

/** The newest check of a user and whether it clears them now. */
export async function showScreening(db: Pick<Tx, 'select'>, userId: string) {
  const [row] = await db
    .select({
      kyc: screening.kyc,
      blacklist: screening.blacklist,
      checkedAt: screening.checkedAt,
      validUntil: screening.validUntil,
      reference: screening.reference,
      source: screening.source,
      isCleared: sql<boolean>`${screening.kyc} = 'verified' AND ${screening.blacklist} = 'clear' AND ${screening.validUntil} > reactor.now()`,
    })
    .from(screening)
    .where(eq(screening.userId, userId))
    .orderBy(desc(screening.checkedAt), desc(screening.id))
    .limit(1);
  if (!row) return { isCleared: false, newest: null };
  const { isCleared, ...newest } = row;
  return {
    isCleared,
    newest: {
      ...newest,
      checkedAt: newest.checkedAt.toISOString(),
      validUntil: newest.validUntil.toISOString(),
    },
  };
}

export type ListUnscreenedParameters = Readonly<{
  within_days: number;
  limit: number;
  /** The last one of the page before. */
  after?: { at: Date | null; id: string } | undefined;
}>;

/** Users whose open payments wait for a screening, or will soon: what the source has to look at next comes first. */
export async function listUnscreened(db: Db, { within_days, limit, after }: ListUnscreenedParameters) {
  const rest = after
    ? sql`AND (coalesce(s.valid_until, '-infinity'), people.id) > (coalesce(${after.at?.toISOString() ?? null}::timestamptz, '-infinity'), ${after.id}::uuid)`
    : sql``;
  const { rows } = await db.execute<{ id: string; until: string | null }>(sql`
    SELECT people.id, s.valid_until::text AS until FROM (
      SELECT unnest(ARRAY[p.payer_id, p.recipient_id, d.user_id]) AS id FROM reactor.leg l
        JOIN reactor.payment p ON p.id = l.payment_id JOIN reactor.destination d ON d.id = l.destination_id
      WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed')
      UNION SELECT c.user_id FROM reactor.leg l JOIN reactor.suspense_part given ON given.payment_id = l.payment_id
        JOIN reactor.juno_deposit j ON j.id = given.deposit_id JOIN reactor.deposit_clabe c ON c.clabe = j.clabe
      WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed')
    ) people
    LEFT JOIN LATERAL (SELECT * FROM reactor.screening WHERE user_id = people.id ORDER BY checked_at DESC, screening.id DESC LIMIT 1) s ON true
    WHERE (s.valid_until > reactor.now() + ${within_days} * interval '1 day' AND s.kyc <> 'pending') IS NOT TRUE ${rest}
    GROUP BY 1, s.valid_until ORDER BY s.valid_until NULLS FIRST, 1 LIMIT ${limit + 1}`);
  const users = rows
    .slice(0, limit)
    .map(({ id, until }) => ({ userId: id, validUntil: until && new Date(until).toISOString() }));
  const last = rows.length > limit ? users.at(-1) : undefined;
  return {
    users,
    next: last ? { at: last.validUntil === null ? null : new Date(last.validUntil), id: last.userId } : null,
  };
}
