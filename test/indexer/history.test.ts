import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { INDEXED_CHANNEL } from '../../src/chain/indexed/channel.ts';
import { IndexerNotReadyError } from '../../src/chain/indexed/errors.ts';
import { readCheckpoint } from '../../src/chain/indexed/readCheckpoint.ts';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { readTransfers } from '../../src/chain/indexed/readTransfers.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { AMOUNT, BRIDGE, deployEscrows, JUNO, lower, referenceOf, STRANGER, type TestEscrows } from './escrows.ts';
import { environmentOf, launchIndexer, openPool, type TestIndexer } from './launch.ts';
import { readEscrow } from './read-escrow.ts';

const START_TIMEOUT_MS = 180_000;
const SOON = { timeout: 20_000, interval: 50 };

let postgres: TestPostgres;
let anvil: TestAnvil;
let escrows: TestEscrows;
let indexer: TestIndexer;
let databaseUrl: string;
let db: pg.Pool;

beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
  escrows = await deployEscrows(anvil);
  databaseUrl = await postgres.createDatabase();
  db = openPool(databaseUrl);
  indexer = await launchIndexer({
    ...environmentOf(anvil, escrows, databaseUrl),
    // A collector that is away: all of this file goes on without it.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9/key-in-a-path',
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await indexer?.stop();
  await db?.end();
  await Promise.all([anvil?.stop(), postgres?.stop()]);
}, START_TIMEOUT_MS);

const eventsOf = (...references: string[]) => readEscrowEvents(db, { references });
const kindsOf = async (reference: string) => (await eventsOf(reference)).map(({ kind }) => kind);

