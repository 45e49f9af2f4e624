/** What one side has done and the other does not show for too long, and what a reorganisation excuses: each made for real. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { centavos } from '../../src/money/money.ts';
import { evidence, junoTransaction } from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { bring } from '../finality/scenario.ts';
import { JUNO } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openReconcileWorld, type ReconcileWorld } from './world.ts';

const TIMEOUT_MS = 240_000;
/** Beyond RECONCILE_OVERDUE_S of the world. */
const OVERDUE_S = 1_801;

let postgres: TestPostgres;
let world: ReconcileWorld;
beforeAll(async () => {
  postgres = await startPostgres();
}, TIMEOUT_MS);
afterAll(() => postgres?.stop());
beforeEach(async () => {
  world = await openReconcileWorld(postgres);
}, TIMEOUT_MS);
afterEach(() => world?.close());

const closedBecause = async (id: string | undefined) =>
  (await world.breaks()).find((one) => one.id === id)?.closedBecause;
/** Turns until what is asked for is there. */
async function turnUntil<T>(paymentId: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    await world.turn(paymentId);
  }
}

test('deposit_not_issued: Juno does not show the ISSUANCE of a deposit that was claimed, until it does', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { paymentId } = await world.givePayment();
  // Neither its list nor its history, nor any by its id.
  for (const list of ['transactions', 'transactions/:id', 'financial_movements'])
    await world.sandbox.arm('error_5xx_before', `GET /mint_platform/v1/${list}`, { count: 10_000 });
  let deposit: { externalId: string } | undefined;
  while (!deposit) {
    await intake(world.ctx).catch(() => undefined);
    [deposit] = await world.db.select().from(evidence).where(eq(evidence.source, 'juno_deposit'));
  }
  await world.advance(paymentId);
  await world.look();
  expect(await world.open()).toEqual([]);
  await world.later(OVERDUE_S);
  const [found] = await world.open('deposit_not_issued');
  expect(found).toMatchObject({
    ...{ account: 'spei_in', paymentId, books: 150_000n, shortfall: 0n, stopped: [] },
    evidence: { deposit: deposit.externalId },
  });
  expect(await world.stopped()).toEqual([]);

  await world.sandbox.admin('DELETE', '/faults');
  await turnUntil(paymentId, async () => ((await world.legOf(paymentId)).state === 'requested' ? undefined : true));
  await world.look();
  expect(await world.open('deposit_not_issued')).toEqual([]);
  expect(await closedBecause(found?.id)).toBe('Juno issued it, or sent it back');
});

test('withdrawal_not_arrived: a reorganisation loses what Juno calls complete, until Juno sends it again', {
  timeout: TIMEOUT_MS,
}, async () => {
  const amount = 150_000n;
  const { paymentId, legId } = await world.givePayment({ amount });
  // From here on Juno and the chain go on alone: nobody here has seen that it arrived.
  await world.until(paymentId, 'withdrawing');
  const asked = (await world.sandbox.transactions()).find(({ type }) => type === 'CRYPTO_WITHDRAWAL');
  await world.sandbox.ended(asked?.id ?? '');
  const sent = await world.anvil.client.getContractEvents({
    ...{ address: world.contracts.token, abi: MXNB_ABI, eventName: 'Transfer', strict: true },
    args: { from: JUNO.address, to: world.settings.bridge },
    fromBlock: 0n,
  });
  const hash = sent.find(({ args }) => args.value === amount * 10_000n)?.transactionHash ?? '0x';
  const raw = await world.rawOf(hash);
  await world.reorganise(await world.depthOf(hash), { forget: true });
  await turnUntil(paymentId, async () => {
    const rows = await world.db.select().from(junoTransaction).where(eq(junoTransaction.type, 'CRYPTO_WITHDRAWAL'));
    return rows.find(({ status }) => status === 'complete');
  });
  await world.look();
  expect(await world.open()).toEqual([]);
  expect((await world.legOf(paymentId)).state).toBe('withdrawing');
  await world.later(OVERDUE_S);
  const [found] = await world.open('withdrawal_not_arrived');
  expect(found).toMatchObject({
    ...{ account: 'in_transit', paymentId, books: amount, chain: 0n, shortfall: 0n },
    evidence: { leg: legId },
  });

  await world.stopMoney(true);
  await world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
  await world.until(paymentId, 'withdrawn');
  await world.look();
  expect(await world.open('withdrawal_not_arrived')).toEqual([]);
  expect(await closedBecause(found?.id)).toBe('the MXNB arrived, or the withdrawal came to nothing');
});

