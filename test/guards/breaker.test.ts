/** No new money goes into a contract that is paused, or whose admins did what nobody has looked at; what is in it goes on. */
import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { readAdminNews } from '../../src/chain/indexed/readAdminNews.ts';
import type { Context } from '../../src/reactor/context.ts';
import { guardSwitch } from '../../src/reactor/db/schema.ts';
import {
  acceptContract,
  createContractBreaker,
  pinContract,
  readContractPin,
  reasonToStop,
} from '../../src/reactor/guards/breaker.ts';
import { checkContracts } from '../../src/reactor/guards/contract.ts';
import { contractSwitch } from '../../src/reactor/guards/scope.ts';
import { bring, expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { BRIDGE, STRANGER } from '../indexer/escrows.ts';
import { useEscrows } from '../indexer/use-escrows.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { openIndexed } from '../support/indexed.ts';
import { deployLive } from '../support/live-escrow.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { useDatabase } from '../support/use-database.ts';

describe('the reason to stop', () => {
  const pin = { identity: 'sound', block: 5n };
  const act = (name: string) => ({ name, txHash: '0xact', blockNumber: 7n });
  const found = { is: 'found', isPaused: false, identity: 'sound' } as const;

  test('is none while the contract is what it was', () => {
    expect(reasonToStop(pin, [], found)).toBeNull();
    expect(reasonToStop(pin, [], { is: 'silent' })).toBeNull();
  });
  test.each([
    'Upgraded',
    'RoleGranted',
    'RoleRevoked',
    'BridgeWalletUpdated',
    'OwnershipTransferred',
    'SettlementScheduled',
    'TokensRescued',
  ])('is whatever else its admins did: %s', (name) =>
    expect(reasonToStop(pin, [act(name), act('Unpaused')], found)).toContain(`did ${name} in block 7`),
  );
  test('is a change that no event told of', () => {
    expect(reasonToStop(pin, [], { ...found, identity: 'another' })).toContain('are not what they were');
    expect(reasonToStop(pin, [], { is: 'wrong', sentence: 'The bridge wallet is another.' })).toContain('is another');
  });
  test('is a pause, by the contract’s own word, or by its last event while it gives none', () => {
    expect(reasonToStop(pin, [act('Paused')], { ...found, isPaused: true })).toContain('is paused');
    expect(reasonToStop(pin, [act('Paused')], found)).toBeNull();
    expect(reasonToStop(pin, [act('Paused')], { is: 'silent' })).toContain('is paused');
    expect(reasonToStop(pin, [act('Paused'), act('Unpaused')], { is: 'silent' })).toBeNull();
  });
});

describe('what is read of the acts of its admins', () => {
  const db = useDatabase();
  const contract = `0x${'c'.repeat(40)}`;
  test('is the first that is no pause and the newest that is one, however many pauses there were', async () => {
    await openIndexed(db());
    const add = (name: string, from: number, count = 1) =>
      db().execute(sql`INSERT INTO indexed.admin_event
        SELECT ${name} || n, 31337, n, '0xb', n, '0x' || n, 0, ${contract}, ${name}, '{}' FROM generate_series(${from}::int, ${from + count - 1}::int) n`);
    const names = async () =>
      (await readAdminNews(db().$client, { sinceBlock: 1n, contract })).map(({ name, blockNumber }) => [
        name,
        Number(blockNumber),
      ]);
    await add('Paused', 10, 300);
    expect(await names()).toEqual([['Paused', 309]]);
    await add('SettlementScheduled', 400);
    await add('RoleGranted', 401);
    await add('Unpaused', 402);
    expect(await names()).toEqual([
      ['SettlementScheduled', 400],
      ['Unpaused', 402],
    ]);
  });
});

describe('a contract that is not in use and may hold earlier escrows', () => {
  const here = useEscrows();
  test('is watched as well, and one that was never sound is shut', async () => {
    const [held, odd] = await Promise.all([
      deployLive(here.anvil, 'v2-pausable'),
      Promise.resolve(`0x${'0'.repeat(38)}77` as const),
    ]);
    const db = await openTestDatabase(await here.postgres.createDatabase());
    await openIndexed(db);
    const { escrow, token } = here.contracts;
    const also = [held.address, odd].map((address) => ({ address, version: 'v2-pausable' as const }));
    const chain = openChain({ chainId: 31337, rpcUrl: here.anvil.url, escrow, token, escrowsAlso: also });
    const settings = { bridge: BRIDGE.address.toLowerCase() as Hex, chainId: 31337 };
    for (const { address } of chain.escrows)
      await db
        .insert(guardSwitch)
        .values({ name: contractSwitch(address) })
        .onConflictDoNothing();
    await checkContracts(db, chain, settings);
    const ctx = { chain, db, settings, log: pino({ level: 'silent' }), monotonic: () => performance.now() };
    const reasons = async () => {
      await createContractBreaker(ctx as unknown as Context).look();
      const rows = await db.select().from(guardSwitch);
      return [escrow, held.address, odd].map((one) => rows.find(({ name }) => name === contractSwitch(one))?.reason);
    };
    expect(await reasons()).toEqual([null, null, expect.stringContaining('was not when the reactor started')]);
    await held.act('updatePlatformWallet', [STRANGER.address]);
    expect(await reasons()).toEqual([null, expect.stringContaining('are not what they were'), expect.anything()]);
    await db.$client.end();
  });
});

describe('a contract whose code can be replaced', () => {
  let postgres: TestPostgres;
  let world: FinalityWorld;
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await openFinalityWorld(postgres, { live: 'v2-pausable' });
    await checkContracts(world.db, world.chain, world.settings);
  }, 240_000);
  afterAll(async () => {
    await world?.close();
    await postgres?.stop();
  });
  const contract = () => {
    if (!world.live) throw new Error('no live contract');
    return world.live;
  };
  /** As a process does that has just started, with what the indexer shows now. */
  const look = async () => {
    await world.indexed.sync();
    await createContractBreaker(world.ctx).look();
  };
  const stopped = async () => {
    const name = contractSwitch(world.settings.escrow);
    const [row] = await world.db.select().from(guardSwitch).where(eq(guardSwitch.name, name));
    return row?.isStopped ? row.reason : null;
  };
  const stays = async (paymentId: string, state: string) => {
    for (let i = 0; i < 6; i++) await world.turn(paymentId);
    expect((await world.legOf(paymentId)).state).toBe(state);
  };

  /** As `kustodia chain accept-contract` does. */
  const accept = async () => {
    const { identity } = await world.chain.escrow.check(world.settings.bridge);
    const block = await world.chain.blockNumber();
    const { chainId, escrow } = world.settings;
    await pinContract(world.db, chainId, escrow, { identity, block });
    await world.db.transaction((tx) => acceptContract(tx, escrow));
    expect(await readContractPin(world.db, chainId, escrow)).toEqual({ identity, block });
  };

  test('paused: pesos wait in Juno’s pool, and go on by themselves afterwards', async () => {
    await contract().act('pause');
    await look();
    expect(await stopped()).toContain('is paused');
    const { paymentId, amount } = await world.givePayment({ amount: 190_000n });
    await world.until(paymentId, 'deposited');
    await stays(paymentId, 'deposited');
    await contract().act('unpause');
    await look();
    expect(await stopped()).toBeNull();
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  });

  test('upgraded: what was made is not funded until people have looked, and no restart helps', async () => {
    const held = await bring(world, 'creation', true);
    await world.stopMoney(false);
    await contract().upgrade();
    await look();
    expect(await stopped()).toContain('did Upgraded in block');
    await stays(held.paymentId, 'created');
    await expect(checkContracts(world.db, world.chain, world.settings)).rejects.toThrow('is not what it was');

    await accept();
    await look();
    expect(await stopped()).toBeNull();
    await checkContracts(world.db, world.chain, world.settings);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
  });

  test('what its admins did is not forgotten while the indexer does not show it', async () => {
    await contract().act('addPauser', [STRANGER.address]);
    await look();
    expect(await stopped()).toContain('did PauserAdded in block');
    // At its start the indexer takes its newest rows back for a while.
    await world.db.execute('DELETE FROM indexed.admin_event');
    await createContractBreaker(world.ctx).look();
    expect(await stopped()).toContain('did PauserAdded in block');
    await accept();
    await look();
    expect(await stopped()).toBeNull();
  });

  test('a look that began before people accepted what it saw stops nothing after them', async () => {
    await contract().act('addPauser', [STRANGER.address]);
    await world.indexed.sync();
    const { ctx } = world;
    const [escrow] = ctx.chain.escrows;
    if (!escrow) throw new Error('the world has a contract');
    const check: typeof escrow.check = async (bridge) => {
      const found = await escrow.check(bridge);
      await accept();
      return found;
    };
    const asked = Object.assign(Object.create(escrow), { check });
    const chain = Object.assign(Object.create(ctx.chain), { escrows: [asked] });
    await createContractBreaker({ ...ctx, chain }).look();
    expect(await stopped()).toBeNull();
    await look();
    expect(await stopped()).toBeNull();
  });

  test('what was thrown by people is not opened by it, and an intent that is written down is not signed', async () => {
    const { paymentId, legId } = await bring(world, 'creation', true);
    await world.stopMoney(false);
    await world.watchdog.look();
    await world.advance(paymentId);
    expect((await world.legOf(paymentId)).state).toBe('funding');
    const reason = 'a drill';
    await world.db
      .update(guardSwitch)
      .set({ isStopped: true, reason, changedBy: 'operator' })
      .where(eq(guardSwitch.name, contractSwitch(world.settings.escrow)));
    await look();
    expect(await stopped()).toBe(reason);
    await stays(paymentId, 'funding');
    expect(await world.sentFor(legId, 'chain_fund')).toBeUndefined();
  });
});
