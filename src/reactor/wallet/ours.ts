import { eq } from 'drizzle-orm';
import { decodeFunctionData, type Hex } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import type { Call } from '../../chain/door.ts';
import type { Context } from '../context.ts';
import { leg } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { readDepositAddress } from '../probe/trust.ts';
import { PolicyRefusedError } from './policy.ts';

/**
 * The last look before a signature, at what the calldata alone cannot say: that the escrow is this leg's own, by its reference
 * (an id is given again after a reorganisation: incident 9), and that Juno's deposit address is trusted. Throws a
 * PolicyRefusedError.
 */
export async function assertOurs(ctx: Context, { kind, subjectId }: EffectRow, { data }: Call): Promise<void> {
  if (kind === 'chain_fund' || kind === 'chain_release') {
    const { args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data });
    const [owner] = await ctx.db.select({ reference: leg.reference }).from(leg).where(eq(leg.id, subjectId));
    const reference = owner?.reference as Hex | undefined;
    if (kind === 'chain_fund' && args?.[0] !== reference)
      throw new PolicyRefusedError(kind, 'the escrow would not carry this leg’s reference');
    if (kind === 'chain_release' && (!reference || (await ctx.chain.escrow.idOf(reference)) !== args?.[0]))
      throw new PolicyRefusedError(kind, 'the escrow to release does not carry this leg’s reference');
  }
  if (kind === 'chain_return' && !(await readDepositAddress(ctx)).isProved)
    throw new PolicyRefusedError(kind, 'Juno’s deposit address is not proved');
}