test('return_not_credited: Juno does not credit what reached its address, until its support does', {
  timeout: TIMEOUT_MS,
}, async () => {
  await world.sandbox.arm('credit_held', 'credit', { count: 1 });
  const { paymentId, legId } = await world.givePayment();
  await world.until(paymentId, 'returning');
  const sent = await turnUntil(paymentId, async () => {
    const row = await world.sentFor(legId, 'chain_return');
    return row?.succeeded ? row : undefined;
  });
  await world.look();
  expect(await world.open()).toEqual([]);
  await world.later(OVERDUE_S);
  const [found] = await world.open('return_not_credited');
  expect(found).toMatchObject({
    ...{ account: 'returning', paymentId, juno: 0n, shortfall: 0n },
    evidence: { leg: legId, txHash: sent.hash },
  });

  await world.stopMoney(true);
  await world.sandbox.admin('POST', '/credits/release');
  await world.until(paymentId, 'returned');
  await world.look();
  expect(await world.open('return_not_credited')).toEqual([]);
  expect(await closedBecause(found?.id)).toBe('Juno credited it, or the return came to nothing');
});

test('books_differ: somebody wrote to the books what no leg is, until it is written back', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { paymentId } = await world.givePayment({ custodySeconds: 100_000 });
  await world.until(paymentId, 'in_custody');
  await world.look();
  const write = (amount: bigint) =>
    world.db.transaction((tx) =>
      writeEntry(tx, {
        ...{ id: randomUUID(), key: `by-hand:${randomUUID()}`, paymentId, effectId: null, state: 'posted' },
        postings: [
          { account: 'liability', amount: centavos(amount) },
          { account: 'own', amount: centavos(-amount) },
        ],
      }),
    );
  await write(100n);
  await world.look();
  expect(await world.open()).toEqual([]);
  await world.later(61);
  const [found] = await world.open('books_differ');
  expect(found).toMatchObject({
    ...{ paymentId, books: 149_900n, shortfall: 100n, stopped: [] },
    evidence: { owed: '149900', legs: '150000' },
  });
  await write(-100n);
  await world.look();
  expect(await world.open()).toEqual([]);
  expect(await closedBecause(found?.id)).toBe('books and legs agree again');
});

test('a funding that a reorganisation took out is no shortfall while the wallet hands it over again', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { paymentId, legId, amount } = await bring(world, 'funding', true);
  await world.look();
  const { hash } = (await world.sentFor(legId, 'chain_fund')) ?? { hash: '0x' };
  await world.reorganise(await world.depthOf(hash as `0x${string}`));
  const inEscrow = () => world.chain.tokenBalance(world.settings.escrow);
  for (const seconds of [0, 61, 400]) {
    await world.later(seconds);
    // The chain is read, has nothing in the escrow, and the books have all of it there.
    expect(world.watchdog.current().trouble).toBeNull();
    expect(await inEscrow()).toBe(0n);
    expect(await world.open(), `${seconds} s later`).toEqual([]);
  }
  expect(await world.stopped()).toEqual(['all']);
  await world.stopMoney(false);
  await turnUntil(paymentId, async () => ((await inEscrow()) === amount * 10_000n ? true : undefined));
  await world.look();
  expect(await world.open()).toEqual([]);
});
