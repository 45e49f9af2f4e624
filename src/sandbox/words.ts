import { pesoAmount, plainAmount } from './amounts.ts';
import { nanosecondText, offsetText, zonelessText } from './clock.ts';
import { jsonNumber } from './json-number.ts';
import type { Switches } from './switches.ts';
import type { Transaction, TransactionStatus } from './transactions.ts';

/** How the mint platform writes what it says, as far as its pages leave that open. */

export const transactionTime = (time_ns: bigint, { transactionTime, serverUtcOffset_min }: Switches): string =>
  transactionTime === 'nanoseconds'
    ? nanosecondText(time_ns)
    : transactionTime === 'offset'
      ? offsetText(time_ns)
      : zonelessText(time_ns, serverUtcOffset_min);

export const transactionAmount = (units: bigint, { transactionAmount }: Switches): unknown =>
  transactionAmount === 'number' ? jsonNumber(plainAmount(units)) : plainAmount(units);

export function statusWord(status: TransactionStatus, { transactionComplete, transactionUnderWay }: Switches): string {
  if (status === 'COMPLETE') return transactionComplete;
  return status === 'IN_PROGRESS' ? transactionUnderWay : status;
}

/** Crypto types print their currency in lower case, the others in upper case (J/get-transaction-details). */
export function currencyWord({ method, type }: Transaction, { currencyCase }: Switches): string {
  // The one sample of an issuance from the Bitso balance prints "mxn" all the same.
  const isBitsoIssuance = method === 'BITSO_TRANSFER' && type === 'ISSUANCE';
  const word = method === 'BLOCKCHAIN' ? 'mxnb' : isBitsoIssuance ? 'mxn' : 'MXN';
  return currencyCase === 'by_type' ? word : currencyCase === 'upper' ? word.toUpperCase() : word.toLowerCase();
}

/** The keys under which the details of a transfer on the chain name its ends and its hash. */
export const cryptoKeys = ({ cryptoDetails }: Switches) =>
  cryptoDetails === 'sender_recipient'
    ? { from: 'sender_address', to: 'recipient_address', hash: 'transaction_hash' }
    : { from: 'from', to: 'to', hash: 'tx_hash' };

/** A peso amount as text with two decimals, or the same as a number. */
export const amountOf = (type: 'string' | 'number', units: bigint): unknown =>
  type === 'string' ? pesoAmount(units) : jsonNumber(plainAmount(units));
