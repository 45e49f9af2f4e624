import { and, desc, eq } from 'drizzle-orm';
import { decodeFunctionData, type Hex } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import type { Call } from '../../chain/door.ts';
import type { Context } from '../context.ts';
import { effect, leg } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { readDepositAddress } from '../probe/trust.ts';
import { PolicyRefusedError } from './policy.ts';

/**
 * The last look before a signature, at what the calldata alone cannot say: that the escrow is this leg's own, by its reference
 * (an id is given again after a reorganisation: incident 9), that Juno's deposit address is trusted, and that what goes back to it is this leg's own. Throws a
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
  if (kind !== 'chain_return') return;
  if (!(await readDepositAddress(ctx)).isProved)
    throw new PolicyRefusedError(kind, 'Juno’s deposit address is not proved');
  const [release] = await ctx.db
    .select({ state: effect.state })
    .from(effect)
    .where(and(eq(effect.subjectKind, 'leg'), eq(effect.subjectId, subjectId), eq(effect.kind, 'chain_release')))
    .orderBy(desc(effect.attempt))
    .limit(1);
  // What never was in an escrow has none.
  if (release && release.state !== 'confirmed')
    throw new PolicyRefusedError(kind, 'its escrow is not released: the MXNB in the wallet are another payment’s');
}
