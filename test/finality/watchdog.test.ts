import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { run } from '../../src/cli/run.ts';
import { chainPin, evidence } from '../../src/reactor/db/schema.ts';
import { assertPins, PinMismatchError } from '../../src/reactor/guards/pins.ts';
import { readBlocks } from '../../src/reactor/overview/chain.ts';
import { listReorganisations, watchReorganisations } from '../../src/reactor/watch/reorganisations.ts';
import { createWatchdog } from '../../src/reactor/watch/watchdog.ts';
import { JUNO, STRANGER } from '../indexer/escrows.ts';
import { useEscrows } from '../indexer/use-escrows.ts';
import { startAnvil } from '../support/anvil.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { openIndexed } from './indexed.ts';
import { settingsFor } from './settings.ts';

const BOUND_S = 15;

const here = useEscrows();

/** A watchdog over the chain and a database of its own, pinned, with an indexer that reads when it is told to. */
async function givenWatchdog() {
  const databaseUrl = await here.postgres.createDatabase();
  const db = await openTestDatabase(databaseUrl);
  const environment = settingsFor({ databaseUrl, chainUrl: here.anvil.url, contracts: here.contracts });
  const settings = environment.settings;
  const chain = openChain(settings);
  await assertPins(db, chain, settings);
  const indexed = await openIndexed(db.$client, here.anvil, here.contracts);
  await indexed.sync();
  const reorgs: { acted: number; kept: number }[] = [];
  let ahead_ms = 0;
  const watch = (over = chain) =>
    createWatchdog({
      db,
      chain: over,
      lagBound_s: BOUND_S,
      now: () => new Date(Date.now() + ahead_ms),
      onHead: () => undefined,
      onReorg: (reorg) => void reorgs.push(reorg),
    });
  const watchdog = watch();
  return {
    db,
    chain,
    settings,
    environment: environment.environment,
    indexed,
    reorgs,
    watch,
    pass: (ms: number) => {
      ahead_ms += ms;
    },
    trouble: async (one = watchdog): Promise<string | null> => {
      await one.look();
      return one.current().trouble;
    },
    current: watchdog.current,
    watchdog,
  };
}
const mineAfter = async (seconds: number) => {
  await here.anvil.client.increaseTime({ seconds });
  await here.anvil.client.mine({ blocks: 1 });
};
/** As if the reactor had acted on an event in the newest block. */
async function actOnHead({ db }: Awaited<ReturnType<typeof givenWatchdog>>) {
  const { number, hash } = await here.anvil.client.getBlock();
  await db.insert(evidence).values({
    ...{ source: 'chain', externalId: `31337:${hash}:0`, subjectKind: 'leg', subjectId: hash },
    detail: { as: 'funded', txHash: hash, blockNumber: String(number), blockHash: hash },
  });
  await db.update(chainPin).set({ blockNumber: Number(number), blockHash: hash });
  return Number(number);
}

describe('an indexer that does not keep up', () => {
  test('whose checkpoint stands still stops money once it is behind by more than the bound, by the chain’s clock, and no sooner', async () => {
    const w = await givenWatchdog();
    expect(await w.trouble()).toBeNull();
    const behind = async () => {
      const trouble = await w.trouble();
      return [w.current().behind_s, trouble];
    };
    const indexedAt = (await here.anvil.client.getBlock()).timestamp;
    await here.anvil.client.setNextBlockTimestamp({ timestamp: indexedAt + BigInt(BOUND_S) });
    await here.anvil.client.mine({ blocks: 1 });
    expect(await behind()).toEqual([BOUND_S, null]);
    await here.anvil.client.setNextBlockTimestamp({ timestamp: indexedAt + BigInt(BOUND_S) + 1n });
    await here.anvil.client.mine({ blocks: 1 });
    expect(await behind()).toEqual([
      BOUND_S + 1,
      `the indexer to catch up: it is ${BOUND_S + 1} s and 2 blocks behind the RPC`,
    ]);
    await w.indexed.sync();
    expect(await behind()).toEqual([0, null]);
  });

  test('is no trouble while the chain itself makes no block', async () => {
    const w = await givenWatchdog();
    w.pass(3_600_000);
    expect(await w.trouble()).toBeNull();
  });

  test('whose views are taken away for another build stops money until they show the new one', async () => {
    const w = await givenWatchdog();
    let meanwhile: string | null = null;
    await w.indexed.redeploy(async () => {
      meanwhile = await w.trouble();
    });
    expect(meanwhile).toBe('the indexer to be ready');
    expect(await w.trouble()).toBeNull();
  });
});

