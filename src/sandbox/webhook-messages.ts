import { pesoAmount, plainAmount } from './amounts.ts';
import { nanosecondText, offsetText } from './clock.ts';
import { jsonNumber } from './json-number.ts';
import type { Switches } from './switches.ts';
import type { Transaction } from './transactions.ts';

/** A webhook: its body, and the part of it that is signed. */
export type Message = Readonly<{ body: string; signed: string }>;

type Told = Readonly<Pick<Transaction, 'id' | 'type' | 'units' | 'status' | 'createdAt_ns' | 'updatedAt_ns'>>;

const SENTENCES: Readonly<Partial<Record<Transaction['status'], string>>> = {
  COMPLETE: 'TRANSACTION_SUCCEEDED',
  FAILED: 'TRANSACTION_FAILED',
};

/** What a transaction's status is told with, in the form that the switch says (J/webhooks, whose example is cut). */
export function transactionMessage(told: Told, switches: Switches): Message {
  if (switches.webhookShape === 'type_data') return typeData(told);
  if (switches.webhookShape === 'funding_withdrawal') return likeBitso(told);
  return eventMessage(switches.webhookEvent, transactionFields(told));
}

/** `{event, payload}`, of which the payload alone is signed (P/webhook-event-signatures). */
export function eventMessage(event: string, payload: object): Message {
  return { body: JSON.stringify({ event, payload }), signed: JSON.stringify(payload) };
}

function typeData(told: Told): Message {
  const data = { transaction: transactionFields(told) };
  const type = SENTENCES[told.status] ?? 'TRANSACTION_UPDATED';
  return { body: JSON.stringify({ type, data }), signed: JSON.stringify(data) };
}

/** As Bitso tells of deposits and withdrawals (P/payload-funding, P/payload-withdrawal). */
function likeBitso({ id, type, units, status, createdAt_ns }: Told): Message {
  const isOut = type === 'REDEMPTION' || type === 'CRYPTO_WITHDRAWAL';
  return eventMessage(isOut ? 'withdrawal' : 'funding', {
    [isOut ? 'wid' : 'fid']: id,
    status: status.toLowerCase(),
    created_at: offsetText(createdAt_ns),
    currency: 'mxn',
    amount: pesoAmount(units),
  });
}

const transactionFields = ({ id, type, status, units, createdAt_ns, updatedAt_ns }: Told) => ({
  id,
  transaction_type: type,
  status,
  amount: jsonNumber(plainAmount(units)),
  created_at: nanosecondText(createdAt_ns),
  updated_at: nanosecondText(updatedAt_ns),
});
