/** Whether Juno's or Bitso's own balance agrees that money is back: asked for what people decide, never by the machine alone. */
import { type SQL, sql } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import { listBalances } from '../../juno/listBalances.ts';
import { listBitsoBalances } from '../../juno/listBitsoBalances.ts';
import { centavos, formatMoney, mxnbUnits, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { readTransactionsSince } from '../intake/transactions.ts';
import type { Account } from '../ledger/accounts.ts';
import type { EffectRow } from './driver.ts';
import { notDecidable, outsideSilent } from './refusals.ts';

/** What is asked of; `id` where an effect’s own entry is in the books. */
type Asked = Pick<EffectRow, 'amount' | 'currency'> & Partial<Pick<EffectRow, 'id'>>;

/** Juno's balance holds this money too, beside all that the books say is there and all that may be there beside. */
export async function assertInPool(ctx: Context, row: Asked, next?: string): Promise<void> {
  const tokens = row.currency === 'MXNB' ? mxnbUnits(row.amount) : toMxnb(centavos(row.amount));
  const available = async () =>
    (await listBalances(ctx.juno)).items.reduce((sum, item) => sum + item.available.units, 0n);
  await assertHeld(ctx, {
    ...{ where: 'Juno', account: 'juno_pool', currency: 'MXNB', amount: tokens.units, id: row.id, available, next },
    // Only what is read can be told from what is asked for.
    read: () => readTransactionsSince(ctx, ctx.now()),
    unbooked: sql`
      SELECT t.amount_units * 10000 FROM reactor.juno_transaction t
      WHERE t.type IN ('ISSUANCE', 'CRYPTO_DEPOSIT') AND t.status <> 'failed' AND NOT t.is_claimed
        AND coalesce(t.occurred_at, t.updated_at) > (SELECT at FROM reactor.heartbeat WHERE name = 'intake:began')
        AND NOT EXISTS (SELECT 1 FROM reactor.foreign_act f WHERE f.source = 'juno_transaction' AND f.external_id = t.id)`,
    isBack: sql`EXISTS (SELECT 1 FROM reactor.juno_transaction t WHERE t.id = e.external_id AND t.status = 'failed')`,
  });
}

/** The same at Bitso, in pesos. */
export async function assertAtBitso(ctx: Context, row: Pick<Asked, 'amount' | 'id'>): Promise<void> {
  const { bitso } = ctx;
  if (!bitso) throw notDecidable('BITSO_BASE_URL is not set, so Bitso’s balance cannot be asked.');
  const available = async () =>
    (await listBitsoBalances(bitso)).items.reduce((sum, item) => sum + item.available.units, 0n);
  await assertHeld(ctx, {
    ...{ where: 'Bitso', account: 'bitso', currency: 'MXN', amount: row.amount, id: row.id, available },
    read: async () => null,
    // Redeemed to the balance, which the books learn from Juno; and what came back to it and is matched to nothing yet.
    unbooked: sql`
      SELECT e.amount FROM reactor.effect e JOIN reactor.leg l ON l.id::text = e.subject_id
      WHERE e.kind = 'juno_redemption' AND e.subject_kind = 'leg' AND e.state IN ('sending', 'unknown', 'confirmed')
        AND l.state = 'redeeming' AND l.rail <> 'bank_redemption'
      UNION ALL SELECT d.amount_centavos FROM reactor.juno_deposit d
      WHERE d.is_refund AND d.status <> 'failed' AND d.twin_of IS NULL AND NOT d.is_claimed AND 'bitso' = ANY (d.seen_in)`,
    isBack: sql`EXISTS (SELECT 1 FROM reactor.bitso_withdrawal w WHERE w.id = e.external_id AND w.status = 'failed')`,
  });
}

type Held = Readonly<{
  where: string;
  account: Account;
  currency: 'MXNB' | 'MXN';
  amount: bigint;
  id: string | undefined;
  /** What the reader does where it is not there. */
  next?: string | undefined;
  available: () => Promise<bigint>;
  /** Reads what came in and the books may not know; answers why that could not be done. */
  read: () => Promise<string | null>;
  /** Amounts that came in, or may have, and are in no books. */
  unbooked: SQL;
  /** Whether an effect `e` that was confirmed has come to nothing, so that its money may be there again. */
  isBack: SQL;
}>;

/**
 * That a balance holds an amount beside all else that may be in it: what the books have there, what they have on its way out and may be there
 * all the same (it was not sent, nobody knows whether it was, or it failed), and what came in unbooked. What the outside accepted it holds,
 * and calls no longer available. Of what the books said before the balance was asked and after it,
 * the greater counts. Throws a Refusal `not_decidable`.
 */
async function assertHeld(ctx: Context, held: Held): Promise<void> {
  const { where, currency, amount, available, read, next } = held;
  const before = await inBooks(ctx, held);
  const there = await available();
  // What cannot be told from what came in unread: only where there is enough.
  const unread = there >= before.booked + before.open + amount ? await read() : null;
  if (unread) throw notDecidable(unread);
  const after = await inBooks(ctx, held);
  const { booked, open } = before.booked + before.open > after.booked + after.open ? before : after;
  const needed = booked + open + amount;
  if (there >= needed) return;
  const text = (units: bigint): string => formatMoney(currency === 'MXN' ? centavos(units) : mxnbUnits(units));
  const isOpen = there >= booked + amount;
  throw notDecidable(
    [
      `${where}’s balance does not agree that it did not leave: ${text(there)} are available, ${text(needed)} would have to be.`,
      isOpen &&
        `${text(open)} of that are of what is under way or not booked yet, and prove nothing: repeat this once that is over; kustodia guard stop keeps more from beginning.`,
      next,
    ]
      .filter(Boolean)
      .join(' '),
  );
}

/** What the books say is in an account less all that is on its way out of it, and what may be there all the same. */
async function inBooks(
  { db }: Context,
  { account, currency, id, unbooked, isBack }: Held,
): Promise<{ booked: bigint; open: bigint }> {
  const { rows } = await db.execute<{ booked: string; open: string }>(sql`
    SELECT (SELECT coalesce(sum(posted + pending), 0) FROM reactor.ledger_balance WHERE account = ${account} AND currency = ${currency})::text AS booked,
      ((SELECT coalesce(sum(-p.amount), 0) FROM reactor.ledger_entry n JOIN reactor.ledger_posting p ON p.entry_id = n.id JOIN reactor.effect e ON e.id = n.effect_id
        WHERE n.state = 'pending' AND p.account = ${account} AND p.currency = ${currency} AND p.amount < 0
          AND e.id IS DISTINCT FROM ${id ?? null}::uuid AND (e.state <> 'confirmed' OR ${isBack}))
      + (SELECT coalesce(sum(came.amount), 0) FROM (${unbooked}) AS came (amount)))::text AS open`);
  const [row] = rows;
  if (!row) throw new Error('the books did not answer');
  return { booked: BigInt(row.booked), open: BigInt(row.open) };
}

/** An outside that does not answer is no answer. */
export async function asked(ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (error instanceof JunoError) throw outsideSilent(error.message);
    throw error;
  }
}
