import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWebhook } from '../../src/juno/webhook.ts';

describe('a webhook gives what to look at, and the status', () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  test.each([
    ['bare', { id: 't-1' }, ['t-1'], [], null],
    ['as the detail', { payload: { transaction_id: 't-1', id: 't-1', status: 'Complete' } }, ['t-1'], [], 'COMPLETE'],
    ['as the summary', { payload: { id: 't-1', summary_status: 'FAILED' } }, ['t-1'], [], 'FAILED'],
    ['of third parties', { data: { transaction: { id: 7, status: ['x'] } } }, ['7'], [], null],
    ['of a payout', { event: 'withdrawal', payload: { wid: 'w-1', status: 'processing' } }, [], ['w-1'], 'PROCESSING'],
    ['of a deposit', { event: 'funding', payload: { fid: 'f-1', status: 'complete' } }, [], ['f-1'], 'COMPLETE'],
  ])('%s', (_, body, transactionIds, bitsoIds, status) =>
    expect(readWebhook(bytes(body))).toEqual({ kind: 'hint', transactionIds, bitsoIds, status }),
  );

  test('and is unreadable without one, never an exception', () => {
    for (const text of ['', '<xml/>', '{"event":"x"}', '{"id":null}', '['.repeat(100_000)])
      expect(readWebhook(new TextEncoder().encode(text))).toEqual({ kind: 'unreadable' });
    fc.assert(fc.property(fc.uint8Array(), (body) => void readWebhook(body)));
  });
});
