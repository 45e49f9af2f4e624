import type { Hex } from 'viem';
import { SIGNED_FOR_S, type SignedApproval } from '../../chain/early-approval.ts';
import type { Call, EscrowAdapter } from '../../chain/escrow.ts';
import type { AmountAs } from '../../juno/amount.ts';
import { encodeBitsoTransfer } from '../../juno/createBitsoTransfer.ts';
import { encodeBitsoWithdrawal } from '../../juno/createBitsoWithdrawal.ts';
import { encodeBitsoRedemption, encodeRedemption } from '../../juno/createRedemption.ts';
import { encodeWithdrawal } from '../../juno/createWithdrawal.ts';
import { parseClabe } from '../../money/clabe.ts';
import { type Money, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { destination, leg, payment } from '../db/schema.ts';
import { deriveKey } from '../effects/key.ts';
import { earlyActOf } from '../payment/release.ts';
import type { LegView, RecordIntent } from '../payment/view.ts';
import { contractOf } from './own-escrow.ts';

/** SPEI's numeric reference has at most 7 digits; the payment's own number makes it traceable at the recipient's bank. */
const NUMERIC_REFERENCES = 10_000_000;

/** After an escrow was made, it can be funded for so long; seconds. */
const FUND_WITHIN_S = 30 * 24 * 3600;

export type LegRows = Readonly<{
  leg: typeof leg.$inferSelect;
  payment: typeof payment.$inferSelect;
  destination: typeof destination.$inferSelect;
}>;

/** Exactly what an effect of a leg will send, and how much it moves. Made once, when the intent is recorded, and never again. */
export function requestOf(
  ctx: Context,
  { effect: kind, attempt, leg: view, reason = 'disputed', early }: RecordIntent,
  rows: LegRows,
): { amount: Money; request: object } {
  const { chain, settings } = ctx;
  const { amount } = view;
  const { amountAs } = settings.juno;
  const tokens = toMxnb(amount);
  switch (kind) {
    case 'juno_withdrawal':
      return {
        amount: tokens,
        request: { body: encodeWithdrawal({ amount: tokens, address: settings.bridge, amountAs }) },
      };
    case 'juno_redemption':
      return { amount, request: { body: redemption(view, rows, amountAs) } };
    case 'bitso_payout': {
      const originId = deriveKey(settings.keySecret, { subjectKind: 'leg', subjectId: view.id, kind, attempt });
      return { amount, request: { body: bitsoPayout(view, rows, originId) } };
    }
    case 'chain_create':
      return { amount: tokens, request: createCall(ctx, rows, tokens.units) };
    case 'chain_fund': {
      const contract = driven(ctx, rows);
      if (contract.funds === 'in_two') return { amount: tokens, request: contract.fundCall(escrowIdOf(rows)) };
      const custody = BigInt(rows.payment.custodySeconds);
      return { amount: tokens, request: contract.fundCall(rows.leg.reference as Hex, tokens.units, custody) };
    }
    case 'chain_dispute':
      return { amount: tokens, request: driven(ctx, rows).disputeCall(escrowIdOf(rows), reason) };
    case 'chain_resolve':
      return { amount: tokens, request: driven(ctx, rows).endsDispute.call(escrowIdOf(rows)) };
    case 'chain_release': {
      const contract = driven(ctx, rows);
      // A dispute that can end in no other way ends by this.
      const isCancel = view.facts.isDisputed === true && contract.endsDispute.by === 'cancel';
      return {
        amount: tokens,
        request: isCancel ? contract.endsDispute.call(escrowIdOf(rows)) : releaseCall(ctx, rows, early),
      };
    }
    case 'approver_signature':
      return { amount: tokens, request: signatureRequest(ctx, rows, view) };
    case 'chain_return':
      return { amount: tokens, request: chain.transferCall(settings.junoDepositAddress, tokens.units) };
    default:
      throw new Error(`${kind} is not an effect of a leg`);
  }
}

/**
 * The contract's own deadline is not what custody is counted by there: it asks none on release, and only bars a funding that comes
 * later (and, on version 2, a dispute). So it leaves room for a payment that is held before its escrow is funded.
 */
function createCall(ctx: Context, rows: LegRows, units: bigint): Call {
  const contract = driven(ctx, rows);
  if (contract.funds !== 'in_two') throw new Error(`the contract of leg ${rows.leg.id} makes no escrow by itself`);
  const deadline = BigInt(ctx.watchdog.current().headTimestamp + rows.payment.custodySeconds + FUND_WITHIN_S);
  return contract.createCall({
    reference: rows.leg.reference as Hex,
    units,
    deadline,
    bridge: ctx.settings.bridge,
  });
}

function releaseCall(ctx: Context, rows: LegRows, early: RecordIntent['early']): Call {
  const contract = driven(ctx, rows);
  if (!early) return contract.releaseCall(escrowIdOf(rows));
  if (!contract.early) throw new Error(`the contract of leg ${rows.leg.id} ends no escrow before its date`);
  return contract.early.call(escrowIdOf(rows), early as SignedApproval);
}

/** What is to be signed, of the escrow as it was seen just now; the signer looks for itself. */
function signatureRequest(ctx: Context, rows: LegRows, view: LegView): object {
  const {
    id,
    facts: { escrowNow },
  } = view;
  if (!escrowNow || !ctx.approver) throw new Error(`nobody signs for leg ${id}, or its escrow was not read`);
  return {
    act: earlyActOf(view),
    ...{ chainId: ctx.settings.chainId, contract: driven(ctx, rows).address.toLowerCase() },
    ...{ escrowId: escrowNow.escrowId.toString(), reference: rows.leg.reference, disputes: escrowNow.disputes },
    ...{ expiry: ctx.watchdog.current().headTimestamp + SIGNED_FOR_S, approver: ctx.approver.address },
  };
}

function driven(ctx: Context, { leg: row }: LegRows): EscrowAdapter {
  const contract = contractOf(ctx, row);
  if (!contract) throw new Error(`leg ${row.id} is in ${row.escrowContract}, which the settings do not name`);
  return contract;
}

function escrowIdOf({ leg: row }: LegRows): bigint {
  if (row.escrowId === null) throw new Error(`leg ${row.id} has no escrow`);
  return row.escrowId;
}

function redemption({ id, rail, amount }: LegView, { destination: account }: LegRows, amountAs: AmountAs): string {
  if (rail !== 'bank_redemption') return encodeBitsoRedemption({ amount, amountAs });
  if (!account.junoAccountId || !account.verifiedAt) throw new Error(`the payout account of leg ${id} is not verified`);
  return encodeRedemption({ amount, bankAccountId: account.junoAccountId, amountAs });
}

function bitsoPayout({ rail, amount }: LegView, { destination: account, payment }: LegRows, originId: string): string {
  const shared = {
    amount,
    clabe: parseClabe(account.clabe),
    originId,
    // Whether “alphanumeric” lets spaces be is not said (P/mxn-account-data), and a refusal would end the payout.
    concept: payment.concept.replaceAll(' ', ''),
    numericReference: String(payment.number % NUMERIC_REFERENCES),
  };
  return rail === 'bitso_transfer'
    ? encodeBitsoTransfer(shared)
    : encodeBitsoWithdrawal({ ...shared, beneficiary: account.legalName });
}
