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
import type { LegView, RecordIntent } from '../payment/view.ts';

/** SPEI's numeric reference has at most 7 digits; the payment's own number makes it traceable at the recipient's bank. */
const NUMERIC_REFERENCES = 10_000_000;

export type LegRows = Readonly<{
  leg: typeof leg.$inferSelect;
  payment: typeof payment.$inferSelect;
  destination: typeof destination.$inferSelect;
}>;

/** Exactly what an effect of a leg will send, and how much it moves. Made once, when the intent is recorded, and never again. */
export function requestOf(
  ctx: Context,
  { effect: kind, attempt, leg: view }: RecordIntent,
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
    case 'chain_fund': {
      const reference = rows.leg.reference as `0x${string}`;
      const custody = BigInt(rows.payment.custodySeconds);
      return { amount: tokens, request: chain.escrow.fundCall(reference, tokens.units, custody) };
    }
    case 'chain_release': {
      if (rows.leg.escrowId === null) throw new Error(`leg ${view.id} has no escrow`);
      return { amount: tokens, request: chain.escrow.releaseCall(rows.leg.escrowId) };
    }
    case 'chain_return':
      return { amount: tokens, request: chain.transferCall(settings.junoDepositAddress, tokens.units) };
    default:
      throw new Error(`${kind} is not an effect of a leg`);
  }
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