describe('an indexer that shows another chain', () => {
  test('is seen by the newest block of an escrow or of a transfer, and believed again when it has rolled back', async () => {
    const w = await givenWatchdog();
    await here.contracts.mint(JUNO, STRANGER.address, 5n);
    await w.indexed.sync();
    expect(await w.trouble()).toBeNull();
    const number = await here.anvil.client.getBlockNumber();
    await here.anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
    await here.anvil.client.mine({ blocks: 2 });
    const told = `the indexer and the RPC to agree: they have different blocks ${number}. `;
    expect(await w.trouble()).toMatch(new RegExp(`^${told}.*npm run indexer -- --anew$`));
    // It stands still and never follows: what it shows is still what counts, not that it is behind.
    await mineAfter(10 * BOUND_S);
    expect(await w.trouble()).toMatch(new RegExp(`^${told}`));
    await w.indexed.sync();
    expect(await w.trouble()).toBeNull();
  });

  test('is seen by blocks that the chain does not have', async () => {
    const w = await givenWatchdog();
    await w.db.$client.query(
      `UPDATE indexed._ponder_checkpoint SET latest_checkpoint = overlay(latest_checkpoint placing $1 from 27 for 16)`,
      [String((await here.anvil.client.getBlockNumber()) + 6n).padStart(16, '0')],
    );
    expect(await w.trouble()).toMatch(
      /^the indexer and the RPC to agree: the indexer is at block \d+, the RPC only at/,
    );
    await w.indexed.sync();
    expect(await w.trouble()).toBeNull();
  });
});

test('nobody looked for too long: what was known then is not known now', async () => {
  const w = await givenWatchdog();
  expect(await w.trouble()).toBeNull();
  w.pass(5_001);
  expect(w.current().trouble).toBe('the RPC to answer');
  expect(await w.trouble()).toBeNull();
});

describe('the newest block that was acted on', () => {
  test('is reorganised while the reactor runs: it pins the newest one that is left, and tells once', async () => {
    const w = await givenWatchdog();
    const kept = await actOnHead(w);
    await mineAfter(2);
    const acted = await actOnHead(w);
    await w.indexed.sync();
    expect(await w.trouble()).toBeNull();
    await here.anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
    await mineAfter(3);
    await w.indexed.sync();
    w.pass(5_000);
    expect(await w.trouble()).toBeNull();
    w.pass(5_000);
    await w.trouble();
    expect(w.reorgs).toEqual([{ acted, kept }]);
    await assertPins(w.db, w.chain, w.settings);
  });

  test('is gone when the reactor starts: it does not start and says what to do; a person who knows why lets it', async () => {
    const w = await givenWatchdog();
    const kept = await actOnHead(w);
    await mineAfter(2);
    const acted = await actOnHead(w);
    await here.anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
    await mineAfter(3);
    await expect(assertPins(w.db, w.chain, w.settings)).rejects.toThrow(PinMismatchError);
    await expect(assertPins(w.db, w.chain, w.settings)).rejects.toThrow(
      new RegExp(`does not have block ${acted} .*no money moves.*empty database.*kustodia chain accept-reorg`),
    );
    const said: string[] = [];
    const output = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
    const command = ['chain', 'accept-reorg', '--by', 'Olga', '--reason', 'the explorer shows it', '--json'];
    expect(await run([...command, '--dry-run'], w.environment, output)).toBe(0);
    await expect(assertPins(w.db, w.chain, w.settings)).rejects.toThrow(PinMismatchError);
    expect(await run(command, w.environment, output)).toBe(0);
    expect(JSON.parse(said.at(-1) ?? '')).toEqual({ acted, kept, gone: 1, accepted: true });
    await assertPins(w.db, w.chain, w.settings);
    const { rows } = await w.db.$client.query('SELECT actor, command, reason FROM reactor.audit_log');
    expect(rows).toEqual([
      { actor: 'Olga (command line)', command: 'chain accept-reorg', reason: 'the explorer shows it' },
    ]);
    expect(await listReorganisations(w.db, 10)).toMatchObject([
      { fromBlock: kept + 1, toBlock: acted, events: [{ as: 'funded', block: acted }] },
    ]);
    expect(await run(command, w.environment, output)).toBe(1);
    expect(said.at(-1)).toMatch(/nothing to accept/);
  });
});

