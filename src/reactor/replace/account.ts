/** The accounts that people name: registered at Juno and read back before any money goes to them. */
import { and, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import type { Context } from '../context.ts';
import { destination, evidence, junoDeposit, type leg, payment, person, proposal, suspensePart } from '../db/schema.ts';
import type { Rail } from '../payment/states.ts';
import { isSameName } from '../people/same-name.ts';
import { accountNotReady, notThePayees, notThePayers } from './refusals.ts';

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
 * That an account is the payer's own: the one that the deposit came from, or one in the payer's name. A sender counts where every deposit
 * that the payment got, itself or out of suspense, came whole from that CLABE: no other's money goes to him. Throws a Refusal
 * `not_the_payers_account`.
 */
export async function assertPayers(
  { db }: Pick<Context, 'db'>,
  { id: paymentId, payerId }: Pick<typeof payment.$inferSelect, 'id' | 'payerId'>,
  { clabe, legalName }: Readonly<{ clabe: string; legalName: string }>,
): Promise<void> {
  const [payer] = await db.select({ name: person.fullName }).from(person).where(eq(person.userId, payerId));
  if (payer && isSameName(payer.name, legalName)) return;
  const claimed = db
    .select({ id: evidence.externalId })
    .from(evidence)
    .where(
      and(eq(evidence.source, 'juno_deposit'), eq(evidence.subjectKind, 'payment'), eq(evidence.subjectId, paymentId)),
    );
  const given = db
    .select({ id: suspensePart.depositId })
    .from(suspensePart)
    .where(eq(suspensePart.paymentId, paymentId));
  const deposits = await db
    .select({ sender: junoDeposit.senderClabe, isRefund: junoDeposit.isRefund })
    .from(junoDeposit)
    .where(or(inArray(junoDeposit.id, claimed), inArray(junoDeposit.id, given)));
  // Juno shows some senders masked: that is nobody's account.
  const isTheirs = (sender: string | null) => sender === clabe && /^\d{18}$/.test(clabe);
  if (deposits.length > 0 && deposits.every(({ sender, isRefund }) => isTheirs(sender) && !isRefund)) return;
  throw notThePayers();
}

type Account = Readonly<{ clabe: string; legalName: string }>;

/**
 * That what is paid to another account is paid to the same person: a refund to the payer, or to whom two people gave the deposit out of
 * suspense; all else to whoever the leg pays, by that user's name or by that of the account which it takes the place of. Answers whether it is another holder's, which two people may mean:
 * both see it. Throws a Refusal `not_the_payers_account`, `not_the_payees_account`.
 */
export async function assertSameHolder(
  ctx: Pick<Context, 'db'>,
  { paymentId, kind, destinationId }: Pick<typeof leg.$inferSelect, 'paymentId' | 'kind' | 'destinationId'>,
  account: Account,
  { isAnothers = false }: Readonly<{ isAnothers?: boolean | undefined }>,
): Promise<boolean> {
  if (kind === 'refund') {
    const [row] = await ctx.db.select().from(payment).where(eq(payment.id, paymentId));
    if (!row) throw new Error(`no payment ${paymentId}`);
    if (!(await isGivenTo(ctx, paymentId, destinationId, account))) await assertPayers(ctx, row, account);
    return false;
  }
  const [payee] = await ctx.db
    .select({ before: destination.legalName, name: person.fullName })
    .from(destination)
    .leftJoin(person, eq(person.userId, destination.userId))
    .where(eq(destination.id, destinationId));
  const names = [payee?.before, payee?.name].filter((name) => typeof name === 'string');
  if (names.some((name) => isSameName(name, account.legalName))) return false;
  if (!isAnothers) throw notThePayees();
  return true;
}

/** Whether two people gave a deposit in suspense to the holder of this account, under another one. */
async function isGivenTo(
  { db }: Pick<Context, 'db'>,
  paymentId: string,
  destinationId: string,
  { legalName }: Account,
): Promise<boolean> {
  const [given] = await db
    .select({ name: destination.legalName })
    .from(suspensePart)
    .innerJoin(
      payment,
      and(eq(payment.id, suspensePart.paymentId), eq(payment.id, paymentId), eq(payment.kind, 'refund')),
    )
    .innerJoin(
      proposal,
      and(
        eq(proposal.command, 'suspense give'),
        eq(proposal.subject, sql`'suspense:' || ${suspensePart.depositId}`),
        isNotNull(proposal.executedAt),
      ),
    )
    .innerJoin(destination, eq(destination.id, destinationId));
  return given !== undefined && isSameName(given.name, legalName);
}
