import { eq } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import type { Tx } from '../db/client.ts';
import { depositClabe, person } from '../db/schema.ts';
import { isSameName } from '../people/same-name.ts';
import type { OpenItem, ResolvedPart } from './give.ts';

/** What is, or may be, a payout that came back: of a payer it is not, and who is owed it people find. */
const RETURNS: ReadonlySet<string> = new Set(['returned', 'unexplained']);

/**
 * Why it is not for one person alone to give this deposit away so; empty where it is. One person sends it back where it came from: to the
 * sender's whole CLABE as Juno shows it, or to an account in the name of whose CLABE it came to; and gives it to a payment of the payer to
 * whose CLABE it came.
 */
export async function beyondOne(tx: Tx, item: OpenItem, parts: readonly ResolvedPart[]): Promise<string[]> {
  const [owner] = await tx
    .select({ name: person.fullName })
    .from(depositClabe)
    .innerJoin(person, eq(person.userId, depositClabe.userId))
    .where(eq(depositClabe.clabe, item.clabe));
  const isOwners = (legalName: string) => owner !== undefined && isSameName(owner.name, legalName);
  return [
    ...(RETURNS.has(item.reason) ? ['It is, or may be, a payout that came back.'] : []),
    ...parts.flatMap((part) => {
      if ('paymentId' in part)
        return part.depositClabe === item.clabe
          ? []
          : [`Payment ${part.paymentId} is of another payer than the one to whose CLABE it came.`];
      const { clabe, legalName } = part.refund;
      return clabe === item.senderClabe || isOwners(legalName)
        ? []
        : [`${maskClabe(clabe)} is not the sender’s account, nor in the name of whose CLABE it came to.`];
    }),
  ];
}
