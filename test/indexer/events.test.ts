import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { INDEXED_CHANNEL } from '../../src/chain/indexed/channel.ts';
import { readCheckpoint } from '../../src/chain/indexed/readCheckpoint.ts';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { readTransfers } from '../../src/chain/indexed/readTransfers.ts';
import { readTransfersTo } from '../../src/chain/indexed/readTransfersTo.ts';
import { ADMIN, BRIDGE, JUNO } from '../../src/local/anvil.ts';
import { readAdminEvents } from './read-admin-events.ts';
import { readEscrow } from './read-escrow.ts';
import { ask, type Chain, type Indexer, lower, openWorld, referenceOf, soon, type World } from './world.ts';

const STRANGER = '0x00000000000000000000000000000000000000aa';

let world: World;
let chain: Chain;
let indexer: Indexer;
let db: pg.Pool;
let databaseUrl: string;

beforeAll(async () => {
  world = await openWorld();
  chain = await world.startChain();
  databaseUrl = await world.createDatabase();
  db = world.openPool(databaseUrl);
  indexer = await world.startIndexer(world.environmentOf(chain, databaseUrl));
});
afterAll(() => world?.close());

/** The kinds of an escrow's events once as many as expected are there. */
const kindsOf = async (reference: string, count: number) =>
  (
    await soon(async () => {
      const events = await readEscrowEvents(db, { references: [reference] });
      if (events.length !== count) throw new Error(`${events.length} of ${count} events`);
      return events;
    })
  ).map(({ kind }) => kind);

describe('an escrow’s life', () => {
  const reference = referenceOf('a');
  let createdIn: Awaited<ReturnType<Chain['create']>>;
  let releasedIn: Awaited<ReturnType<Chain['release']>>;

  test('each change is a row with the place of its log', async () => {
    createdIn = await chain.create(reference, 1_500_000n);
    releasedIn = await chain.release(1n);
    expect(await kindsOf(reference, 4)).toEqual(['created', 'referenced', 'funded', 'released']);

    const [created, , funded, released] = await readEscrowEvents(db, { references: [reference] });
    const block = await chain.client.getBlock({ blockHash: createdIn.blockHash });
    expect(created).toEqual({
      id: `31337:${createdIn.transactionHash}:${createdIn.logs[0]?.logIndex}`,
      chainId: 31_337,
      contract: lower(chain.escrow),
      escrowId: 1n,
      reference,
      kind: 'created',
      amount: 1_500_000n,
      detail: null,
      blockNumber: createdIn.blockNumber,
      blockHash: createdIn.blockHash,
      blockTimestamp: Number(block.timestamp),
      txHash: createdIn.transactionHash,
      logIndex: createdIn.logs[0]?.logIndex,
    });
    expect(funded).toMatchObject({ amount: 1_500_000n, txHash: createdIn.transactionHash });
    expect(released).toMatchObject({
      blockHash: releasedIn.blockHash,
      txHash: releasedIn.transactionHash,
      amount: null,
    });
  });

  test('the escrow is shown as it is now, and only under its own contract', async () => {
    const escrow = await readEscrow(db, { contract: chain.escrow, reference });
    const block = await chain.client.getBlock({ blockHash: createdIn.blockHash });
    expect(escrow).toMatchObject({
      id: `31337:${lower(chain.escrow)}:1`,
      status: 'released',
      payer: lower(BRIDGE.address),
      token: lower(chain.token),
      amount: 1_500_000n,
      deadline: Number(block.timestamp) + 1,
      createdBlock: createdIn.blockNumber,
      updatedBlock: releasedIn.blockNumber,
    });
    expect(await readEscrow(db, { contract: chain.token, reference })).toBeNull();
  });

  test('the transfers of a transaction are found by its hash, once each', async () => {
    const hashes = [createdIn.transactionHash, releasedIn.transactionHash];
    const [pull, unlock, ...more] = await readTransfers(db, { txHashes: hashes });
    expect(more).toEqual([]);
    expect(pull).toMatchObject({ from: lower(BRIDGE.address), to: lower(chain.escrow), value: 1_500_000n });
    expect(unlock).toMatchObject({ from: lower(chain.escrow), to: lower(BRIDGE.address), token: lower(chain.token) });
  });

  test('GraphQL answers an escrow by reference with its history', async () => {
    const data = await ask(
      indexer.url,
      `{ escrows(where: { reference: "${reference}" }) { items {
        escrowId amount status
        events(orderBy: "logIndex") { items { kind blockHash txHash } }
        transfers(orderBy: "blockNumber") { items { from to value } }
      } } }`,
    );
    const [made, unmade] = [createdIn, releasedIn].map((receipt) => ({
      blockHash: receipt.blockHash,
      txHash: receipt.transactionHash,
    }));
    expect(data).toEqual({
      escrows: {
        items: [
          {
            escrowId: '1',
            amount: '1500000',
            status: 'released',
            events: {
              items: expect.arrayContaining([
                { kind: 'created', ...made },
                { kind: 'referenced', ...made },
                { kind: 'funded', ...made },
                { kind: 'released', ...unmade },
              ]),
            },
            transfers: {
              items: [
                { from: lower(BRIDGE.address), to: lower(chain.escrow), value: '1500000' },
                { from: lower(chain.escrow), to: lower(BRIDGE.address), value: '1500000' },
              ],
            },
          },
        ],
      },
    });
  });
});

