import { and, eq, lt, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import type { Tx } from '../db/client.ts';
import { auditLog, depositClabe, destination, leg } from '../db/schema.ts';
import type { Actor } from '../people/audit.ts';
import { isSameName } from '../people/same-name.ts';
import type { GivingPlan, OpenItem, PaymentPart } from './give.ts';

/** What is, or may be, a payout that came back: of a payer it is not, and who is owed it people find. */
const RETURNS: ReadonlySet<string> = new Set(['returned', 'unexplained']);

/**
 * Why it is not for this one person alone to give the deposit away so; empty where it is. A name proves nothing, whoever gives it types it.
 * One person sends it back where it came from: to the sender's whole CLABE as Juno shows it, or to an account of whose CLABE it came to that
 * was verified, and paid, before the deposit came; and gives it to a payment of that payer's that somebody else asked for before it came.
 */
export async function beyondOne(tx: Tx, actor: Actor, { item, parts }: GivingPlan): Promise<string[]> {
  const because = RETURNS.has(item.reason) ? ['It is, or may be, a payout that came back.'] : [];
  for (const part of parts) {
    const why = 'paymentId' in part ? await whyNotPayment(tx, actor, item, part) : await whyNotAccount(tx, item, part);
    if (why !== null) because.push(why);
  }
  return because;
}

async function whyNotPayment(tx: Tx, actor: Actor, item: OpenItem, part: PaymentPart): Promise<string | null> {
  const { paymentId, depositClabe: clabe, createdAt } = part;
  if (clabe !== item.clabe) return `Payment ${paymentId} is of another payer than the one to whose CLABE it came.`;
  if (createdAt >= item.cameAt) return `Payment ${paymentId} was made after the deposit came.`;
  const [made] = await tx
    .select({ by: auditLog.actor })
    .from(auditLog)
    .where(and(eq(auditLog.subject, `payment:${paymentId}`), eq(auditLog.command, 'payment create')));
  const { name, id } = /^(?<name>.*) \((?<id>[^()]*)\)$/s.exec(made?.by ?? '')?.groups ?? {};
  if (name !== undefined && id !== actor.id && !isSameName(name, actor.name)) return null;
  return `Payment ${paymentId} was not made by another person than who gives it the deposit.`;
}

async function whyNotAccount(
  tx: Tx,
  item: OpenItem,
  { refund: { clabe } }: Readonly<{ refund: Readonly<{ clabe: string }> }>,
): Promise<string | null> {
  if (clabe === item.senderClabe) return null;
  const [own] = await tx
    .select({ id: destination.id })
    .from(destination)
    .innerJoin(depositClabe, and(eq(depositClabe.userId, destination.userId), eq(depositClabe.clabe, item.clabe)))
    .innerJoin(leg, and(eq(leg.destinationId, destination.id), eq(leg.state, 'completed')))
    .where(
      and(
        eq(destination.clabe, clabe),
        eq(destination.differs, false),
        lt(destination.verifiedAt, item.cameAt),
        lt(leg.enteredAt, sql`${item.cameAt.toISOString()}::timestamptz`),
      ),
    )
    .limit(1);
  return own
    ? null
    : `${maskClabe(clabe)} is neither the sender’s account nor one of whose CLABE it came to, verified and paid before.`;
}
