import { eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { depositAddress } from '../db/schema.ts';
import type { PaymentView } from '../payment/view.ts';

/** What is trusted: this very address on this chain, for this token, at this Juno. Change any part and it is another. */
export const depositAddressId = ({ settings }: Pick<Context, 'settings'>): string =>
  `${settings.junoEnv}:${settings.chainId}:${settings.token}:${settings.junoDepositAddress}`;

export async function depositAddressView(
  ctx: Pick<Context, 'db' | 'settings'>,
): Promise<PaymentView['depositAddress']> {
  const [proved] = await ctx.db
    .select({ id: depositAddress.id })
    .from(depositAddress)
    .where(eq(depositAddress.id, depositAddressId(ctx)));
  return {
    isProved: proved !== undefined,
    sentence: proved
      ? ''
      : `Juno’s deposit address ${ctx.settings.junoDepositAddress} to be proved: a small transfer of Kustodia’s own MXNB has to come back as a CRYPTO_DEPOSIT first (kustodia doctor says what is missing)`,
  };
}