describe('an escrow', () => {
  it('has each change as a row of its own, with its place on the chain and its reference', async () => {
    const reference = referenceOf(1);
    const funding = await escrows.fund(reference, 30n);
    const release = await escrows.release(reference);
    await vi.waitFor(
      async () => expect(await kindsOf(reference)).toEqual(['created', 'referenced', 'funded', 'released']),
      SOON,
    );

    const escrowId = await escrows.idOf(reference);
    const contract = lower(escrows.escrow);
    const block = await anvil.client.getBlock({ blockHash: funding.blockHash });
    const events = await eventsOf(reference);
    for (const [i, receipt] of [funding, funding, funding, release].entries()) {
      const event = events[i];
      expect(event).toMatchObject({
        id: `31337:${receipt.transactionHash}:${event?.logIndex}`,
        chainId: 31_337,
        contract,
        escrowId,
        reference,
        blockNumber: receipt.blockNumber,
        blockHash: receipt.blockHash,
        txHash: receipt.transactionHash,
      });
    }
    expect(events.map(({ amount }) => amount)).toEqual([AMOUNT, null, AMOUNT, null]);
    expect(events[0]?.blockTimestamp).toBe(Number(block.timestamp));
    expect(await readEscrow(db, { reference })).toMatchObject({
      contract,
      escrowId,
      deadline: Number(block.timestamp) + 30,
      status: 'released',
      amount: AMOUNT,
      token: lower(escrows.token),
    });
  });

  it('has its transfers, and Juno’s, but nobody else’s', async () => {
    const reference = referenceOf(2);
    const funding = await escrows.fund(reference);
    const release = await escrows.release(reference);
    const toStranger = await escrows.transfer(BRIDGE, STRANGER.address, 10n);
    const betweenOurs = await escrows.transfer(BRIDGE, JUNO.address, 7n);
    const foreign = await escrows.transfer(STRANGER, '0x000000000000000000000000000000000000bEEF', 4n);
    const last = await escrows.transfer(JUNO, STRANGER.address, 3n);
    const receipts = [funding, release, toStranger, betweenOurs, foreign, last];
    const txHashes = receipts.map(({ transactionHash }) => transactionHash);

    await vi.waitFor(
      async () => expect(await readTransfers(db, { txHashes: txHashes.slice(-1) })).toHaveLength(1),
      SOON,
    );
    const transfers = await readTransfers(db, { txHashes });
    const [bridge, juno, stranger, contract] = [BRIDGE.address, JUNO.address, STRANGER.address, escrows.escrow].map(
      lower,
    );
    expect(transfers.map(({ from, to, value }) => ({ from, to, value }))).toEqual([
      { from: bridge, to: contract, value: AMOUNT },
      { from: contract, to: bridge, value: AMOUNT },
      { from: bridge, to: stranger, value: 10n },
      { from: bridge, to: juno, value: 7n },
      { from: juno, to: stranger, value: 3n },
    ]);
    expect(transfers[0]).toMatchObject({
      id: `31337:${funding.transactionHash}:${transfers[0]?.logIndex}`,
      token: lower(escrows.token),
      blockNumber: funding.blockNumber,
      blockHash: funding.blockHash,
      txHash: funding.transactionHash,
    });
  });

  it('goes back into custody after a dispute, or is cancelled by it', async () => {
    const [seller, payer] = [referenceOf(3), referenceOf(4)];
    for (const reference of [seller, payer]) {
      await escrows.fund(reference);
      await escrows.dispute(reference, 'not as described');
    }
    await escrows.resolve(seller, true);
    await escrows.resolve(payer, false);
    const before = ['created', 'referenced', 'funded', 'disputed', 'dispute_resolved'];
    await vi.waitFor(async () => expect(await kindsOf(payer)).toEqual([...before, 'cancelled']), SOON);
    expect(await kindsOf(seller)).toEqual(before);
    expect((await readEscrow(db, { reference: seller }))?.status).toBe('funded');
    expect((await readEscrow(db, { reference: payer }))?.status).toBe('cancelled');
    expect((await eventsOf(seller, payer)).every(({ reference }) => reference !== null)).toBe(true);
    const { rows } = await db.query(
      `SELECT kind, detail FROM indexed.escrow_event WHERE reference = $1 AND detail IS NOT NULL ORDER BY block_number, log_index`,
      [payer],
    );
    expect(rows).toEqual([
      { kind: 'disputed', detail: { by: lower(BRIDGE.address), reason: 'not as described' } },
      { kind: 'dispute_resolved', detail: { inFavorOfSeller: false } },
    ]);
  });

  it('answers to GraphQL by its reference, with its history and transfers', async () => {
    const reference = referenceOf(5);
    const funding = await escrows.fund(reference);
    await vi.waitFor(async () => expect(await kindsOf(reference)).toHaveLength(3), SOON);
    const query = `{ escrows(where: { reference: "${reference}" }) { items { status
      events(orderBy: "logIndex") { items { kind txHash blockHash reference } } transfers { items { to value } } } } }`;
    for (const path of ['/graphql', '/']) {
      const response = await fetch(`${indexer.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const place = { txHash: funding.transactionHash, blockHash: funding.blockHash, reference };
      expect(await response.json()).toEqual({
        data: {
          escrows: {
            items: [
              {
                status: 'funded',
                events: { items: ['created', 'referenced', 'funded'].map((kind) => ({ kind, ...place })) },
                transfers: { items: [{ to: lower(escrows.escrow), value: String(AMOUNT) }] },
              },
            ],
          },
        },
      });
    }
    const ask = (sql: string, ...params: unknown[]) =>
      fetch(`${indexer.url}/sql/db?sql=${encodeURIComponent(JSON.stringify({ json: { sql, params } }))}`);
    const found = await ask('SELECT status FROM escrow WHERE reference = $1 LIMIT $2', reference, 10);
    expect([found.status, await found.json()]).toMatchObject([200, { rows: [{ status: 'funded' }] }]);
    expect((await ask('SELECT status FROM escrow')).status).toBe(400);
    // Ponder has one judgement for both: the first ten digits of their hashes, as they are put to it, are the same.
    const twins = [
      'SELECT 2215096 AS a LIMIT 1',
      "SELECT pg_try_advisory_lock(hashtextextended('reactor.intents', 0)) AS got, pg_backend_pid() AS pid, 1682204 AS b LIMIT 1",
    ] as const;
    expect([(await ask(twins[0])).status, (await ask(twins[1])).status]).toEqual([200, 400]);
    // What takes too long ends once, and is not begun again.
    const many = [...'abcdefghijklmnopqrstuvwxyz'].map((name) => `escrow_event ${name}`);
    const ends = ask(`SELECT count(*) FROM ${many.join(', ')} LIMIT 1`);
    const long = await ask(
      `SELECT ${Array(150).fill('x').join(', ')} FROM (SELECT created_tx_hash AS x FROM escrow) e LIMIT 1`,
    );
    expect([long.status, await long.text()]).toEqual([413, expect.stringContaining('8192 characters')]);
    const ended = await ends;
    expect([ended.status, await ended.text()]).toEqual([500, expect.stringContaining('statement timeout')]);
    expect((await fetch(`${indexer.url}/sql/live?sql=x`)).status).toBe(404);
    // Of statements that take a moment two are answered at once.
    const five = [...'abcde'].map((name) => `escrow_event ${name}`).join(', ');
    await vi.waitFor(async () => {
      const told = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(() => ask(`SELECT count(*) FROM ${five} LIMIT 1`)));
      const statuses = told.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
      expect(statuses).toContain(429);
    }, SOON);
  });
});

it('costs spans and nothing else where the collector of traces is away, and says so once', async () => {
  await escrows.fund(referenceOf(15));
  await vi.waitFor(async () => expect(await kindsOf(referenceOf(15))).toContain('funded'), SOON);
  await vi.waitFor(() => expect(indexer.output()).toContain('traces_not_sent'), SOON);
  expect(indexer.output().match(/traces_not_sent/g)).toHaveLength(1);
  expect(indexer.output()).not.toContain('key-in-a-path');
});

describe('the admins', () => {
  it('leave a row for what they do', async () => {
    const pause = await escrows.pause();
    const unpause = await escrows.unpause();
    const read = async () => {
      const { rows } = await db.query(
        'SELECT name, tx_hash, args FROM indexed.admin_event WHERE tx_hash = ANY($1) ORDER BY block_number',
        [[pause.transactionHash, unpause.transactionHash]],
      );
      return rows;
    };
    await vi.waitFor(async () => expect(await read()).toHaveLength(2), SOON);
    expect(await read()).toMatchObject([
      { name: 'Paused', tx_hash: pause.transactionHash },
      { name: 'Unpaused', tx_hash: unpause.transactionHash },
    ]);
    const { rows } = await db.query('SELECT DISTINCT name FROM indexed.admin_event');
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['RoleGranted', 'TokenAllowedSet']));
  });
});

describe('the change feed', () => {
  it('notifies once a block’s rows can be read', async () => {
    const listener = new pg.Client({ connectionString: databaseUrl });
    await listener.connect();
    try {
      const reference = referenceOf(6);
      const seen: number[] = [];
      listener.on('notification', () => void kindsOf(reference).then((kinds) => seen.push(kinds.length)));
      await listener.query(`LISTEN ${pg.escapeIdentifier(INDEXED_CHANNEL)}`);
      await escrows.fund(reference);
      await vi.waitFor(() => expect(seen).toContain(3), SOON);
    } finally {
      await listener.end();
    }
  });

  it('says how far it is', async () => {
    await anvil.client.mine({ blocks: 1 });
    const head = await anvil.client.getBlock();
    await vi.waitFor(
      async () =>
        expect(await readCheckpoint(db)).toEqual({ blockNumber: head.number, timestamp: Number(head.timestamp) }),
      SOON,
    );
  });

  it('is not ready where there are no views', async () => {
    const empty = openPool(await postgres.createDatabase('empty'));
    try {
      await expect(readCheckpoint(empty)).rejects.toThrow(IndexerNotReadyError);
      await expect(readEscrow(empty, { reference: referenceOf(1) })).rejects.toThrow(IndexerNotReadyError);
      await expect(readEscrowEvents(empty, { references: [] })).rejects.toThrow(IndexerNotReadyError);
      await expect(readTransfers(empty, { txHashes: [] })).rejects.toThrow(IndexerNotReadyError);
    } finally {
      await empty.end();
    }
  });
});

describe('a reorganisation', () => {
  it('takes the rows of its blocks back, and an id on chain then names another escrow', async () => {
    const [lost, kept] = [referenceOf(7), referenceOf(8)];
    const snapshot = await anvil.client.snapshot();
    await escrows.fund(lost);
    const escrowId = await escrows.idOf(lost);
    await vi.waitFor(async () => expect(await kindsOf(lost)).toHaveLength(3), SOON);

    await anvil.client.revert({ id: snapshot });
    const funding = await escrows.fund(kept);
    await anvil.client.mine({ blocks: 2 });
    await vi.waitFor(async () => {
      expect(await kindsOf(lost)).toEqual([]);
      expect(await kindsOf(kept)).toHaveLength(3);
    }, SOON);
    expect(await readEscrow(db, { reference: lost })).toBeNull();
    expect(await readEscrow(db, { reference: kept })).toMatchObject({ escrowId });
    expect(new Set((await eventsOf(kept)).map(({ blockHash }) => blockHash))).toEqual(new Set([funding.blockHash]));
  });
});

describe('a server beside the indexer', () => {
  const ask = async (url: string, query: string) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return response.json();
  };

  it('answers what the indexer wrote, without a right to write, and goes on while the indexer is down', async () => {
    const reference = referenceOf(77);
    await escrows.fund(reference, 30n);
    await vi.waitFor(async () => expect(await kindsOf(reference)).toContain('funded'), SOON);
    // As a replica of the database is.
    const readOnly = new URL(databaseUrl);
    readOnly.searchParams.set('options', '-c default_transaction_read_only=on');
    const replica = await launchIndexer(environmentOf(anvil, escrows, readOnly.href), ['--serve']);
    try {
      const query = `{ escrows(where: { reference: "${reference}" }) { items { status amount } } }`;
      const answer = { data: { escrows: { items: [{ status: 'funded', amount: AMOUNT.toString() }] } } };
      expect(await ask(replica.url, query)).toEqual(answer);
      expect(await ask(indexer.url, query)).toEqual(answer);
      await indexer.stop();
      expect(await ask(replica.url, query)).toEqual(answer);
      expect((await fetch(`${replica.url}/status`)).status).toBe(200);
    } finally {
      await replica.stop();
    }
  });

  it('does not start where no indexer of its build has caught up', async () => {
    const empty = await postgres.createDatabase();
    await expect(launchIndexer(environmentOf(anvil, escrows, empty), ['--serve'])).rejects.toThrow(
      /no indexer of this build, chain and contracts has caught up in this database/,
    );
  });
});