test('a dispute and its end, either way', async () => {
  const won = referenceOf('b');
  const lost = referenceOf('c');
  await chain.create(won, 10n);
  await chain.dispute(2n, 'goods_missing');
  await chain.resolve(2n, true);
  await chain.create(lost, 20n);
  await chain.dispute(3n, 'goods_broken');
  await chain.resolve(3n, false);
  expect(await kindsOf(won, 5)).toEqual(['created', 'referenced', 'funded', 'disputed', 'dispute_resolved']);
  expect((await readEscrow(db, { contract: chain.escrow, reference: won }))?.status).toBe('funded');
  const kinds = await kindsOf(lost, 6);
  expect(kinds.slice(3)).toEqual(['disputed', 'dispute_resolved', 'cancelled']);
  expect((await readEscrow(db, { contract: chain.escrow, reference: lost }))?.status).toBe('cancelled');
  const events = await readEscrowEvents(db, { references: [lost] });
  expect(events.flatMap(({ detail }) => detail ?? [])).toEqual([
    { by: lower(BRIDGE.address), reason: 'goods_broken' },
    { inFavorOfSeller: false },
  ]);
});

test('who let an escrow end early, and who gave it another recipient', async () => {
  const early = referenceOf('9');
  const { escrowId, approver } = await chain.redirectAndReleaseEarly(early, STRANGER);
  expect((await kindsOf(early, 6)).slice(3)).toEqual(['redirected', 'early_end_approved', 'released']);
  const events = await readEscrowEvents(db, { references: [early] });
  expect(events.flatMap(({ detail }) => detail ?? [])).toEqual([
    { approver: lower(approver), payee: STRANGER },
    { approver: lower(approver) },
  ]);
  const escrow = await readEscrow(db, { contract: chain.escrow, reference: early });
  expect(escrow).toMatchObject({ escrowId, status: 'released', payee: STRANGER });
});

