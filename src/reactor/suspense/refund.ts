import { eq } from 'drizzle-orm';
import type { Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { depositClabe, guardSwitch, leg, payment, user } from '../db/schema.ts';
import { deriveReference } from '../effects/key.ts';
import { railOf, snapshotDestination } from '../payment/create.ts';
import type { RefundTo } from './terms.ts';

const CONCEPT = 'Devolucion';

/**
 * A payment of kind refund with its one leg, which waits for its part of the deposit. Payer and recipient are the user of the
 * CLABE; where it is nobody's, a user without a person, whose switch can stop it like anybody's.
 */
export async function createRefund(
  tx: Tx,
  ctx: Context,
  { item, refund, amount }: Readonly<{ item: { clabe: string }; refund: RefundTo; amount: Money<'MXN'> }>,
): Promise<{ paymentId: string; destinationId: string }> {
  const rail = railOf(ctx, refund, 'clabe');
  const userId = await ownerOf(tx, ctx, item.clabe);
  const destinationId = await snapshotDestination(tx, ctx.newId(), { recipientId: userId, payout: refund });
  const [paymentId, legId] = [ctx.newId(), ctx.newId()];
  await tx.insert(payment).values({
    id: paymentId,
    kind: 'refund',
    payerId: userId,
    recipientId: userId,
    depositClabe: item.clabe,
    amount: amount.units,
    custodySeconds: 0,
    concept: CONCEPT,
    expiresAt: ctx.now(),
    awaitsDeposit: false,
  });
  await tx.insert(leg).values({
    id: legId,
    paymentId,
    kind: 'refund',
    amount: amount.units,
    destinationId,
    rail,
    reference: deriveReference(ctx.settings.keySecret, legId),
    cause: 'refunded from suspense',
  });
  return { paymentId, destinationId };
}

/** Whose a deposit is by the CLABE that it came to; where it is nobody's, the user whom an earlier one made, or one who is made now. */
export async function ownerOf(tx: Tx, ctx: Pick<Context, 'newId'>, clabe: string): Promise<string> {
  const [owner] = await tx.select().from(depositClabe).where(eq(depositClabe.clabe, clabe));
  if (owner) return owner.userId;
  const [before] = await tx
    .select({ id: payment.payerId })
    .from(payment)
    .where(eq(payment.depositClabe, clabe))
    .limit(1);
  if (before) return before.id;
  const id = ctx.newId();
  await tx.insert(user).values({ id });
  await tx.insert(guardSwitch).values({ name: `user:${id}` });
  return id;
}
