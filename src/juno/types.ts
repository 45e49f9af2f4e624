import type { Money } from '../money/money.ts';
import type { JunoStatus } from './status.ts';

/** A transaction as list or detail shows it. Only a detail carries hash, address and CLABE. */
export type JunoTransaction = Readonly<{
  id: string;
  /** ISSUANCE, REDEMPTION, CRYPTO_DEPOSIT, CRYPTO_WITHDRAWAL, CONVERSION, or a word not known yet; upper case. */
  type: string;
  status: JunoStatus;
  statusText: string;
  /** In centavos, whether Juno says MXN or MXNB: the issuer converts 1:1. */
  amount: Money<'MXN'>;
  /** Null where the text names no zone; see `readMoment`. */
  createdAt: Date | null;
  createdAtText: string | null;
  updatedAtText: string | null;
  /** Lower case. Null unless exactly one is named. */
  txHash: string | null;
  /** Who receives on the chain, lower case. Null unless exactly one is named. */
  address: string | null;
  senderClabe: string | null;
  receiverClabe: string | null;
  /** The item as JSON; what was a number is text, its digits untouched. */
  raw: string;
}>;

/**
 * A transaction that is no whole number of centavos of MXN or MXNB: another currency, or dust that anybody may send to our
 * deposit address. It can be nobody's payment, and must not hide those that are.
 */
export type OtherTransaction = Omit<JunoTransaction, 'amount'> & Readonly<{ amount: null }>;

export type JunoDeposit = Readonly<{
  id: string;
  /** The CLABE of ours that received it. */
  clabe: string;
  amount: Money<'MXN'>;
  status: JunoStatus;
  statusText: string;
  /** As Juno shows it, which may be masked (P/payload-funding). */
  senderClabe: string | null;
  senderName: string | null;
  /** Null where the text names no zone, as Juno's SPEI lists do not; see `readMoment`. */
  createdAt: Date | null;
  createdAtText: string | null;
  /** The clave de rastreo under which it came. */
  trackingKey: string | null;
  /** The payout that came back by this deposit; null for an ordinary one, and where nobody says which it was. */
  refundedWithdrawal: RefundedWithdrawal | null;
  /** The item as JSON; what was a number is text, its digits untouched. */
  raw: string;
}>;

/** A payout that came back, as the deposit that brought it names it (P/list-deposits); each part may be missing. */
export type RefundedWithdrawal = Readonly<{
  wid: string | null;
  /** The clave de rastreo of the payout, not that of its return. */
  trackingKey: string | null;
  originId: string | null;
}>;

export type JunoClabe = Readonly<{
  clabe: string;
  type: string;
  /** ENABLED, DISABLED or BLOCKED (P/retrieve-clabe-details); what reaches any but an enabled one is sent back. */
  status: string;
  createdAtText: string | null;
}>;

/** Money that moved at Juno, whatever made it move (J/list-financial-movements). */
export type JunoMovement = Readonly<{
  /** Nobody says that it is one of its own: a redemption and its refund may share it, so only type and id together name one. */
  id: string;
  /** FUNDING, WITHDRAWAL, CONVERSION, or a word not known yet; upper case. */
  type: string;
  status: JunoStatus;
  statusText: string;
  /** The transaction that it belongs to, where its details name one. */
  transactionId: string | null;
  /** What its details call it, upper case. The words are not documented: for people, and never to decide by. */
  detailType: string | null;
  trackingKey: string | null;
  /** In centavos; null for another currency, for dust, and where no amount is told. */
  amount: Money<'MXN'> | null;
  /** Upper case; null where none is named. */
  currency: string | null;
  /** Null where the text names no zone; see `readMoment`. */
  createdAt: Date | null;
  createdAtText: string | null;
  /** Lower case. Null unless exactly one is named. */
  txHash: string | null;
  /** Who receives on the chain, lower case. Null unless exactly one is named. */
  address: string | null;
  senderClabe: string | null;
  receiverClabe: string | null;
  /** The payout that this brought back, where it is said. */
  refundedWithdrawal: RefundedWithdrawal | null;
  /** The item as JSON; what was a number is text, its digits untouched. */
  raw: string;
}>;

/** A payout from the Bitso balance (P/mxn-withdrawal-status). */
export type BitsoWithdrawal = Readonly<{
  wid: string;
  /** `pending` and `in_progress` (Bitso: processing) go on; `unknown` is a word never seen, and no end either. */
  status: JunoStatus;
  statusText: string;
  /** Null for another currency than pesos. */
  amount: Money<'MXN'> | null;
  /** Our own id of it. */
  originId: string | null;
  /** The clave de rastreo: with its date it names the SPEI order. */
  trackingKey: string | null;
  /** Banxico's receipt (CEP); empty texts, as before settlement, are null. */
  cepLink: string | null;
  /** Why it failed, in Bitso's words: for people, never to decide by. */
  failReason: string | null;
  beneficiaryClabe: string | null;
  beneficiaryName: string | null;
  createdAt: Date | null;
  createdAtText: string | null;
  /** The item as JSON; what was a number is text, its digits untouched. */
  raw: string;
}>;
