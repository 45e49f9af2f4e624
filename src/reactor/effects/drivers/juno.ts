import { and, eq, inArray, isNull, ne, notExists, or, sql } from 'drizzle-orm';
import { createBankAccount } from '../../../juno/createBankAccount.ts';
import { createClabe } from '../../../juno/createClabe.ts';
import { createRedemption } from '../../../juno/createRedemption.ts';
import { createWithdrawal } from '../../../juno/createWithdrawal.ts';
import { getTransaction } from '../../../juno/getTransaction.ts';
import { listBankAccounts } from '../../../juno/listBankAccounts.ts';
import type { JunoTransaction } from '../../../juno/types.ts';
import type { Context } from '../../context.ts';
import { destination, effect, evidence, foreignAct, junoTransaction, leg } from '../../db/schema.ts';
import { readTransactionsSince } from '../../intake/transactions.ts';
import { isSameName } from '../../people/same-name.ts';
import type { Driver, EffectRow } from '../driver.ts';
import type { EffectKind } from '../states.ts';
import { attempt, bodyOf } from './attempt.ts';
import { allClabes, clabesOfOthers, isSince } from './clabes.ts';

/** Juno may date what we sent this much before or after. */
const SKEW_MS = 300_000;
/** What is dated later than this after the first send is not its trace: no repeat is made past the replay window. */
const LATEST = sql`interval '1 day'`;
/** More than these and nobody can tell which it is. */
const MOST_CANDIDATES = 20;

const sentAt = ({ firstSentAt, createdAt }: EffectRow): Date => firstSentAt ?? createdAt;

/** All that Juno has made since it may have been sent. */
const readSince = (ctx: Context, row: EffectRow): Promise<string | null> =>
  readTransactionsSince(ctx, new Date(sentAt(row).getTime() - SKEW_MS));

/**
 * Looks for Juno's record of a send whose answer was lost: type, exact amount, time, claimed by nobody and made by no other effect,
 * and going where this one went, as its detail says. One that does not say where it went may be this one, so it proves nothing;
 * nor does one that another send whose outcome is not known may have made (incident 6).
 */
const lookInTransactions =
  (
    type: string,
    goesThere: (ctx: Context, row: EffectRow) => Promise<(seen: JunoTransaction) => boolean | null>,
  ): Driver['look'] =>
  async (ctx, row) => {
    const candidates = await unclaimedLike(ctx, type, row);
    if (candidates.length === 0) return { found: 'none' };
    if (candidates.length > MOST_CANDIDATES) return { found: 'several' };
    const isSame = await goesThere(ctx, row);
    const seen = await Promise.all(candidates.map(({ id }) => getTransaction(ctx.juno, { id })));
    const possible = seen.filter((item) => isSame(item) !== false);
    const [only, second] = possible;
    if (!only) return { found: 'none' };
    // Asked last: one that is confirmed from here on has its record, and the database gives that to nobody else.
    const isProof = !second && isSame(only) === true && !(await isOneOfSeveral(ctx, row));
    return isProof ? { found: 'one', externalId: only.id } : { found: 'several' };
  };

/** Whether another send of the same kind and amount is on its way, or its answer was lost as well. */
async function isOneOfSeveral({ db }: Context, row: EffectRow): Promise<boolean> {
  const [other] = await db
    .select({ id: effect.id })
    .from(effect)
    .where(
      and(
        eq(effect.kind, row.kind),
        eq(effect.amount, row.amount),
        inArray(effect.state, ['sending', 'unknown']),
        ne(effect.id, row.id),
      ),
    )
    .limit(1);
  return other !== undefined;
}

const unclaimedLike = ({ db }: Context, type: string, row: EffectRow) => {
  const sent = sql`${sentAt(row)}::timestamptz`;
  return db
    .select({ id: junoTransaction.id })
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.type, type),
        eq(junoTransaction.amount, row.currency === 'MXNB' ? row.amount / 10_000n : row.amount),
        or(
          isNull(junoTransaction.occurredAt),
          sql`${junoTransaction.occurredAt} BETWEEN ${sent} - ${SKEW_MS} * interval '1 millisecond' AND ${sent} + ${LATEST}`,
        ),
        notExists(
          db
            .select()
            .from(evidence)
            .where(and(eq(evidence.source, 'juno_transaction'), eq(evidence.externalId, junoTransaction.id))),
        ),
        notExists(
          db
            .select()
            .from(effect)
            .where(and(eq(effect.externalId, junoTransaction.id), ne(effect.id, row.id))),
        ),
        notExists(
          db
            .select()
            .from(foreignAct)
            .where(and(eq(foreignAct.source, 'juno_transaction'), eq(foreignAct.externalId, junoTransaction.id))),
        ),
      ),
    )
    .limit(MOST_CANDIDATES + 1);
};

