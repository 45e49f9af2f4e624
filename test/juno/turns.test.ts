import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createJunoClient } from '../../src/juno/client.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { openSigning } from '../../src/reactor/signing.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { API_KEY, API_SECRET, json, type Peer, startPeer } from './peer.ts';

let postgres: TestPostgres;
let peer: Peer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer?.close());

test('where each nonce must be greater than the last, they arrive so, from two processes that call at once', async () => {
  const url = await postgres.createDatabase();
  const processes = [openDatabase(url), openDatabase(url)];
  try {
    await processes[0]?.$client.query('CREATE SCHEMA reactor; CREATE SEQUENCE reactor.juno_nonce');
    const clients = processes.map((db) =>
      createJunoClient({
        baseUrl: peer.url,
        apiKey: API_KEY,
        apiSecret: API_SECRET,
        ...openSigning(db, { juno: { signedPath: 'with_query', nonce: 'v1', amountAs: 'text', timeout_ms: 10_000 } }),
        acquire: async () => undefined,
        log: () => undefined,
      }),
    );
    // One that fails gives its turn away as well.
    peer.answers.push((socket) => socket.destroy(), json([]));
    const calls = Array.from({ length: 60 }, (_, i) => clients[i % 2]).map((client) =>
      listClabes(client ?? expect.unreachable()),
    );
    const ended = await Promise.allSettled(calls);
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const nonces = peer.received.map(({ headers }) => BigInt(headers.authorization?.split(':')[1] ?? 0));
    expect(nonces).toHaveLength(60);
    for (const [i, nonce] of nonces.entries()) expect(nonce > (nonces[i - 1] ?? 0n)).toBe(true);
    for (const nonce of nonces) expect(String(nonce)).toMatch(/^\d{13}$/);
  } finally {
    await Promise.all(processes.map((db) => db.$client.end()));
  }
});
