/** Whether and for what an escrow can end before its date. */
import type { Hex } from 'viem';
import { z } from 'zod';
import { type EscrowCall, readEscrowCall } from '../../chain/escrow-call.ts';
import { contractOf } from '../advance/own-escrow.ts';
import type { Context } from '../context.ts';
import type { leg, payment } from '../db/schema.ts';
import type { EffectKind } from '../effects/states.ts';
import { EARLY_ACTS, type EarlyAct, PARTIES } from '../payment/states.ts';
import type { EffectView, LegFacts, LegView } from '../payment/view.ts';
import type { ApprovalRow } from './standing.ts';

const hex = z
  .string()
  .regex(/^0x[0-9a-f]*$/)
  .transform((text) => text as Hex);

/** What the intent of a signature says is to be signed. */
export const SIGNATURE_REQUEST = z.object({
  act: z.enum(EARLY_ACTS),
  chainId: z.number(),
  contract: hex,
  escrowId: z.string().transform(BigInt),
  reference: hex,
  disputes: z.number(),
  expiry: z.number(),
  approver: hex,
});
const CALL = z.object({ data: z.string().transform((text) => text as Hex) });

type EarlyCall = Extract<EscrowCall, { is: 'release_early' | 'cancel_early' }>;

/** The end before its date in these bytes; null where they are none. */
export function readEarlyCall(data: Hex): (EarlyCall & Readonly<{ act: EarlyAct }>) | null {
  const call = readEscrowCall('v3', data);
  if (call?.is !== 'release_early' && call?.is !== 'cancel_early') return null;
  return { ...call, act: call.is === 'release_early' ? 'release' : 'cancel' };
}

/** What was signed, or is to be, as a decision sees it. */
export function earlyOf(kind: EffectKind, request: unknown): Pick<EffectView, 'early'> {
  if (kind === 'approver_signature') {
    const { act, escrowId, disputes, expiry, approver } = SIGNATURE_REQUEST.parse(request);
    return { early: { act, escrowId, disputes, expiry, approver } };
  }
  const asked = kind === 'chain_release' ? CALL.safeParse(request) : null;
  const call = asked?.success ? readEarlyCall(asked.data.data) : null;
  if (!call) return {};
  // How many disputes there had been is in the signature alone.
  return {
    early: { act: call.act, escrowId: call.escrowId, disputes: null, expiry: call.expiry, approver: call.approver },
  };
}

/** Why no escrow of this contract ends before its date here; null where one can. */
export function whyClosed(canEnd: boolean, hasApprover: boolean): string | null {
  if (!canEnd) return 'its contract lets no escrow out sooner by anybody’s signature';
  return hasApprover ? null : 'no approver is set up to sign for it (ESCROW_APPROVER)';
}

/**
 * The leg’s escrow as an approver would sign for it now. Asked only where a signature may be needed: both have approved or all of it goes back, the date is not
 * yet, and no release is signed. */
export async function escrowNow(
  ctx: Context,
  own: typeof leg.$inferSelect,
  { releasePolicy }: typeof payment.$inferSelect,
  { approvals, refund }: Readonly<{ approvals: readonly ApprovalRow[]; refund: string | null }>,
  { chain_release: release }: LegView['effects'],
): Promise<Pick<LegFacts, 'escrowNow'>> {
  const { early } = contractOf(ctx, own) ?? {};
  const isPolicy = releasePolicy === 'approvals' || releasePolicy === 'date_or_approvals';
  const isEarly = own.deadline !== null && own.deadline > ctx.watchdog.current().headTimestamp;
  const haveBoth = PARTIES.every((party) => approvals.some((one) => one.party === party));
  const isBack = refund !== null && BigInt(refund) === own.amount;
  const isSigned = release?.state === 'sending' || release?.state === 'confirmed';
  if (isSigned || !early || !ctx.approver || own.escrowId === null || !isEarly) return {};
  if (!isBack && !(isPolicy && haveBoth)) return {};
  const now = await early.read(own.escrowId);
  if (now?.reference !== own.reference) return {};
  return { escrowNow: { escrowId: own.escrowId, disputes: now.disputes } };
}
