/** A Transfer that two people named, where a reorganisation puts its transaction into another block, or the last word is another. */
import { randomUUID } from 'node:crypto';
import type { Hex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { readTransfer } from '../../src/chain/logs.ts';
import { isNamed, NAMED_BY_PEOPLE, namedPayment } from '../../src/reactor/advance/named.ts';
import { evidence } from '../../src/reactor/db/schema.ts';
import { actsOn } from '../finality/acts.ts';
import { peopleOf } from '../finality/people.ts';
import { expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const OVERDUE_S = 31 * 86_400;
let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
let people: Awaited<ReturnType<typeof peopleOf>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  others = await actsOn(world);
  people = await peopleOf(world);
  // From now on MXNB writes a note before each Transfer of a `transfer`, as after an upgrade of it.
  const { client } = world.anvil;
  const args = [STRANGER.address, STRANGER.address, STRANGER.address];
  const made = await client.deployContract({ ...readArtifact('TalkativeMXNB'), account: STRANGER, args });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash: made });
  const code = await client.getCode({ address: contractAddress ?? '0x' });
  await client.setCode({ address: world.contracts.token, bytecode: code ?? '0x' });
  await client.mine({ blocks: 3 });
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const outs = async (hash: Hex) => {
  const { logs } = await world.anvil.client.getTransactionReceipt({ hash });
  const { token, escrow } = world.contracts;
  return logs
    .filter((log) => readTransfer(token, log)?.from.toLowerCase() === escrow.toLowerCase())
    .map(({ logIndex }) => logIndex);
};
const name = ({ paymentId, legId }: { paymentId: string; legId: string }, tx: string, log: number | undefined) =>
  people.both('payment', 'name-transfer', paymentId, '--leg', legId, '--tx', tx, '--log', String(log));

test('stays named in another block, and so may the other of its transaction be: each for its own escrow', async () => {
  const [one, two] = [await others.funded(612_011n), await others.funded(613_013n)];
  const [twin, robbed] = [await others.funded(614_015n), await others.funded(614_015n)];
  await world.stopMoney(true);
  await others.redirect(robbed, STRANGER.address);
  await world.anvil.client.mine({ blocks: 3, interval: OVERDUE_S });
  const ids = [one, two, robbed, twin].map(({ escrowId }) => escrowId);
  const hash = await others.act(STRANGER, 'releaseBatch', [ids]);
  await world.untilAsks(one.paymentId, 'escrow_payment_untold');
  const [ofOne, ofTwo, ofRobbed, ofTwin] = await outs(hash);
  expect(await name(robbed, hash, ofTwin)).toContain('is no Transfer of');
  expect(await name(robbed, hash, ofRobbed)).toBe('Approved and done.');
  expect(await name(one, hash, ofTwo)).toContain('is no Transfer of');
  expect(await name(one, hash, ofOne)).toBe('Approved and done.');
  await world.watchdog.look();
  await world.stopMoney(false);
  const isAt = async (...states: string[]) => states.includes((await world.legOf(one.paymentId)).state);
  for (let look = 0; look < 20 && !(await isAt('released', 'returning')); look++) {
    if (await isAt('releasing')) await world.stopMoney(true);
    await world.advance(one.paymentId);
  }
  await world.stopMoney(true);
  const { blockHash } = await world.anvil.client.getTransactionReceipt({ hash });
  await world.reorganise(await world.depthOf(hash));
  for (let turn = 0; turn < 4; turn++) for (const held of [one, two]) await world.turn(held.paymentId);
  expect((await world.anvil.client.getTransactionReceipt({ hash })).blockHash).not.toBe(blockHash);
  const [, again, , twinAgain] = await outs(hash);
  expect(await name(two, hash, again)).toBe('Approved and done.');
  expect(await name(twin, hash, twinAgain)).toBe('Approved and done.');
  await world.stopMoney(false);
  for (const held of [one, two, twin]) await others.comesTo(held, 'completed');
  await others.comesTo(robbed, 'escrow_paid_another');
  await expectPaidOnce(world, one.amount);
  await expectPaidOnce(world, two.amount);
}, 240_000);

test('the last word counts: what was named for another leg since is not this one’s any more', async () => {
  const [before, after] = [randomUUID(), randomUUID()];
  const say = (subjectId: string, place: number, claimedAt: Date) =>
    world.db.insert(evidence).values({
      ...{ source: NAMED_BY_PEOPLE, externalId: randomUUID(), subjectKind: 'leg', subjectId, claimedAt },
      detail: {
        ...{ txHash: `0x${'ab'.repeat(32)}`, logIndex: 9, place, blockNumber: '7' },
        ...{ blockHash: `0x${'cd'.repeat(32)}`, to: `0x${'ef'.repeat(20)}` },
      },
    });
  const at = (s: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, s));
  await say(before, 3, at(1));
  expect(await namedPayment(world.db, before)).toMatchObject({ place: 3 });
  await say(after, 5, at(2));
  expect(await namedPayment(world.db, before)).toMatchObject({ place: 3 });
  await say(after, 3, at(3));
  expect(await namedPayment(world.db, before)).toBeNull();
  expect(await namedPayment(world.db, after)).toMatchObject({ place: 3 });
  await say(before, 6, at(4));
  expect(await namedPayment(world.db, before)).toMatchObject({ place: 6 });
});

test('at its place, to whom it went, in whatever block', async () => {
  const held = await others.funded(615_017n);
  await world.stopMoney(true);
  await world.anvil.client.mine({ blocks: 3, interval: OVERDUE_S });
  const hash = await others.act(STRANGER, 'release', [held.escrowId]);
  const { logs } = await world.anvil.client.getTransactionReceipt({ hash });
  const place = logs.findIndex((log) => readTransfer(world.contracts.token, log) !== null);
  const to = readTransfer(world.contracts.token, logs[place] as (typeof logs)[number])?.to.toLowerCase() ?? '';
  const named = { txHash: hash, logIndex: 0, place, blockNumber: '1', blockHash: `0x${'ab'.repeat(32)}`, to };
  const { token, escrow } = world.contracts;
  const want = { token, escrow, escrowId: held.escrowId, pays: 'after' as const, value: 615_017n * 10_000n };
  const found = (given: Partial<typeof named>) => {
    const says = isNamed({ ...named, ...given }, want);
    return logs.flatMap((log, i) => (says(log, logs) ? [i] : []));
  };
  expect(found({})).toEqual([place]);
  expect(found({ place: place - 1 })).toEqual([]);
  expect(found({ to: STRANGER.address.toLowerCase() })).toEqual([]);
  await world.stopMoney(false);
}, 240_000);
