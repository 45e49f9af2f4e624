import { eq } from 'drizzle-orm';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { effect, evidence } from '../../src/reactor/db/schema.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { reusesIdInCustody, reusesIdInRelease } from './reused.ts';
import { bring, expectPaidOnce } from './scenario.ts';
import { admitStranger, type Stranger } from './stranger.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
let stranger: Stranger;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  stranger = await admitStranger(world);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const effectsOf = async (legId: string, kind: string) =>
  (await world.db.select().from(effect).where(eq(effect.subjectId, legId))).filter((row) => row.kind === kind);

describe('evidence that a reorganisation took out', () => {
  test('of MXNB that Juno sent: nothing is funded, a person is told, and it goes on by itself when they are back', async () => {
    const { paymentId, legId, amount } = await bring(world, 'withdrawal', true);
    const [arrival] = await world.db.select().from(evidence).where(eq(evidence.source, 'chain'));
    const { txHash } = (arrival?.detail ?? {}) as { txHash: Hex };
    const raw = await world.rawOf(txHash);
    await world.reorganise(await world.depthOf(txHash), { forget: true });
    await world.stopMoney(false);
    const told = await world.untilAsks(paymentId, 'evidence_gone');
    expect(told).toContain(txHash);
    expect(told).toMatch(/goes on by itself/);
    expect(await effectsOf(legId, 'chain_fund')).toEqual([]);

    await world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  });

  test('of a return, after Juno’s credit: no peso leaves until the same bytes are in a block again', async () => {
    const { paymentId, legId, amount } = await bring(world, 'return', true);
    const sent = await world.sentFor(legId, 'chain_return');
    await world.reorganise(await world.depthOf(sent?.hash as Hex));
    await world.stopMoney(false);
    await world.indexed.sync();
    await world.watchdog.look();
    await world.advance(paymentId);
    expect(await world.legOf(paymentId)).toMatchObject({ state: 'returned', attentionCode: 'evidence_gone' });
    expect(await effectsOf(legId, 'juno_redemption')).toEqual([]);
    await world.until(paymentId, 'completed');
    expect(await world.sentFor(legId, 'chain_return')).toMatchObject({ raw: sent?.raw, version: 0 });
    expect((await world.legOf(paymentId)).attentionCode).toBeNull();
    await expectPaidOnce(world, amount);
  });
});

describe('an id that a reorganisation gives to another escrow', () => {
  test('in custody: the reference decides; the leg takes its own escrow’s new id and end, the other’s is never touched', () =>
    reusesIdInCustody(world, stranger));

  test('while it is being released: the old bytes, which name the other’s id, are not handed over again; they give way, and its own is released', () =>
    reusesIdInRelease(world, stranger));
});