test('MXNB that leaves us and that reaches us is seen; what strangers send each other is not', async () => {
  const out = await chain.transfer(BRIDGE, STRANGER, 7n);
  const back = await chain.transfer(BRIDGE, JUNO.address, 8n);
  await chain.transfer(JUNO, ADMIN.address, 3n);
  const foreign = await chain.transfer(ADMIN, STRANGER, 1n);
  const last = await chain.transfer(BRIDGE, JUNO.address, 9n);
  await soon(async () => expect(await readTransfers(db, { txHashes: [last.transactionHash] })).toHaveLength(1));
  const seen = await readTransfers(db, {
    txHashes: [out, back, foreign].map(({ transactionHash }) => transactionHash),
  });
  expect(seen.map(({ to, value }) => ({ to, value }))).toEqual([
    { to: STRANGER, value: 7n },
    { to: lower(JUNO.address), value: 8n },
  ]);
  const arrived = (value: bigint, sinceBlock: bigint) =>
    readTransfersTo(db, { to: JUNO.address, token: chain.token, value, sinceBlock, limit: 1 });
  expect((await arrived(8n, back.blockNumber)).map(({ id }) => id)).toEqual([seen[1]?.id]);
  expect((await arrived(9n, back.blockNumber)).map(({ value }) => value)).toEqual([9n]);
  expect(await arrived(8n, back.blockNumber + 1n)).toEqual([]);
});

test('the acts of admins are rows, those of the token too', async () => {
  const { blockNumber: sinceBlock } = await chain.pause();
  await chain.unpause();
  await chain.blacklist(STRANGER);
  await soon(async () => expect(await readAdminEvents(db, { sinceBlock, limit: 10 })).toHaveLength(3));
  const acts = await readAdminEvents(db, { sinceBlock, limit: 10 });
  expect(acts.map(({ name, contract, args }) => ({ name, contract, args }))).toEqual([
    { name: 'Paused', contract: lower(chain.escrow), args: { account: lower(ADMIN.address) } },
    { name: 'Unpaused', contract: lower(chain.escrow), args: { account: lower(ADMIN.address) } },
    { name: 'Blacklisted', contract: lower(chain.token), args: { _account: STRANGER } },
  ]);
  const deployment = await readAdminEvents(db, { sinceBlock: 0n, limit: 10 });
  expect(deployment.map(({ name }) => name)).toContain('TokenAllowedSet');
  expect(await readAdminEvents(db, { sinceBlock: 0n, limit: 2 })).toHaveLength(2);
});

test('the checkpoint is the newest block, an empty one too', async () => {
  await chain.client.mine({ blocks: 2 });
  const block = await chain.client.getBlock();
  await soon(async () =>
    expect(await readCheckpoint(db)).toEqual({ blockNumber: block.number, timestamp: Number(block.timestamp) }),
  );
});

test('each block is told on the channel of the views', async () => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const told = vi.fn();
  client.on('notification', ({ channel }) => told(channel));
  await client.query(`LISTEN ${client.escapeIdentifier(INDEXED_CHANNEL)}`);
  await chain.create(referenceOf('d'), 5n);
  await soon(() => expect(told).toHaveBeenCalledWith(INDEXED_CHANNEL));
  // In the transaction that wrote the rows: whoever was told finds them.
  expect(await readEscrowEvents(db, { references: [referenceOf('d')] })).toHaveLength(3);
  await client.end();
});

test('what a reorganisation removes is no longer shown, and its id is given again', async () => {
  const before = referenceOf('e');
  const after = referenceOf('f');
  const snapshot = await chain.client.snapshot();
  const gone = await chain.create(before, 400n);
  await kindsOf(before, 3);
  await chain.client.revert({ id: snapshot });
  const kept = await chain.create(after, 600n);
  expect(kept.blockNumber).toBe(gone.blockNumber);
  await kindsOf(after, 3);
  expect(await readEscrowEvents(db, { references: [before] })).toEqual([]);
  expect(await readTransfers(db, { txHashes: [gone.transactionHash] })).toEqual([]);
  expect(await readEscrow(db, { contract: chain.escrow, reference: before })).toBeNull();
  const escrow = await readEscrow(db, { contract: chain.escrow, reference: after });
  expect(escrow).toMatchObject({ amount: 600n, createdBlock: kept.blockNumber });
});
