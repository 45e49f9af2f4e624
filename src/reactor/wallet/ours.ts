import { and, desc, eq } from 'drizzle-orm';
import type { Call } from '../../chain/door.ts';
import type { EscrowAdapter } from '../../chain/escrow.ts';
import { type EscrowCall, readEscrowCall } from '../../chain/escrow-call.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import { contractOf, ownEscrow, ownEscrowId } from '../advance/own-escrow.ts';
import { claimsOfLeg } from '../advance/rows.ts';
import type { Context } from '../context.ts';
import { effect, leg } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import type { EffectKind } from '../effects/states.ts';
import { SPENDS, walletOf } from '../payment/former-wallet.ts';
import { readDepositAddress } from '../probe/trust.ts';
import { PolicyRefusedError } from './policy.ts';

const ESCROW_KINDS: ReadonlySet<EffectKind> = new Set([
  'chain_create',
  'chain_fund',
  'chain_dispute',
  'chain_resolve',
  'chain_release',
]);

/**
 * The last look before a signature, at what the calldata alone cannot say: that the escrow is this leg's own, by its reference
 * (an id is given again after a reorganisation: incident 9), in the leg's own contract, that what ends it pays the bridge wallet, that
 * Juno's deposit address is trusted, and that what is spent is this leg's own. Throws a PolicyRefusedError.
 */
export async function assertOurs(ctx: Context, { kind, subjectId }: EffectRow, { to, data }: Call): Promise<void> {
  if (SPENDS.has(kind)) await assertInThisWallet(ctx, kind, subjectId);
  if (ESCROW_KINDS.has(kind)) {
    const [owner] = await ctx.db.select().from(leg).where(eq(leg.id, subjectId));
    const contract = owner && contractOf(ctx, owner);
    if (!contract || contract.address.toLowerCase() !== to.toLowerCase())
      throw new PolicyRefusedError(kind, 'the contract is not this leg’s');
    const call = readEscrowCall(contract.version, data);
    if (
      call?.is === 'release' ||
      call?.is === 'release_early' ||
      call?.is === 'cancel_early' ||
      call?.is === 'dispute' ||
      call?.is === 'resolve' ||
      call?.is === 'cancel'
    ) {
      if ((await ownEscrowId(ctx, owner)) !== call.escrowId)
        throw new PolicyRefusedError(kind, `the escrow to ${call.is} does not carry this leg’s reference`);
      if (kind === 'chain_release') await assertPaysUs(ctx, contract, call.escrowId);
    } else if (call?.is === 'fund') await assertFundable(ctx, owner, call);
    else if ((call?.is !== 'create' && call?.is !== 'create_and_fund') || call.reference !== owner.reference)
      throw new PolicyRefusedError(kind, 'the escrow would not carry this leg’s reference');
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

/** What came to a wallet of before is there, or stolen: what this one has is another payment's. */
async function assertInThisWallet({ db, settings }: Context, kind: EffectKind, legId: string): Promise<void> {
  const [owner] = await db.select({ row: leg, claims: claimsOfLeg }).from(leg).where(eq(leg.id, legId));
  const wallet = owner && walletOf(owner.row, owner.claims, settings);
  if (wallet !== settings.bridge)
    throw new PolicyRefusedError(
      kind,
      `the leg’s MXNB are in ${wallet}: those in the bridge wallet are another payment’s`,
    );
}

/** The admins of a contract may have named another since the intent was recorded. */
async function assertPaysUs({ settings }: Context, contract: EscrowAdapter, escrowId: bigint): Promise<void> {
  const paid = await contract.paysTo(escrowId);
  if (paid !== settings.bridge)
    throw new PolicyRefusedError('chain_release', `escrow ${escrowId} would pay ${paid} and not the bridge wallet`);
}

/** Only the escrow that the leg is bound to: of several that carry its reference, one is ever funded. */
async function assertFundable(
  ctx: Context,
  owner: typeof leg.$inferSelect,
  { escrowId }: Extract<EscrowCall, { is: 'fund' | 'release' }>,
): Promise<void> {
  const escrow = await ownEscrow(ctx, owner);
  if (owner.escrowId !== escrowId || escrow?.escrowId !== escrowId)
    throw new PolicyRefusedError('chain_fund', 'the escrow to fund is not the one that this leg’s creation made');
  if (escrow.units !== toMxnb(centavos(owner.amount)).units)
    throw new PolicyRefusedError('chain_fund', 'the escrow is of another amount');
}