/** A withdrawal of ours goes to the bridge wallet. */
const toBridge =
  async ({ settings }: Context) =>
  (seen: JunoTransaction) =>
    seen.address === null ? null : seen.address === settings.bridge;

/** A redemption of a leg goes to its payout account, or to the Bitso balance, where no CLABE is named. */
const toAccount = async (ctx: Context, row: EffectRow) => {
  const [wanted] = await ctx.db
    .select({ clabe: destination.clabe, accountId: destination.junoAccountId })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(eq(leg.id, row.subjectId));
  return (seen: JunoTransaction) => {
    if (seen.receiverClabe !== null) return seen.receiverClabe === wanted?.clabe;
    // Its detail may name the account by Juno's id alone.
    return wanted?.accountId && seen.raw.includes(wanted.accountId) ? true : null;
  };
};

async function lookForClabe(ctx: Context, row: EffectRow): ReturnType<Driver['look']> {
  const others = await ctx.db
    .select({ state: effect.state })
    .from(effect)
    .where(and(eq(effect.kind, 'juno_clabe'), ne(effect.id, row.id)));
  // One that is just being made for another user is about to be theirs.
  if (others.some(({ state }) => state === 'sending')) return { found: 'several' };
  const waiting = 1 + others.filter(({ state }) => state === 'unknown').length;
  // Only a CLABE that nobody here owns, made since, can be the lost one; two of them cannot be told apart.
  const taken = await clabesOfOthers(ctx, row);
  const free = (await allClabes(ctx))
    .filter((item) => !taken.has(item.clabe) && isSince(item, row))
    .map(({ clabe }) => clabe);
  const [only] = free;
  if (!only) return { found: 'none' };
  // Those made since are interchangeable: nobody was told any of them. No more than are waited for means one for this user.
  return free.length <= waiting ? { found: 'one', externalId: only } : { found: 'several' };
}

async function lookForBankAccount(ctx: Context, row: EffectRow): ReturnType<Driver['look']> {
  const [wanted] = await ctx.db.select().from(destination).where(eq(destination.id, row.subjectId));
  if (!wanted) return { found: 'none' };
  const { items } = await listBankAccounts(ctx.juno);
  // Several of the same CLABE and name pay the same account; one that another user's destination has is as good.
  const [only] = items.filter((item) => item.clabe === wanted.clabe && isSameName(item.legalName, wanted.legalName));
  return only ? { found: 'one', externalId: only.id } : { found: 'none' };
}

/** How each effect that Juno performs is sent and looked for. */
export const JUNO_DRIVERS: Partial<Record<EffectKind, Driver>> = {
  juno_withdrawal: {
    isRepeatable: true,
    send: (ctx, row, guard) =>
      attempt(async () => (await createWithdrawal(ctx.juno, { body: bodyOf(row), idempotencyKey: row.key, guard })).id),
    readAnew: readSince,
    look: lookInTransactions('CRYPTO_WITHDRAWAL', toBridge),
  },
  juno_redemption: {
    isRepeatable: true,
    send: (ctx, row, guard) =>
      attempt(async () => (await createRedemption(ctx.juno, { body: bodyOf(row), idempotencyKey: row.key, guard })).id),
    readAnew: readSince,
    look: lookInTransactions('REDEMPTION', toAccount),
  },
  juno_clabe: {
    isRepeatable: false,
    send: (ctx, _row, guard) => attempt(async () => (await createClabe(ctx.juno, { guard })).clabe),
    look: lookForClabe,
  },
  juno_bank_account: {
    isRepeatable: false,
    send: (ctx, row, guard) =>
      attempt(async () => (await createBankAccount(ctx.juno, { body: bodyOf(row), guard })).id),
    look: lookForBankAccount,
  },
};
