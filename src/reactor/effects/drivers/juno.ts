import { and, eq, isNull, ne, notExists, sql } from 'drizzle-orm';
import { createBankAccount } from '../../../juno/createBankAccount.ts';
import { createClabe } from '../../../juno/createClabe.ts';
import { createRedemption } from '../../../juno/createRedemption.ts';
import { createWithdrawal } from '../../../juno/createWithdrawal.ts';
import { listBankAccounts } from '../../../juno/listBankAccounts.ts';
import { listClabes } from '../../../juno/listClabes.ts';
import type { Context } from '../../context.ts';
import { depositClabe, destination, effect, evidence, junoTransaction } from '../../db/schema.ts';
import type { Driver, EffectRow } from '../driver.ts';
import type { EffectKind } from '../states.ts';
import { attempt, bodyOf } from './attempt.ts';

const MAX_PAGES = 50;

/** Juno's record of a send whose answer was lost: type, amount, time, not claimed and not another effect's. */
const lookInTransactions =
  (type: string): Driver['look'] =>
  async (ctx, row) => {
    const { db } = ctx;
    const candidates = await db
      .select({ id: junoTransaction.id })
      .from(junoTransaction)
      .where(
        and(
          eq(junoTransaction.type, type),
          eq(junoTransaction.amount, row.currency === 'MXNB' ? row.amount / 10_000n : row.amount),
          sql`${junoTransaction.occurredAt} >= ${row.firstSentAt ?? row.createdAt}::timestamptz - interval '5 minutes'`,
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
        ),
      )
      .limit(2);
    const [only, second] = candidates;
    if (!only) return { found: 'none' };
    return second ? { found: 'several' } : { found: 'one', externalId: only.id };
  };

async function lookForClabe(ctx: Context, row: EffectRow): ReturnType<Driver['look']> {
  // Only a CLABE that nobody here owns can be the lost one; two of them cannot be told apart.
  const taken = new Set((await ctx.db.select({ clabe: depositClabe.clabe }).from(depositClabe)).map((r) => r.clabe));
  const promised = await ctx.db
    .select({ id: effect.externalId })
    .from(effect)
    .where(and(eq(effect.kind, 'juno_clabe'), ne(effect.id, row.id)));
  for (const { id } of promised) if (id) taken.add(id);
  const waiting = await ctx.db.$count(
    effect,
    and(eq(effect.kind, 'juno_clabe'), eq(effect.state, 'unknown'), isNull(effect.externalId)),
  );
  const free: string[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { items, isLast } = await listClabes(ctx.juno, { page });
    for (const { clabe } of items) if (!taken.has(clabe)) free.push(clabe);
    if (isLast) break;
  }
  const [only] = free;
  if (!only) return { found: 'none' };
  // Unassigned CLABEs are interchangeable: nobody was told any of them. Enough of them for everyone who waits means one for this user.
  return free.length <= waiting || free.length === 1 ? { found: 'one', externalId: only } : { found: 'several' };
}

async function lookForBankAccount(ctx: Context, row: EffectRow): ReturnType<Driver['look']> {
  const [wanted] = await ctx.db.select().from(destination).where(eq(destination.id, row.subjectId));
  if (!wanted) return { found: 'none' };
  const { items } = await listBankAccounts(ctx.juno);
  const same = items.filter((item) => item.clabe === wanted.clabe && item.legalName === wanted.legalName);
  const [only] = same;
  return only ? { found: 'one', externalId: only.id } : { found: 'none' };
}

/** How each effect that Juno performs is sent and looked for. */
export const JUNO_DRIVERS: Partial<Record<EffectKind, Driver>> = {
  juno_withdrawal: {
    isRepeatable: true,
    send: (ctx, row, guard) =>
      attempt(async () => (await createWithdrawal(ctx.juno, { body: bodyOf(row), idempotencyKey: row.key, guard })).id),
    look: lookInTransactions('CRYPTO_WITHDRAWAL'),
  },
  juno_redemption: {
    isRepeatable: true,
    send: (ctx, row, guard) =>
      attempt(async () => (await createRedemption(ctx.juno, { body: bodyOf(row), idempotencyKey: row.key, guard })).id),
    look: lookInTransactions('REDEMPTION'),
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
