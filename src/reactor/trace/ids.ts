/**
 * Under which ids a payment's spans are found. A trace id has 128 bits, and so has the payment's own id: they are the same, without
 * the hyphens. So every process that works for a payment writes into one trace without being told by another, after a restart as well,
 * and whoever knows the payment knows where to look. The spans hang on a root of which the id is derived, too; links would have been
 * followed by hand. Pure.
 */
import { createHash } from 'node:crypto';

export type Root = Readonly<{ traceId: string; spanId: string }>;

/** @example rootOf('05e9eb13-6b04-4bd8-a0d9-2b3c4d5e6f70').traceId === '05e9eb136b044bd8a0d92b3c4d5e6f70' */
export const rootOf = (payment: string): Root => ({
  traceId: payment.replaceAll('-', ''),
  spanId: createHash('sha256').update(`kustodia payment ${payment}`).digest('hex').slice(0, 16),
});
