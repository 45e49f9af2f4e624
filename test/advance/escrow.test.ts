import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { type Hex, parseEther, toEventSelector, toFunctionSelector } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Call, openChain } from '../../src/chain/door.ts';
import { centavos, type Money, toMxnb } from '../../src/money/money.ts';
import { troubleBefore } from '../../src/reactor/advance/before.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, leg, walletTransaction } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { readFinalityPolicy } from '../../src/reactor/finality/read-policy.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { atOnce } from '../support/at-once.ts';
import { givePayment, KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { openIndexed } from '../support/indexed.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const ESCROW = `0x${'e'.repeat(40)}` as Hex;
const OTHER = `0x${'d'.repeat(40)}` as Hex;
const TOKEN = `0x${'2'.repeat(40)}` as Hex;
const PAYER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as Hex;
const AMOUNT = 150_000n;
const word = (value: bigint) => value.toString(16).padStart(64, '0');
const FUNDED = toEventSelector('EscrowFunded(uint256,uint256)').slice(2);
const GET_ESCROW = toFunctionSelector('getEscrow(uint256)').slice(2);
/**
 * A contract that answers `paid` and `status`, which is funded or released, when it is asked for an escrow; to everything else it says that escrow 7 was funded, and answers `id`.
 */
const answering = (id: bigint, paid: Hex, status: '01' | '02' = '01'): Hex =>
  `0x5f3560e01c63${GET_ESCROW}14607f577f${word(toMxnb(centavos(AMOUNT)).units)}5f5260077f${FUNDED}60205fa27f${word(id)}5f5260205ff35b7f${word(BigInt(paid))}5f5260${status}60605260e05ff3`;

let postgres: TestPostgres;
let anvil: TestAnvil;
let db: Db;
let indexed: Awaited<ReturnType<typeof openIndexed>>;
let ctx: Context;
let given: Awaited<ReturnType<typeof givePayment>>;
let key: Hex;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
});
afterAll(async () => {
  await db?.$client.end();
  await anvil?.stop();
  await postgres?.stop();
});
beforeEach(async () => {
  await db?.$client.end();
  db = await openTestDatabase(await postgres.createDatabase());
  indexed = await openIndexed(db);
  given = await givePayment(db);
  key = generatePrivateKey();
  const bridge = privateKeyToAccount(key).address.toLowerCase() as Hex;
  await anvil.client.setBalance({ address: bridge, value: parseEther('10') });
  for (const address of [ESCROW, OTHER]) await anvil.client.setCode({ address, bytecode: answering(7n, bridge) });
  const chain = openChain({ chainId: 31337, rpcUrl: anvil.url, escrow: ESCROW, token: TOKEN });
  const settings = { keySecret: KEY_SECRET, chainId: 31337, escrow: ESCROW, token: TOKEN, bridge, junoEnv: 'sandbox' };
  const finality = readFinalityPolicy('[{"fromMxn":"0","within":0,"return":0,"redemption":0}]');
  // The rest of a context is for other parts; touching it here would throw.
  ctx = {
    ...{ db, chain, queue: memoryQueue(), holder: 'test', log: pino({ level: 'silent' }) },
    settings: {
      ...{
        ...settings,
        bridgesBefore: [],
        junoDepositAddress: OTHER,
        bitsoBaseUrl: null,
        finality,
        releaseFourEyes: null,
      },
      wallet: { maxFeePerGas: 100n * 10n ** 9n, maxGas: 5_000_000n },
    },
    watchdog: { current: () => ({ trouble: null, headTimestamp: 0 }) },
    ...{ now: () => new Date(), monotonic: () => performance.now(), newId: randomUUID },
  } as unknown as Context;
});

const FUNDING: readonly LegState[] = ['deposited', 'withdrawing', 'withdrawn', 'funding'];
const walk = async (states: readonly LegState[]) => {
  for (const state of states) await db.update(leg).set({ state }).where(eq(leg.id, given.legId));
};
const withEscrow = (escrowContract: string, escrowId: bigint) =>
  db.update(leg).set({ escrowContract, escrowId }).where(eq(leg.id, given.legId));

