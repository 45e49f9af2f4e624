import { and, eq, ne } from 'drizzle-orm';
import { getBitsoWithdrawal } from '../../../juno/getBitsoWithdrawal.ts';
import { getTransaction } from '../../../juno/getTransaction.ts';
import { listBankAccounts } from '../../../juno/listBankAccounts.ts';
import type { Context } from '../../context.ts';
import { depositClabe, destination, effect, evidence, leg } from '../../db/schema.ts';
import { isSameName } from '../../people/same-name.ts';
import type { EffectRow } from '../driver.ts';

/**
 * Why Juno's or Bitso's record of this id cannot be what an effect did, in a sentence; null when nothing speaks against it. Asks
 * them now. Throws a JunoError when they do not answer, or do not know the id.
 */
export async function problemWith(ctx: Context, row: EffectRow, externalId: string): Promise<string | null> {
  const [other] = await ctx.db
    .select({ id: effect.id })
    .from(effect)
    .where(and(eq(effect.externalId, externalId), ne(effect.id, row.id)));
  // An account may be two users’: whoever is paid to it, it is the same.
  if (other && row.kind !== 'juno_bank_account') return `${externalId} is what effect ${other.id} did.`;
  switch (row.kind) {
    case 'juno_withdrawal':
    case 'juno_redemption':
      return transactionProblem(ctx, row, externalId);
    case 'bitso_payout':
      return payoutProblem(ctx, row, externalId);
    case 'juno_bank_account':
      return accountProblem(ctx, row, externalId);
    case 'juno_clabe': {
      const [owned] = await ctx.db.select().from(depositClabe).where(eq(depositClabe.clabe, externalId));
      return owned ? 'This CLABE is another user’s.' : null;
    }
    default:
      return 'It is the wallet’s, and the chain alone says what became of it.';
  }
}

async function transactionProblem(ctx: Context, row: EffectRow, id: string): Promise<string | null> {
  const [claimed] = await ctx.db
    .select({ subject: evidence.subjectId })
    .from(evidence)
    .where(and(eq(evidence.source, 'juno_transaction'), eq(evidence.externalId, id)));
  if (claimed) return `Transaction ${id} is the evidence of ${claimed.subject} already.`;
  const seen = await getTransaction(ctx.juno, { id });
  const wanted = row.kind === 'juno_withdrawal' ? 'CRYPTO_WITHDRAWAL' : 'REDEMPTION';
  if (seen.type !== wanted) return `Transaction ${id} is a ${seen.type}, not a ${wanted}.`;
  const amount = row.currency === 'MXNB' ? row.amount / 10_000n : row.amount;
  if (seen.amount.units !== amount) return `Transaction ${id} has another amount.`;
  if (row.kind === 'juno_withdrawal')
    return seen.address !== null && seen.address !== ctx.settings.bridge
      ? `Transaction ${id} went to another address than the bridge wallet.`
      : null;
  const clabe = await payoutClabe(ctx, row);
  return seen.receiverClabe !== null && seen.receiverClabe !== clabe
    ? `Transaction ${id} went to another account.`
    : null;
}

async function payoutProblem(ctx: Context, row: EffectRow, wid: string): Promise<string | null> {
  if (!ctx.bitso) return 'BITSO_BASE_URL is not set, so Bitso cannot be asked.';
  const seen = await getBitsoWithdrawal(ctx.bitso, { wid });
  if (seen.originId !== null && seen.originId !== row.key) return `Withdrawal ${wid} has another origin id.`;
  if (seen.amount?.units !== row.amount) return `Withdrawal ${wid} has another amount.`;
  const clabe = await payoutClabe(ctx, row);
  return seen.beneficiaryClabe !== null && seen.beneficiaryClabe !== clabe
    ? `Withdrawal ${wid} went to another account.`
    : null;
}

async function accountProblem(ctx: Context, row: EffectRow, id: string): Promise<string | null> {
  const [wanted] = await ctx.db.select().from(destination).where(eq(destination.id, row.subjectId));
  const { items } = await listBankAccounts(ctx.juno);
  const seen = items.find((item) => item.id === id);
  if (!seen) return `Juno lists no bank account ${id}.`;
  return seen.clabe === wanted?.clabe && isSameName(seen.legalName, wanted.legalName)
    ? null
    : `Bank account ${id} has another CLABE or name.`;
}

async function payoutClabe(ctx: Context, row: EffectRow): Promise<string | undefined> {
  const [account] = await ctx.db
    .select({ clabe: destination.clabe })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(eq(leg.id, row.subjectId));
  return account?.clabe;
}
