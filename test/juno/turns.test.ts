import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createJunoClient } from '../../src/juno/client.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';
import { openSigning } from '../../src/reactor/signing.ts';
import { openNonces } from '../../src/sandbox/nonces.ts';
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
    await migrateDatabase(processes[0] ?? expect.unreachable());
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
    for (const nonce of nonces) expect(String(nonce)).toMatch(/^\d{19}$/);
  } finally {
    await Promise.all(processes.map((db) => db.$client.end()));
  }
});

test('a key that heard a nonce of v2 goes on with v1, and no two draws give the same even without the turn', async () => {
  const db = openDatabase(await postgres.createDatabase());
  try {
    await migrateDatabase(db);
    const juno = { signedPath: 'with_query', amountAs: 'text', timeout_ms: 10_000 } as const;
    const [v2, v1] = (['v2', 'v1'] as const).map((nonce) => openSigning(db, { juno: { ...juno, nonce } }).nonce);
    if (!v1 || !v2) expect.unreachable();
    const before = BigInt(await v2());
    // The same millisecond is nobody's proof.
    await vi.waitUntil(() => BigInt(Date.now()) * 1_000_000n > before);
    const drawn: bigint[] = [];
    for (let n = 0; n < 40; n++)
      drawn.push(...(await Promise.all(Array.from({ length: 8 }, async () => BigInt(await v1())))));
    expect(new Set(drawn).size).toBe(320);
    for (const nonce of drawn) expect(nonce > before).toBe(true);
    const taken = openNonces('v1_only');
    expect([before, ...drawn.toSorted((a, b) => (a < b ? -1 : 1))].every((nonce) => taken.take(String(nonce)))).toBe(
      true,
    );
  } finally {
    await db.$client.end();
  }
});

test('each process draws many numbers at once for its nonces: no two are the same, and old ones are used no more', async () => {
  const url = await postgres.createDatabase();
  const processes = [openDatabase(url), openDatabase(url)];
  let now_ms = 1_790_000_000_000;
  try {
    await migrateDatabase(processes[0] ?? expect.unreachable());
    const juno = { signedPath: 'with_query', nonce: 'v2', amountAs: 'text', timeout_ms: 10_000 } as const;
    const draws = processes.map((db) => openSigning(db, { juno }, () => now_ms).nonce);
    // At one moment, so that nothing but the sequence keeps them apart.
    const nonces = await Promise.all(Array.from({ length: 100 }, (_, i) => draws[i % 2]?.()));
    expect(new Set(nonces).size).toBe(100);
    const last = async () =>
      Number((await processes[0]?.$client.query('SELECT last_value FROM reactor.juno_nonce'))?.rows[0].last_value);
    const before = await last();
    await draws[0]?.();
    expect(await last()).toBe(before);
    now_ms += 60_000;
    await draws[0]?.();
    expect(await last()).toBeGreaterThan(before);
  } finally {
    await Promise.all(processes.map((db) => db.$client.end()));
  }
});