describe('what is written down of a reorganisation', () => {
  test('which blocks are gone, how deep, and the events in them that payments stood on, once however many saw it', async () => {
    const w = await givenWatchdog();
    const parts = { db: w.db, chain: w.chain, now: () => new Date(), newId: randomUUID };
    const watch = () => watchReorganisations({ ...parts, watchdog: w.watchdog });
    const [first, second] = [watch(), watch()];
    const look = async (one = first) => {
      await w.watchdog.look();
      return one.look();
    };
    expect([await look(), await look(second)]).toEqual([null, null]);
    const kept = await actOnHead(w);
    expect(await look()).toBeNull();
    await mineAfter(2);
    const lost = await actOnHead(w);
    expect(await look()).toBeNull();
    await mineAfter(2);
    expect([await look(), await look(second)]).toEqual([null, null]);
    await here.anvil.client.request({ method: 'anvil_reorg', params: [2, []] } as never);
    await mineAfter(3);
    expect(await look()).toMatchObject({ fromBlock: lost, toBlock: lost + 1 });
    // It saw fewer heads: what it tells is the same one.
    expect(await look(second)).toMatchObject({ toBlock: lost + 1 });
    expect([await look(), await look(second)]).toEqual([null, null]);
    expect(await listReorganisations(w.db, 10)).toMatchObject([
      {
        ...{ fromBlock: lost, toBlock: lost + 1, depth: 2 },
        events: [{ as: 'funded', block: lost, paymentId: null, blockNow: null }],
      },
    ]);
    expect(kept).toBeLessThan(lost);
  });

  test('a node that is behind for a moment has taken nothing back', async () => {
    const w = await givenWatchdog();
    const parts = { db: w.db, now: () => new Date(), newId: randomUUID, watchdog: w.watchdog };
    let isBehind = false;
    const blockHash = async (number: bigint) => (isBehind ? null : w.chain.blockHash(number));
    const { look } = watchReorganisations({ ...parts, chain: { ...w.chain, blockHash } });
    await w.watchdog.look();
    await look();
    await mineAfter(2);
    await w.watchdog.look();
    isBehind = true;
    expect(await look()).toBeNull();
    isBehind = false;
    expect([await look(), await listReorganisations(w.db, 10)]).toEqual([null, []]);
  });

  test('how far the indexer and finality are behind the head', async () => {
    const w = await givenWatchdog();
    await here.anvil.client.mine({ blocks: 70 });
    await w.indexed.sync();
    const at = (await here.anvil.client.getBlock()).number;
    await mineAfter(2);
    const { blocks } = await readBlocks({ db: w.db, chain: w.chain, now: () => new Date() });
    const [head, indexed, safe, finalized] = blocks;
    expect([head?.number, indexed?.number, indexed?.behind]).toEqual([Number(at) + 1, Number(at), 1]);
    expect(safe?.behind).toBeGreaterThan(1);
    expect(finalized?.behind).toBeGreaterThan(safe?.behind ?? 0);
  });
});

describe('a chain that was restarted empty under the same database', () => {
  test('while the reactor runs: money stops, whatever the indexer shows of the old one, until the old one is back', async () => {
    const w = await givenWatchdog();
    await actOnHead(w);
    const empty = await startAnvil();
    try {
      // Its head is where the old one's was, and the indexer, with the old one's rows, is ready.
      await empty.client.mine({ blocks: Number(await here.anvil.client.getBlockNumber()) + 3 });
      const watchdog = w.watch(openChain({ ...w.settings, rpcUrl: empty.url }));
      expect(await w.trouble(watchdog)).toMatch(/^ETH_RPC_URL to serve the chain that this database belongs to/);
      await expect(assertPins(w.db, openChain({ ...w.settings, rpcUrl: empty.url }), w.settings)).rejects.toThrow(
        /another first block .*restarted empty.*Nothing was started.*empty database/,
      );
    } finally {
      await empty.stop();
    }
    expect(await w.trouble()).toBeNull();
    expect(w.reorgs).toEqual([]);
  });

  test('set back below the block that was acted on: money stops until the chain has come there again', async () => {
    const w = await givenWatchdog();
    const snapshot = await here.anvil.client.snapshot();
    await mineAfter(2);
    const acted = await actOnHead(w);
    await w.indexed.sync();
    expect(await w.trouble()).toBeNull();
    await here.anvil.client.revert({ id: snapshot });
    expect(await w.trouble()).toMatch(new RegExp(`^the RPC to have block ${acted} again`));
    await mineAfter(7);
    await w.indexed.sync();
    expect(await w.trouble()).toBeNull();
    expect(w.reorgs).toMatchObject([{ acted }]);
  });
});
