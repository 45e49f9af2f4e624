/** Whether Juno's or Bitso's own balance agrees that money is back: asked for what people decide, never by the machine alone. */
import { and, eq, sql } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import { listBalances } from '../../juno/listBalances.ts';
import { listBitsoBalances } from '../../juno/listBitsoBalances.ts';
import { type Currency, centavos, formatMoney, type Money, mxnbUnits, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { ledgerBalance } from '../db/schema.ts';
import type { Account } from '../ledger/accounts.ts';
import type { EffectRow } from './driver.ts';
import { notDecidable, outsideSilent } from './refusals.ts';

type Amount = Pick<EffectRow, 'amount' | 'currency'>;

/** Juno's balance holds this money too, beside all that the books say is there. */
export async function assertInPool(ctx: Context, row: Amount): Promise<void> {
  const tokens = row.currency === 'MXNB' ? mxnbUnits(row.amount) : toMxnb(centavos(row.amount));
  const { items } = await listBalances(ctx.juno);
  const available = items.reduce((sum, item) => sum + item.available.units, 0n);
  const needed = (await bookedIn(ctx, 'juno_pool', 'MXNB')) + tokens.units;
  if (available < needed) throw notStillThere('Juno', mxnbUnits(available), mxnbUnits(needed));
}

/** The same at Bitso, in pesos. */
export async function assertAtBitso(ctx: Context, row: Pick<Amount, 'amount'>): Promise<void> {
  if (!ctx.bitso) throw notDecidable('BITSO_BASE_URL is not set, so Bitso’s balance cannot be asked.');
  const { items } = await listBitsoBalances(ctx.bitso);
  const available = items.reduce((sum, item) => sum + item.available.units, 0n);
  const needed = (await bookedIn(ctx, 'bitso', 'MXN')) + row.amount;
  if (available < needed) throw notStillThere('Bitso', centavos(available), centavos(needed));
}

/** What the books say is in an account, less all that is on its way out of it. */
async function bookedIn({ db }: Context, account: Account, currency: Currency): Promise<bigint> {
  const [booked] = await db
    .select({ total: sql<string>`coalesce(sum(posted + pending), 0)::text` })
    .from(ledgerBalance)
    .where(and(eq(ledgerBalance.account, account), eq(ledgerBalance.currency, currency)));
  return BigInt(booked?.total ?? 0);
}

const notStillThere = (where: string, available: Money, needed: Money) =>
  notDecidable(
    `${where}’s balance does not agree that it did not leave: ${formatMoney(available)} are available, ${formatMoney(needed)} would have to be.`,
  );

/** An outside that does not answer is no answer. */
export async function asked(ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (error instanceof JunoError) throw outsideSilent(error.message);
    throw error;
  }
}
