/** The one way to the approver's signature: for an escrow of ours whose approvals or refund it reads itself, and that the chain has as it is asked for. */
import { eq } from 'drizzle-orm';
import { type Hex, isAddressEqual, recoverTypedDataAddress } from 'viem';
import { type EarlyApproval, earlyApprovalData, SIGNED_FOR_S } from '../../chain/early-approval.ts';
import { contractOf } from '../advance/own-escrow.ts';
import type { Context } from '../context.ts';
import { leg } from '../db/schema.ts';
import type { Driver, EffectRow } from '../effects/driver.ts';
import { assertGuards, GuardClosedError } from '../guards/check.ts';
import { passesOf } from '../guards/scope.ts';
import { SignerError } from '../wallet/signer.ts';
import { plain } from '../words.ts';
import { SIGNATURE_REQUEST } from './early.ts';
import { assertApproved } from './standing.ts';

/** It is not signed as things stand. Nothing was asked of the key. */
export class NotToBeSignedError extends Error {
  override readonly name = 'NotToBeSignedError';
  constructor(why: string) {
    super(`The approver does not sign: ${why}. Nothing was signed.`);
  }
}

/**
 * Signs for the escrow of an effect's leg: both sides have approved its release, or two people have ordered all of it back and it is
 * cancelled, by the database itself and under the lock on the payment; no hold,
 * dispute or switch stands over it; the escrow is in our contract under the leg's reference, funded and undisputed, as the chain has it
 * now; and the effect asks for exactly that. Throws a NotToBeSignedError, a GuardClosedError or a SignerError.
 */
export async function signRelease(ctx: Context, { subjectId, paymentId, request }: EffectRow): Promise<Hex> {
  const { approver, chain, db, settings } = ctx;
  if (!approver) throw new NotToBeSignedError('no approver is set up here');
  const [own] = await db.select().from(leg).where(eq(leg.id, subjectId));
  const contract = own && contractOf(ctx, own);
  if (!own || own.escrowId === null || own.deadline === null || !contract?.early)
    throw new NotToBeSignedError('the leg has no escrow that could end before its date');
  const asked = SIGNATURE_REQUEST.parse(request);
  const now = await contract.early.read(own.escrowId);
  if (!now || now.reference !== own.reference)
    throw new NotToBeSignedError('the escrow does not carry this leg’s reference, is not funded, or is disputed');
  const head = ctx.watchdog.current().headTimestamp;
  const wanted: EarlyApproval = {
    ...{ chainId: chain.chainId, contract: contract.address, escrowId: own.escrowId, reference: own.reference as Hex },
    ...{ act: asked.act, disputes: now.disputes, expiry: asked.expiry },
  };
  if (!isSame(asked, wanted) || asked.approver !== approver.address)
    throw new NotToBeSignedError('the escrow is not as it was when its signature was asked for');
  if (asked.expiry <= head || asked.expiry > head + SIGNED_FOR_S)
    throw new NotToBeSignedError('the signature would be good for no time, or for too long');
  if (!(await contract.early.isApprover(approver.address)))
    throw new NotToBeSignedError(`${approver.address} does not have the approver role of ${contract.address}`);
  await db.transaction(async (tx) => {
    await assertGuards(tx, { paymentId, legId: own.id, switches: [], ...passesOf('approver_signature') });
    await assertApproved(tx, ctx, own.id, { early: asked.act });
  });
  const data = earlyApprovalData(wanted);
  const signature = await approver.sign(data);
  const signer = await recoverTypedDataAddress({ ...data, signature }).catch(() => null);
  if (!signer || !isAddressEqual(signer, approver.address) || isAddressEqual(signer, settings.bridge))
    throw new SignerError('signer_differs', 'What was signed is not this release, or not by the approver’s key.');
  return signature;
}

const isSame = (a: EarlyApproval, b: EarlyApproval): boolean =>
  a.chainId === b.chainId &&
  isAddressEqual(a.contract, b.contract) &&
  a.escrowId === b.escrowId &&
  a.reference === b.reference &&
  a.disputes === b.disputes;

const sign = async (ctx: Context, row: EffectRow, guard?: () => Promise<void>) => {
  try {
    await guard?.();
    return { signature: await signRelease(ctx, row) };
  } catch (error) {
    const code =
      error instanceof SignerError || error instanceof GuardClosedError
        ? error.code
        : error instanceof NotToBeSignedError
          ? 'not_to_be_signed'
          : 'not_signed';
    return { code, text: plain(error instanceof Error ? error.message : 'a failure without a name') };
  }
};

/**
 * A signature moves nothing: it is of use only in a call that the wallet's own lane signs, and the same data signed twice is one and the
 * same permission. So whatever came of asking, it may be asked again.
 */
export const APPROVER_SIGNATURE: Driver = {
  isRepeatable: true,
  send: async (ctx, row, guard) => {
    const { signature, code, text } = { code: '', text: '', ...(await sign(ctx, row, guard)) };
    return signature ? { is: 'confirmed', externalId: signature } : { is: 'not_sent', code, text };
  },
  look: async (ctx, row) => {
    const { signature } = { signature: undefined, ...(await sign(ctx, row)) };
    return signature ? { found: 'one', externalId: signature } : { found: 'none' };
  },
};
