/**
 * Under which ids spans are found. A trace id has 128 bits, and so has a payment's own id: they are the same, without the hyphens. So every
 * process that works for a payment writes into one trace without being told by another, after a restart as well, and whoever knows the
 * payment knows where to look. The spans hang on a root of which the id is derived, too.
 *
 * The indexer knows no payment, only the opaque reference that an escrow carries on chain, out of which nobody makes the payment's id. What
 * it does for an escrow is a trace by the reference, and the roots of the two are linked both ways by the reactor, which knows both. Pure.
 */
import { createHash } from 'node:crypto';

export type Ids = Readonly<{ traceId: string; spanId: string }>;

const spanIdOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** @example rootOf('05e9eb13-6b04-4bd8-a0d9-2b3c4d5e6f70').traceId === '05e9eb136b044bd8a0d92b3c4d5e6f70' */
export const rootOf = (payment: string): Ids => ({
  traceId: payment.replaceAll('-', ''),
  spanId: spanIdOf(`kustodia payment ${payment}`),
});

/** Of an escrow, by its reference of 32 bytes: the first half of it. */
export const escrowRootOf = (reference: string): Ids => ({
  traceId: reference.slice(2, 34).toLowerCase(),
  spanId: spanIdOf(`kustodia escrow ${reference.toLowerCase()}`),
});

/** In a payment's trace, what stands for one of its escrows. */
export const escrowOf = (payment: string, reference: string): Ids => ({
  traceId: rootOf(payment).traceId,
  spanId: spanIdOf(`kustodia payment ${payment} escrow ${reference.toLowerCase()}`),
});

/** Of one log as one block has it: indexed again after a restart it is the same span. */
export const logSpanId = (log: string, blockHash: string): string => spanIdOf(`kustodia log ${log} ${blockHash}`);