describe('incident 9, ids on chain are given again', () => {
  const release = async () => {
    const view: LegView = {
      ...{ id: given.legId, kind: 'custody', state: 'in_custody', amount: centavos(given.amount) },
      ...{ rail: 'bank_redemption', destinationId: 'account', enteredAt: new Date(), deadline: 0, attention: null },
      ...{ effects: {}, facts: {}, account: { isReady: true, problem: null }, stopped: null },
    };
    return troubleBefore(ctx, { leg: view, effect: 'chain_release' }, { isFirst: true });
  };

  test('the escrow that still carries the leg’s reference may be released', async () => {
    await withEscrow(ESCROW, 7n);
    expect(await release()).toBeNull();
  });
  test('an escrow that would pay somebody else is not released, and a person is told', async () => {
    await withEscrow(ESCROW, 7n);
    await anvil.client.setCode({ address: ESCROW, bytecode: answering(7n, OTHER) });
    expect(await release()).toMatchObject({
      code: 'escrow_pays_another',
      sentence: expect.stringContaining(`would pay ${OTHER}`),
    });
  });
  test('an escrow that has ended and paid somebody else is told as that: nothing stays in it', async () => {
    await withEscrow(ESCROW, 7n);
    await anvil.client.setCode({ address: ESCROW, bytecode: answering(7n, OTHER, '02') });
    expect(await release()).toMatchObject({
      code: 'escrow_paid_another',
      sentence: expect.stringContaining(`its money went to ${OTHER}`),
    });
  });
  test('an escrow that is another’s by now is not released, and a person is told', async () => {
    await withEscrow(ESCROW, 8n);
    expect(await release()).toMatchObject({ do: 'ask', code: 'escrow_is_another' });
  });
  test('an escrow of a contract that is not driven here is not released', async () => {
    await withEscrow(OTHER, 7n);
    expect(await release()).toMatchObject({ do: 'ask', code: 'escrow_is_another' });
  });
  /** The intent of a call of the leg, and one turn of the wallet that is to sign it. */
  const signed = async (kind: 'chain_fund' | 'chain_release', request: Call, amount: Money) => {
    const id = await withLane({ db, holder: 'test' }, `payment:${given.paymentId}`, (lane) =>
      db.transaction((tx) =>
        recordEffect(tx, ctx, lane, {
          ...{ subjectKind: 'leg', subjectId: given.legId, kind, attempt: 1, amount, request },
          ...{ paymentId: given.paymentId, switches: ['all'], outgoing: null, postings: null },
        }),
      ),
    );
    await haveWalletSwitch(db, ctx.settings.bridge);
    await walletLane(ctx, localSigner(key, ctx.settings.bridge)).turn();
    return id;
  };

  test('no escrow is funded under another leg’s reference', async () => {
    const amount = toMxnb(centavos(given.amount));
    const [row] = await db.select().from(leg).where(eq(leg.id, given.legId));
    const fund = (reference: Hex) => atOnce(ctx.chain).fundCall(reference, amount.units, 60n);
    const another = row?.reference.replace(/.$/, (last) => (last === '0' ? '1' : '0')) as Hex;
    const id = await signed('chain_fund', fund(another), amount);
    expect((await db.select().from(effect).where(eq(effect.id, id)))[0]).toMatchObject({
      state: 'recorded',
      error: { code: 'policy', text: expect.stringContaining('would not carry this leg’s reference') },
    });
    expect(await db.$count(walletTransaction)).toBe(0);
  });
  test('the last look before a release is signed is the contract’s own', async () => {
    const id = await signed('chain_release', ctx.chain.escrow.releaseCall(8n), centavos(1n));
    const [row] = await db.select().from(effect).where(eq(effect.id, id));
    expect(row).toMatchObject({
      state: 'recorded',
      error: { code: 'policy', text: expect.stringContaining('reference') },
    });
    expect(await db.$count(walletTransaction)).toBe(0);
  });
  test('the last look before a release is signed is at whom it would pay', async () => {
    await withEscrow(ESCROW, 7n);
    await anvil.client.setCode({ address: ESCROW, bytecode: answering(7n, OTHER) });
    const id = await signed('chain_release', ctx.chain.escrow.releaseCall(7n), centavos(1n));
    expect((await db.select().from(effect).where(eq(effect.id, id)))[0]).toMatchObject({
      state: 'recorded',
      error: { code: 'policy', text: expect.stringContaining('and not the bridge wallet') },
    });
    expect(await db.$count(walletTransaction)).toBe(0);
  });
});

describe('what the indexer shows of a funded escrow', () => {
  /** An event that is in a block, as the RPC has it; what the indexer says of it may be anything. */
  const shown = async ({ contract = ESCROW as string, amount = toMxnb(centavos(given.amount)).units } = {}) => {
    const hash = await anvil.client.sendTransaction({ account: PAYER, to: ESCROW, gas: 100_000n, chain: null });
    const { blockNumber, blockHash } = await anvil.client.waitForTransactionReceipt({ hash });
    const [row] = await db.select().from(leg).where(eq(leg.id, given.legId));
    await db.execute(sql`
      INSERT INTO indexed.escrow_event VALUES (${hash}, 31337, ${blockNumber.toString()}::numeric, ${blockHash}, 1, ${hash}, 0,
        ${contract}, 7, ${row?.reference}, 'funded', ${amount.toString()}::numeric, NULL)`);
    await walk(FUNDING);
    return (await loadView(ctx, given.paymentId))?.legs[0]?.facts;
  };
  beforeEach(() => indexed.standsAt(0n, 0));

  test('is no evidence where the contract itself has no such escrow: an event of a chain that is gone', async () => {
    await anvil.client.setCode({ address: ESCROW, bytecode: answering(0n, OTHER) });
    expect(await shown()).toMatchObject({ funded: { verdict: 'mismatch' } });
  });
  test('is no evidence with another amount, or from another contract', async () => {
    expect(await shown({ amount: 1n })).toEqual({});
    given = await givePayment(db);
    expect(await shown({ contract: OTHER })).toEqual({});
  });
});
