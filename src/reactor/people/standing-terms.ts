import { and, desc, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, compare, formatDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { destination, standingTerms, user } from '../db/schema.ts';
import { PAYMENT_TERMS, railOf, snapshotDestination } from '../payment/create.ts';
import { type Actor, audit } from './audit.ts';
import { Refusal } from './refusal.ts';
import { GIVEN_REASON } from './words.ts';

const { recipientId, payout, custodySeconds, concept, amount } = PAYMENT_TERMS.shape;

/** What a deposit that nobody asked for becomes. The amounts are those that it may have. */
export const STANDING_TERMS = z
  .strictObject({
    recipientId,
    payout,
    refund: payout.optional(),
    custodySeconds,
    concept,
    minimum: amount,
    maximum: amount,
    reason: GIVEN_REASON,
  })
  .refine(({ minimum, maximum }) => compare(maximum, minimum) >= 0, {
    path: ['maximum'],
    message: 'is less than the minimum',
  });
export const STOP_TERMS = z.strictObject({ reason: GIVEN_REASON });

/**
 * Gives a user's CLABE standing terms: a new version, in force from now on; payments made by an earlier one keep theirs. Enqueue
 * `destination` for each of `destinations` once the transaction has committed. Throws a Refusal `user_not_found`,
 * `user_unknown`, `payout_clabe_unreachable`.
 */
export async function setStandingTerms(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  actor: Actor,
  userId: string,
  terms: z.output<typeof STANDING_TERMS>,
): Promise<{ id: string; version: number; destinations: string[] }> {
  railOf(ctx, terms.payout);
  if (terms.refund) railOf(ctx, terms.refund, 'refund.clabe');
  await lockUser(tx, userId);
  const [recipient] = await tx.select().from(user).where(eq(user.id, terms.recipientId));
  if (!recipient)
    throw new Refusal({
      code: 'user_unknown',
      status: 422,
      title: 'There is no such user',
      detail: 'The recipient is a user, made with POST /api/v1/users. Nothing was changed.',
      errors: [{ field: 'recipientId', message: 'there is no user with this id' }],
    });
  const destinationId = await snapshotDestination(tx, ctx.newId(), terms);
  const refundDestinationId =
    terms.refund && (await snapshotDestination(tx, ctx.newId(), { recipientId: userId, payout: terms.refund }));
  const [newest] = await tx
    .select({ version: standingTerms.version })
    .from(standingTerms)
    .where(eq(standingTerms.userId, userId))
    .orderBy(desc(standingTerms.version))
    .limit(1);
  const [id, version] = [ctx.newId(), (newest?.version ?? 0) + 1];
  await deactivate(tx, userId);
  await tx.insert(standingTerms).values({
    id,
    userId,
    version,
    recipientId: terms.recipientId,
    destinationId,
    refundDestinationId: refundDestinationId ?? null,
    custodySeconds: terms.custodySeconds,
    concept: terms.concept,
    minimum: terms.minimum.units,
    maximum: terms.maximum.units,
  });
  await audit(tx, {
    actor,
    command: 'user terms set',
    subject: `user:${userId}`,
    reason: terms.reason,
    detail: { version, minimum: formatDecimal(terms.minimum), maximum: formatDecimal(terms.maximum) },
  });
  return { id, version, destinations: [destinationId, ...(refundDestinationId ? [refundDestinationId] : [])] };
}

/** Ends a user's standing terms: what comes unasked goes to suspense from now on. Throws a Refusal `user_not_found`, `no_standing_terms`. */
export async function stopStandingTerms(
  tx: Tx,
  actor: Actor,
  userId: string,
  { reason }: z.output<typeof STOP_TERMS>,
): Promise<{ version: number }> {
  await lockUser(tx, userId);
  const version = await deactivate(tx, userId);
  if (version === null)
    throw new Refusal({
      code: 'no_standing_terms',
      status: 409,
      title: 'This user has no standing terms',
      detail: 'There are none in force to end. Nothing was changed.',
    });
  await audit(tx, { actor, command: 'user terms stop', subject: `user:${userId}`, reason, detail: { version } });
  return { version };
}

/** Every version of a user's standing terms, newest first. Null when there is no such user. */
export async function listStandingTerms(db: Db, userId: string, canReadClabes: boolean) {
  const [known] = await db.select().from(user).where(eq(user.id, userId));
  if (!known) return null;
  const rows = await db
    .select()
    .from(standingTerms)
    .where(eq(standingTerms.userId, userId))
    .orderBy(desc(standingTerms.version))
    .limit(100);
  const ids = rows.flatMap((row) => [row.destinationId, ...(row.refundDestinationId ? [row.refundDestinationId] : [])]);
  const accounts = ids.length > 0 ? await db.select().from(destination).where(inArray(destination.id, ids)) : [];
  const accountOf = (id: string | null) => {
    const found = accounts.find((row) => row.id === id);
    if (!found) return null;
    return { clabe: canReadClabes ? found.clabe : maskClabe(found.clabe), legalName: found.legalName };
  };
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    isActive: row.isActive,
    recipientId: row.recipientId,
    payout: accountOf(row.destinationId),
    refund: accountOf(row.refundDestinationId),
    custodySeconds: row.custodySeconds,
    concept: row.concept,
    minimum: formatDecimal(centavos(row.minimum)),
    maximum: formatDecimal(centavos(row.maximum)),
    createdAt: row.createdAt.toISOString(),
  }));
}

/** Of two changes at once the second waits, and counts on from the first. */
async function lockUser(tx: Tx, userId: string): Promise<void> {
  const [known] = await tx.select().from(user).where(eq(user.id, userId)).for('update');
  if (!known) throw noUser();
}

async function deactivate(tx: Tx, userId: string): Promise<number | null> {
  const [ended] = await tx
    .update(standingTerms)
    .set({ isActive: false })
    .where(and(eq(standingTerms.userId, userId), eq(standingTerms.isActive, true)))
    .returning({ version: standingTerms.version });
  return ended?.version ?? null;
}

export const noUser = (): Refusal =>
  new Refusal({
    code: 'user_not_found',
    status: 404,
    title: 'There is no such user',
    detail: 'No user has this id. POST /api/v1/users answers with the id of a new one.',
  });
