/** The accounts that people name: registered at Juno and read back before any money goes to them. */
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import type { Context } from '../context.ts';
import { destination, evidence, junoDeposit, leg, type payment, person } from '../db/schema.ts';
import type { Rail } from '../payment/states.ts';
import { isSameName } from '../people/same-name.ts';
import { accountNotReady, notThePayers } from './refusals.ts';

export type AccountRow = typeof destination.$inferSelect;

/** Throws a Refusal `account_not_verified` where none has this id. */
export async function readAccount({ db }: Pick<Context, 'db'>, id: string): Promise<AccountRow> {
  const [row] = await db.select().from(destination).where(eq(destination.id, id));
  if (!row) throw accountNotReady('The account that was proposed is not known here.');
  return row;
}

/** Over the Bitso balance any CLABE can be named; Juno pays only to what it knows. Throws a Refusal `account_not_verified`. */
export function assertVerified({ verifiedAt, differs, clabe }: AccountRow, rail: Rail): void {
  if (rail !== 'bank_redemption' || verifiedAt) return;
  const shown = maskClabe(clabe);
  throw accountNotReady(
    differs
      ? `Juno has another CLABE or name for ${shown} than it was given. Compare both, and propose another account.`
      : `Juno has not confirmed ${shown} yet. That usually takes seconds: approve again then. If it does not come, kustodia effect list --state rejected says why.`,
  );
}

/**
 * That an account is the payer's own: the one that the deposit came from, or one in the payer's name. Throws a Refusal
 * `not_the_payers_account`.
 */
export async function assertPayers(
  { db }: Pick<Context, 'db'>,
  { id: paymentId, payerId }: Pick<typeof payment.$inferSelect, 'id' | 'payerId'>,
  { clabe, legalName }: Readonly<{ clabe: string; legalName: string }>,
): Promise<void> {
  const [payer] = await db.select({ name: person.fullName }).from(person).where(eq(person.userId, payerId));
  if (payer && isSameName(payer.name, legalName)) return;
  const senders = await db
    .select({ clabe: junoDeposit.senderClabe })
    .from(leg)
    .innerJoin(evidence, and(eq(evidence.source, 'juno_deposit'), eq(evidence.subjectKind, 'leg')))
    .innerJoin(
      junoDeposit,
      and(eq(junoDeposit.id, evidence.externalId), eq(junoDeposit.isRefund, false), isNotNull(junoDeposit.senderClabe)),
    )
    .where(and(eq(leg.paymentId, paymentId), eq(evidence.subjectId, sql`${leg.id}::text`)));
  if (senders.some((sender) => sender.clabe === clabe)) return;
  throw notThePayers();
}
