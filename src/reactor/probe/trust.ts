import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Given } from '../guards/scope.ts';
import type { PaymentView } from '../payment/view.ts';

/** What is trusted: this very address on this chain, for this token, at this Juno. Change any part and it is another. */
export const depositAddressId = ({ settings }: Pick<Context, 'settings'>): string =>
  `${settings.junoEnv}:${settings.chainId}:${settings.token}:${settings.junoDepositAddress}`;

/** Whether a probe proved it, as a part of a larger question. */
export const isAddressProved = (id: Given) =>
  sql<boolean>`EXISTS (SELECT 1 FROM reactor.deposit_address a WHERE a.id = ${id})`;

export async function readDepositAddress(
  ctx: Pick<Context, 'db' | 'settings'>,
): Promise<PaymentView['depositAddress']> {
  const { rows } = await ctx.db.execute<{ proved: boolean }>(
    sql`SELECT ${isAddressProved(depositAddressId(ctx))} AS proved`,
  );
  return depositAddressView(ctx, rows[0]?.proved === true);
}

export const depositAddressView = (
  { settings }: Pick<Context, 'settings'>,
  isProved: boolean,
): PaymentView['depositAddress'] => ({
  isProved,
  sentence: isProved
    ? ''
    : `Juno’s deposit address ${settings.junoDepositAddress} to be proved: a small transfer of Kustodia’s own MXNB has to come back as a CRYPTO_DEPOSIT first (kustodia doctor says what is missing)`,
});
