/** One indexer serves contracts of all versions at once, any number of each. */
import type pg from 'pg';
import { type Hex, parseAbi } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { BRIDGE } from '../../src/local/anvil.ts';
import { minedReceipt } from '../../src/local/receipt.ts';
import type { TestAnvil } from '../support/anvil.ts';
import { deployLive, type LiveEscrow } from '../support/live-escrow.ts';
import { readAdminEvents } from './read-admin-events.ts';
import { readEscrow } from './read-escrow.ts';
import { ask, type Chain, type Indexer, lower, openWorld, referenceOf, soon, type World } from './world.ts';

const UNITS = 1_500_000n;
const APPROVE = parseAbi(['function approve(address spender, uint256 value) returns (bool)']);
let world: World;
let chain: Chain;
let indexer: Indexer;
let db: pg.Pool;
let live: Record<'v2' | 'pausable' | 'another', LiveEscrow>;

beforeAll(async () => {
  world = await openWorld();
  chain = await world.startChain();
  const anvil = chain as unknown as TestAnvil;
  live = {
    v2: await deployLive(anvil, 'v2'),
    pausable: await deployLive(anvil, 'v2-pausable'),
    another: await deployLive(anvil, 'v2-pausable'),
  };
  for (const { address } of Object.values(live)) {
    const args = [address, 10n * UNITS] as const;
    const call = { account: BRIDGE, address: chain.token, abi: APPROVE, functionName: 'approve', args } as const;
    await minedReceipt(chain.client, await chain.client.writeContract(call));
  }
  const databaseUrl = await world.createDatabase();
  db = world.openPool(databaseUrl);
  const also = [
    { address: live.v2.address, version: 'v2', startBlock: 0 },
    { address: live.pausable.address, version: 'v2-pausable', startBlock: 0 },
    { address: live.another.address, version: 'v2-pausable', startBlock: 0 },
  ];
  indexer = await world.startIndexer({
    ...world.environmentOf(chain, databaseUrl),
    ESCROW_CONTRACTS_ALSO: JSON.stringify(also),
  });
}, 240_000);
afterAll(() => world?.close());

const kindsOf = (reference: Hex, count: number) =>
  soon(async () => {
    const events = await readEscrowEvents(db, { references: [reference] });
    expect(events).toHaveLength(count);
    return events.map(({ kind }) => kind);
  });

describe.each([
  ['v2', 'a', 1n, 'release'],
  ['pausable', 'b', 0n, 'releaseEscrow'],
  ['another', 'c', 0n, 'releaseEscrow'],
] as const)('an escrow of %s', (which, digit, id, release) => {
  const reference = referenceOf(digit);

  test('has its life from pending to released, with what its events leave out', async () => {
    const contract = live[which];
    await contract.create(chain.token, UNITS, reference);
    expect(await kindsOf(reference, 1)).toEqual(['created']);
    const at = { contract: contract.address, reference };
    expect(await readEscrow(db, at)).toMatchObject({
      ...{ escrowId: id, status: 'pending', token: lower(chain.token), deadline: 4_000_000_000, amount: UNITS },
      ...{ payer: lower(BRIDGE.address), payee: lower(BRIDGE.address), contract: contract.address },
    });
    await contract.act('fundEscrow', [id], BRIDGE);
    await contract.act(release, [id], BRIDGE);
    expect(await kindsOf(reference, 3)).toEqual(['created', 'funded', 'released']);
    expect(await readEscrow(db, at)).toMatchObject({ status: 'released' });
  });

  test('has its transfers, whichever of the two the contract tells first, and its conditions', async () => {
    const fields = 'escrowId contract conditions transfers(orderBy: "blockNumber") { items { value } }';
    const query = `{ escrows(where: { reference: "${reference}" }) { items { ${fields} } } }`;
    const value = String(UNITS);
    expect(await ask(indexer.url, query)).toEqual({
      escrows: {
        items: [
          {
            ...{ escrowId: String(id), contract: live[which].address, conditions: reference },
            transfers: { items: [{ value }, { value }] },
          },
        ],
      },
    });
  });
});

test('our own contract is served beside them', async () => {
  await chain.create(referenceOf('d'), UNITS);
  expect(await kindsOf(referenceOf('d'), 3)).toEqual(['created', 'referenced', 'funded']);
});

test('what was never meant to be ours is read as it stands, under no reference', async () => {
  await live.v2.create(chain.token, UNITS, '646180157000000004');
  const text = 'SELECT reference, clabe_reference AS text FROM indexed.escrow WHERE contract = $1 AND escrow_id = 2';
  await soon(async () =>
    expect((await db.query(text, [live.v2.address])).rows).toEqual([{ reference: null, text: '646180157000000004' }]),
  );
});

test('what their admins do is a row each', async () => {
  const sinceBlock = await chain.client.getBlockNumber();
  await live.pausable.act('addPauser', [BRIDGE.address]);
  await live.pausable.act('pause');
  await live.pausable.act('unpause');
  await live.pausable.upgrade();
  await live.pausable.setBridge('0x00000000000000000000000000000000000000aa');
  await live.v2.upgrade();
  const acts = await soon(async () => {
    const found = await readAdminEvents(db, { sinceBlock, limit: 20 });
    expect(found).toHaveLength(6);
    return found;
  });
  expect(acts.map(({ name, contract }) => [name, contract])).toEqual([
    ...['PauserAdded', 'Paused', 'Unpaused', 'Upgraded', 'BridgeWalletUpdated'].map((name) => [
      name,
      live.pausable.address,
    ]),
    ['Upgraded', live.v2.address],
  ]);
});
