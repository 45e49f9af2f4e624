import { z } from 'zod';
import { type Clabe, isNvioClabe } from '../money/clabe.ts';
import type { Money } from '../money/money.ts';
import { printAmount } from './amount.ts';
import { BITSO_WITHDRAWALS, wrongReference } from './bitso-withdrawal.ts';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';
import { textual } from './json.ts';
import { idOf } from './page.ts';
import { type JunoStatus, readStatus } from './status.ts';

export type CreateBitsoWithdrawalParameters = Readonly<{
  /** The exact bytes, from `encodeBitsoWithdrawal`. */
  body: string;
  /** Called with the connection open, as the last thing before the request is written; when it throws, nothing is. */
  guard: () => void | Promise<void>;
}>;
export type CreateBitsoWithdrawalReturnType = Readonly<{
  /** For `getBitsoWithdrawal`. */
  wid: string;
  status: JunoStatus;
  statusText: string;
  /** The answer as it came. */
  raw: string;
}>;
export type CreateBitsoWithdrawalErrorType = SendErrorType;

export type EncodeBitsoWithdrawalParameters = Readonly<{
  amount: Money<'MXN'>;
  /** Of any bank but Nvio (710), which SPEI cannot serve (error 0714): for those there is `encodeBitsoTransfer`. */
  clabe: Clabe;
  /** Who is paid, as their bank has it. */
  beneficiary: string;
  /** Unique to this payout: the only way to find one whose answer was lost. */
  originId: string;
  /** What the recipient reads: at most 40 ASCII letters, digits and spaces. */
  concept?: string;
  /** At most 7 digits. */
  numericReference?: string;
  /** 12 or 13 characters. */
  rfc?: string;
}>;
/** The exact bytes to send, the same ones each time. */
export type EncodeBitsoWithdrawalReturnType = string;
export type EncodeBitsoWithdrawalErrorType = RangeError;

const RFC = /^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$/;
const ANSWER = z.object({ payload: z.object({ wid: idOf, status: textual.optional() }) });

/** The body of a payout by SPEI (P/mxn-account-data). Throws a RangeError at what Bitso would refuse (P/mxn-field-validations). */
export function encodeBitsoWithdrawal(parameters: EncodeBitsoWithdrawalParameters): EncodeBitsoWithdrawalReturnType {
  const { amount, clabe, beneficiary, originId, concept, numericReference, rfc } = parameters;
  const wrong = wrongReference(parameters);
  if (wrong) throw new RangeError(wrong);
  if (isNvioClabe(clabe)) throw new RangeError('SPEI does not reach CLABEs of prefix 710: make it a Bitso transfer');
  if (beneficiary.trim() === '') throw new RangeError('a beneficiary has a name');
  if (rfc !== undefined && !RFC.test(rfc)) throw new RangeError('an RFC has 12 or 13 characters of its form');
  return JSON.stringify({
    currency: 'mxn',
    protocol: 'clabe',
    amount: printAmount(amount),
    beneficiary,
    clabe,
    notes_ref: concept,
    numeric_ref: numericReference,
    rfc,
    origin_id: originId,
  });
}

/**
 * Pays pesos of the Bitso balance by SPEI (P/mxn-withdrawals). **Bitso's v3 has no idempotency key, and nobody says that an
 * `origin_id` is refused a second time**: after a `JunoUnknownError` never repeat it; ask `listBitsoWithdrawals` for its origin id.
 *
 * @example
 * const body = encodeBitsoWithdrawal({ amount: centavos(150_050n), clabe, beneficiary, originId, concept: 'Renta' });
 * const { wid } = await createBitsoWithdrawal(bitso, { body, guard });
 */
export async function createBitsoWithdrawal(
  client: JunoClient,
  { body, guard }: CreateBitsoWithdrawalParameters,
): Promise<CreateBitsoWithdrawalReturnType> {
  const { value, raw } = await client.call(
    { kind: 'send', method: 'POST', route: BITSO_WITHDRAWALS, body, guard },
    ANSWER,
  );
  const { wid, status: statusText = '' } = value.payload;
  return { wid, status: readStatus(statusText), statusText, raw };
}
