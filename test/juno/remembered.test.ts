import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JunoUnavailableError } from '../../src/juno/errors.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { clientOf, json, type Peer, startPeer } from './peer.ts';

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

describe('an answer that is the one before, to the letter', () => {
  const page = (status: string) => [
    { id: 'a', amount: '1.00', transaction_type: 'ISSUANCE', summary_status: status, created_at: '2026-01-01' },
  ];
  test('gives the same items again, and another answer gives others', async () => {
    peer.answers.push(json(page('PENDING')), json(page('PENDING')), json(page('COMPLETE')));
    const { client } = clientOf(peer.url);
    const [first, again, other] = [
      await listTransactions(client),
      await listTransactions(client),
      await listTransactions(client),
    ].map(({ items }) => items[0] ?? expect.unreachable());
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(other?.status).toBe('complete');
  });

  test('is no success where it comes with an error', async () => {
    peer.answers.push(json(page('PENDING')), { ...json(page('PENDING')), status: 500 });
    const { client } = clientOf(peer.url);
    await listTransactions(client);
    await expect(listTransactions(client)).rejects.toThrow(JunoUnavailableError);
  });
});
