import { and, desc, eq, inArray, isNull, lt } from 'drizzle-orm';
import type { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { destination, standingTerms, user } from '../db/schema.ts';
import { assertWithinCaps } from '../guards/caps.ts';
import { railOf, snapshotDestination } from '../payment/create.ts';
import type { Fee, StandingFee } from '../payment/split.ts';
import { assertCarried } from '../release/carried.ts';
import { type Actor, audit } from './audit.ts';
import { maskName } from './mask-name.ts';
import { erasedBefore, noUser } from './no-user.ts';
import { Refusal } from './refusal.ts';
import type { STANDING_TERMS, STOP_TERMS } from './terms.ts';

/**
 * Gives a user's CLABE standing terms: a new version, in force from now on; payments made by an earlier one keep theirs. Enqueue
 * `destination` for each of `destinations` once the transaction has committed. Throws a Refusal `user_not_found`,
 * `user_erased`, `user_unknown`, `payout_clabe_unreachable`, `release_not_carried`, `over_cap`.
 */
export async function setStandingTerms(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  actor: Actor,
  userId: string,
  terms: z.output<typeof STANDING_TERMS>,
): Promise<{ id: string; version: number; destinations: string[] }> {
  railOf(ctx, terms.payout);
  assertCarried(ctx, terms);
  if (terms.refund) railOf(ctx, terms.refund, 'refund.clabe');
  const rails = terms.fees.map((fee, i) => railOf(ctx, fee.payout, `fees.${i}.payout.clabe`));
  await assertWithinCaps(tx, ctx, terms.maximum, 'maximum');
  await lockUser(tx, userId);
  const named = [
    { field: 'recipientId', id: terms.recipientId },
    ...terms.fees.map(({ beneficiaryId }, i) => ({ field: `fees.${i}.beneficiaryId`, id: beneficiaryId })),
  ];
  const ids = named.map(({ id }) => id);
  const known = await tx
    .select({ id: user.id })
    .from(user)
    .where(and(inArray(user.id, ids), isNull(user.erasedAt)));
  const unknown = named.filter(({ id }) => !known.some((row) => row.id === id.toLowerCase()));
  if (unknown.length > 0)
    throw new Refusal({
      code: 'user_unknown',
      status: 422,
      title: 'There is no such user',
      detail: 'The recipient, and whoever gets a fee, are users, made with POST /api/v1/users. Nothing was changed.',
      errors: unknown.map(({ field }) => ({ field, message: 'there is no user with this id' })),
    });
  const destinationId = await snapshotDestination(tx, ctx.newId(), terms);
  const refundDestinationId =
    terms.refund && (await snapshotDestination(tx, ctx.newId(), { recipientId: userId, payout: terms.refund }));
  const fees: StandingFee[] = [];
  for (const [i, { beneficiaryId, payout, ...fee }] of terms.fees.entries())
    fees.push({
      kind: fee.kind,
      ...rateOf(fee),
      destinationId: await snapshotDestination(tx, ctx.newId(), { recipientId: beneficiaryId, payout }),
      rail: rails[i] ?? 'bank_redemption',
    });
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
    custodyBasisPoints: terms.custodyBasisPoints,
    custodySeconds: terms.custodySeconds ?? 0,
    releasePolicy: terms.release,
    fees,
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
  const destinations = [destinationId, refundDestinationId, ...fees.map((fee) => fee.destinationId)];
  return { id, version, destinations: [...new Set(destinations.filter((one) => one !== undefined))] };
}

const rateOf = (fee: Fee): Pick<StandingFee, 'basisPoints' | 'fixed'> =>
  fee.basisPoints === undefined
    ? { basisPoints: null, fixed: fee.fixed.units.toString() }
    : { basisPoints: fee.basisPoints, fixed: null };

/** The fee that standing terms keep, as a split takes it. */
export const feeOf = ({ basisPoints, fixed }: StandingFee): Fee =>
  basisPoints === null
    ? { bearer: 'recipient', fixed: centavos(BigInt(fixed ?? 0)) }
    : { bearer: 'recipient', basisPoints };

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

export type ListStandingTermsParameters = Readonly<{
  userId: string;
  canReadPeople: boolean;
  limit: number;
  /** The version that the page before ended with. */
  before?: number | undefined;
}>;

/** Every version of a user's standing terms, newest first. Null when there is no such user. */
export async function listStandingTerms(db: Db, { userId, canReadPeople, limit, before }: ListStandingTermsParameters) {
  const [known] = await db.select().from(user).where(eq(user.id, userId));
  if (!known) return null;
  const rows = await db
    .select()
    .from(standingTerms)
    .where(and(eq(standingTerms.userId, userId), before === undefined ? undefined : lt(standingTerms.version, before)))
    .orderBy(desc(standingTerms.version))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const ids = page.flatMap((row) => [
    row.destinationId,
    ...(row.refundDestinationId ? [row.refundDestinationId] : []),
    ...row.fees.map((fee) => fee.destinationId),
  ]);
  const accounts = ids.length > 0 ? await db.select().from(destination).where(inArray(destination.id, ids)) : [];
  const accountOf = (id: string | null) => {
    const found = accounts.find((row) => row.id === id);
    if (!found) return null;
    const { clabe, legalName } = found;
    return canReadPeople ? { clabe, legalName } : { clabe: maskClabe(clabe), legalName: maskName(legalName) };
  };
  const versions = page.map((row) => ({
    id: row.id,
    version: row.version,
    isActive: row.isActive,
    recipientId: row.recipientId,
    payout: accountOf(row.destinationId),
    refund: accountOf(row.refundDestinationId),
    custodyBasisPoints: row.custodyBasisPoints,
    custodySeconds: row.custodySeconds,
    release: row.releasePolicy,
    fees: row.fees.map(({ kind, basisPoints, fixed, destinationId }) => ({
      kind,
      basisPoints,
      amount: fixed === null ? null : formatDecimal(centavos(BigInt(fixed))),
      payout: accountOf(destinationId),
    })),
    concept: row.concept,
    minimum: formatDecimal(centavos(row.minimum)),
    maximum: formatDecimal(centavos(row.maximum)),
    createdAt: row.createdAt.toISOString(),
  }));
  return { versions, next: rows.length > limit ? (page.at(-1)?.version ?? null) : null };
}

/** Of two changes at once the second waits, and counts on from the first. */
async function lockUser(tx: Tx, userId: string): Promise<void> {
  const [known] = await tx.select().from(user).where(eq(user.id, userId)).for('update');
  if (!known) throw noUser();
  if (known.erasedAt) throw erasedBefore(known.erasedAt);
}

async function deactivate(tx: Tx, userId: string): Promise<number | null> {
  const [ended] = await tx
    .update(standingTerms)
    .set({ isActive: false })
    .where(and(eq(standingTerms.userId, userId), eq(standingTerms.isActive, true)))
    .returning({ version: standingTerms.version });
  return ended?.version ?? null;
}
