/** A database that lost what was done since its backup: it says so, sends nothing, and is rebuilt from Juno and the chain. */
import { randomUUID } from 'node:crypto';
import { eq, type SQL, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { createWalletClient, http, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { maskClabe } from '../../src/money/clabe.ts';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db, Tx } from '../../src/reactor/db/client.ts';
import {
  depositClabe,
  destination,
  effect,
  foreignAct,
  guardSwitch,
  lane,
  leg,
  payment,
  person,
  suspense,
  user,
  walletTransaction,
} from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { provideClabe } from '../../src/reactor/intake/subjects.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { startReactor } from '../../src/reactor/reactor.ts';
import { unknownClabes } from '../../src/reactor/recovery/clabes.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { unknownJunoActs } from '../../src/reactor/recovery/juno-acts.ts';
import { type RecoverParameters, recover } from '../../src/reactor/recovery/recover.ts';
import { recoveryNeeded } from '../../src/reactor/recovery/state.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';
import { givenEffect, openRail, type Rail } from '../effects/rail.ts';
import { clientOf } from '../juno/peer.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { type Backup, takeBackup } from '../support/backup.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';

const key = generatePrivateKey();
const wallet = privateKeyToAccount(key);
const bridge = wallet.address.toLowerCase() as `0x${string}`;
const SPENDER = `0x${'1'.repeat(40)}` as const;
const ACTOR = { id: randomUUID(), name: 'ada', role: 'admin' } as const;
const FEES = { maxFeePerGas: parseGwei('50'), maxPriorityFeePerGas: parseGwei('2') };

let rail: Rail;
let ctx: Context;
let pristine: Backup;
beforeAll(async () => {
  rail = await openRail();
  const { chain } = rail;
  const settings = readSettings({
    DATABASE_URL: rail.databaseUrl,
    CHAIN_ID: String(foundry.id),
    ETH_RPC_URL: chain.rpcUrl,
    ESCROW_CONTRACT_ADDRESS: SPENDER,
    MXNB_CONTRACT_ADDRESS: chain.token,
    ESCROW_BRIDGE_WALLET: bridge,
    ESCROW_PRIVATE_KEY: key,
    JUNO_DEPOSIT_ADDRESS: `0x${'5'.repeat(40)}`,
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: rail.sandbox.url,
    JUNO_STAGE_API_KEY: 'unused',
    JUNO_STAGE_API_SECRET: 'unused',
    KUSTODIA_KEY_SECRET: KEY_SECRET,
  });
  const { escrow, token } = settings;
  ctx = rail.context({
    settings,
    chain: openChain({ chainId: foundry.id, rpcUrl: chain.rpcUrl, escrow, token }),
    watchdog: { current: () => ({ headTimestamp: 0, trouble: null }) } as unknown as Context['watchdog'],
  });
  // The indexer's views, which have nothing to show here.
  await rail.db.execute(sql`CREATE SCHEMA indexed`);
  await rail.db.execute(sql`CREATE TABLE indexed.escrow_event (reference text, block_number numeric, log_index int)`);
  await chain.client.setBalance({ address: bridge, value: 10n ** 19n });
  await rail.sandbox.withdraw({ amount: '100.00', address: bridge });
  await outside().sendTransaction({ to: SPENDER, value: 1n, ...FEES });
  // History of before the database is nobody's here.
  expect(await checkForLostActs(ctx)).toBeNull();
  pristine = await takeBackup(rail.databaseUrl);
});
beforeEach(() => pristine?.restore());
afterAll(() => rail?.close());

/** Whoever holds the bridge wallet's key, without this database. */
const outside = () => createWalletClient({ account: wallet, chain: foundry, transport: http(rail.chain.rpcUrl) });

const run = (given: Partial<RecoverParameters> = {}) =>
  recover(ctx, { actor: ACTOR, reason: 'the disk was lost', notOurs: [], dryRun: false, ...given });

let last = 20_000n;
/** A refund whose money is in Juno's pool, with an account to go to. */
async function givenRefund() {
  last += 111n;
  const amount = centavos(last);
  const { paymentId, payerId, recipientId, clabe } = await givePayment(rail.db, { amount: amount.units });
  const [id, legId, destinationId] = [randomUUID(), randomUUID(), randomUUID()];
  const junoAccountId = await rail.sandbox.registerBankAccount('646180157042875763');
  await rail.db.transaction(async (tx) => {
    await tx.insert(destination).values({
      id: destinationId,
      userId: payerId,
      clabe: '646180157042875763',
      legalName: 'Vera Vendedora',
      junoAccountId,
      verifiedAt: new Date(),
    });
    const expiresAt = new Date(Date.now() + 86_400_000);
    await tx.insert(payment).values({
      ...{ id, kind: 'refund', payerId, recipientId, depositClabe: clabe, amount: amount.units },
      ...{ custodySeconds: 0, concept: 'refund', expiresAt, awaitsDeposit: false },
    });
    await tx.insert(leg).values({
      ...{ id: legId, paymentId: id, kind: 'refund', amount: amount.units, destinationId, rail: 'bank_redemption' },
      ...{ reference: `0x${randomUUID().replaceAll('-', '').padStart(64, '0')}`, cause: 'created' },
    });
    await tx.update(leg).set({ state: 'reserved' }).where(eq(leg.id, legId));
    for (const step of ['deposit', 'issuance'] as const)
      await writeEntry(tx, {
        ...{ id: randomUUID(), key: `${step}:${legId}`, paymentId: id, effectId: null, state: 'posted' },
        postings: JOURNEY[step](amount),
      });
  });
  return { paymentId: id, other: paymentId, legId, amount };
}
const effectsOf = (subjectId: string) => rail.db.select().from(effect).where(eq(effect.subjectId, subjectId));
const advanceIt = (paymentId: string) => advance(ctx, { wallet: () => undefined }, paymentId);

describe('at Juno', () => {
  test('a payout made since the backup: money is off, nothing is sent, and it is rebuilt under its own key and paid once', async () => {
    const { paymentId, legId, amount } = await givenRefund();
    const backup = await takeBackup(rail.databaseUrl);
    await advanceIt(paymentId);
    const [before] = await effectsOf(legId);
    expect(before).toMatchObject({ kind: 'juno_redemption', state: 'confirmed' });
    await backup.restore();
    expect(await effectsOf(legId)).toEqual([]);

    expect(await checkForLostActs(ctx)).toContain('1 withdrawals or redemptions at Juno');
    await advanceIt(paymentId);
    expect(await effectsOf(legId)).toEqual([]);
    const dry = await run({ dryRun: true });
    expect(dry).toMatchObject({
      state: 'needed',
      left: [],
      adopted: [{ act: before?.externalId, paymentId, kind: 'juno_redemption' }],
    });
    expect(await effectsOf(legId)).toEqual([]);

    expect(await run()).toMatchObject({
      state: 'clear',
      waiting: 0,
      adopted: [{ act: before?.externalId, paymentId }],
    });
    const [after, ...more] = await effectsOf(legId);
    expect(more).toEqual([]);
    expect(after).toMatchObject({
      key: before?.key,
      request: before?.request,
      state: 'confirmed',
      externalId: before?.externalId,
    });
    expect(await recoveryNeeded(rail.db)).toBeNull();
    const { rows } = await rail.db.execute(
      sql`SELECT command, reason, role FROM reactor.audit_log WHERE command = 'recover'`,
    );
    expect(rows).toEqual([{ command: 'recover', reason: 'the disk was lost', role: 'admin' }]);
    await advanceIt(paymentId);
    expect(await rail.at('REDEMPTION', amount)).toHaveLength(1);
  });

  test('an act of no payment here is a person’s: money stays off until they say whose it is', async () => {
    const bankAccountId = await rail.sandbox.registerBankAccount('646180157042875763');
    const made = await rail.sandbox.redeem({ amount: '777.00', destination_bank_account_id: bankAccountId });
    const id: string = made.body['payload'].id;
    expect(await checkForLostActs(ctx)).not.toBeNull();
    const left = (await run()).left.map(({ act }) => act);
    expect(left).toContain(id);
    expect(await recoveryNeeded(rail.db)).not.toBeNull();
    await expect(run({ notOurs: ['something else'] })).rejects.toThrow('none of the acts that are left');
    expect(await run({ notOurs: left })).toMatchObject({ state: 'clear', left: [] });
    expect(await checkForLostActs(ctx)).toBeNull();
  });

  test('Juno gives no answer: nobody takes that for nothing', async () => {
    await rail.fault('error_5xx_before', 'GET /mint_platform/v1/transactions');
    await expect(checkForLostActs(ctx)).rejects.toThrow();
  });
});

test('transactions of the wallet that this database did not sign: ours by their calldata are adopted, a stranger is a person’s, and the next nonce follows', async () => {
  const { client } = rail.chain;
  const first = await client.getTransactionCount({ address: bridge });
  const send = (to: `0x${string}`, data: `0x${string}`, value = 0n) =>
    outside().sendTransaction({ to, data, value, ...FEES });
  const { to, data } = ctx.chain.approveCall(ctx.settings.escrow, 2n ** 256n - 1n);
  const hashes = [await send(to, data), await send(bridge, '0x'), await send(SPENDER, '0x', 5n)];
  expect(await checkForLostActs(ctx)).toContain('3 transactions of the bridge wallet');
  const found = await run();
  expect(found.state).toBe('needed');
  const strangers = found.left.filter(({ act }) => act.startsWith('0x'));
  expect(strangers).toEqual([{ act: hashes[2], what: `stranger, nonce ${first + 2}` }]);
  const [adopted] = await rail.db.select().from(effect).where(eq(effect.kind, 'chain_approve'));
  const [signed] = await rail.db.select().from(walletTransaction);
  expect(adopted?.state).toBe('sending');
  expect(signed).toMatchObject({ hash: hashes[0], nonce: first, effectId: adopted?.id });
  // The bytes are those that were signed: the node knows them.
  await expect(outside().sendRawTransaction({ serializedTransaction: signed?.raw as `0x${string}` })).rejects.toThrow(
    /nonce|known/,
  );

  await walletLane(ctx, localSigner(key, bridge)).turn();
  expect(await run({ notOurs: found.left.map(({ act }) => act) })).toMatchObject({ state: 'clear' });
  expect(await checkForLostActs(ctx)).toBeNull();
});

test('a process that died while it asked keeps no other from starting', async () => {
  const held = {
    name: 'recovery:check',
    epoch: 1,
    holder: 'dead',
    heldUntil: sql`clock_timestamp() + interval '1 hour'`,
  };
  await rail.db.insert(lane).values(held).onConflictDoUpdate({ target: lane.name, set: held });
  expect(await checkForLostActs(ctx)).not.toBe('busy');
});

test('a reactor begins nothing before Juno and the chain were asked, and then works', async () => {
  // What the tests before it left outside is nobody's here.
  await run({ notOurs: (await run()).left.map(({ act }) => act) });
  const { paymentId, legId } = await givenRefund();
  const mine = {
    ...ctx,
    queue: memoryQueue(),
    junoLimit: { share: () => 0 },
    watchdog: { current: ctx.watchdog.current, look: async () => undefined },
  } as unknown as Context;
  await mine.queue.enqueue({ lane: 'payment', id: paymentId });
  const reactor = await startReactor(mine, localSigner(key, bridge));
  try {
    expect(reactor.isChecked()).toBe(false);
    expect(await effectsOf(legId)).toEqual([]);
    await until('the payout', async () => (await effectsOf(legId)).some(({ state }) => state === 'confirmed'));
    expect(reactor.isChecked()).toBe(true);
  } finally {
    await reactor.stop();
  }
});

test('while Juno gives no answer a reactor begins nothing, however often it asks', async () => {
  let failures = 0;
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => void (line.includes('"loop":"recovery"') && failures++) },
  );
  const juno = clientOf('http://127.0.0.1:9').client;
  const mine = {
    ...{ ...ctx, juno, log, queue: memoryQueue(), junoLimit: { share: () => 0 } },
    watchdog: { current: ctx.watchdog.current, look: async () => undefined },
  } as unknown as Context;
  const reactor = await startReactor(mine, localSigner(key, bridge));
  try {
    await until('two looks', async () => failures > 1 || reactor.isChecked());
    expect(reactor.isChecked()).toBe(false);
  } finally {
    await reactor.stop();
  }
});

test('what an effect whose answer is out may have done is no lost act', async () => {
  await run({ notOurs: (await run()).left.map(({ act }) => act) });
  const e = await givenEffect(rail, 'juno_redemption');
  await rail.fault('timeout_after_success', 'POST /mint_platform/v1/redemptions', { ms: 5_000 });
  await e.send(rail.impatient());
  expect((await e.row()).state).toBe('unknown');
  expect(await checkForLostActs(ctx)).toBeNull();
});

test('an answer that comes while it is asked makes no lost act of it', async () => {
  await run({ notOurs: (await run()).left.map(({ act }) => act) });
  const e = await givenEffect(rail, 'juno_redemption');
  await rail.fault('timeout_after_success', 'POST /mint_platform/v1/redemptions', { ms: 5_000 });
  await e.send(rail.impatient());
  const { items } = await listTransactions(ctx.juno, { page: 0 });
  const known = new Set((await rail.db.select({ id: effect.externalId }).from(effect)).map(({ id }) => id));
  const said = new Set((await rail.db.select({ id: foreignAct.externalId }).from(foreignAct)).map(({ id }) => id));
  const isTheirs = ({ id, type }: { id: string; type: string }) =>
    type === 'REDEMPTION' && !known.has(id) && !said.has(id);
  const made = items.filter(isTheirs).map(({ id }) => id);
  let answers = 0;
  const answered = async () => {
    answers++;
    await rail.db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL session_replication_role = replica`);
      await tx
        .update(effect)
        .set({ state: 'confirmed', externalId: made[0] ?? null })
        .where(eq(effect.key, e.key));
    });
  };
  // The answer is recorded just before the check reads whose answers are out.
  const slow = (tx: Tx): Tx =>
    Object.create(tx, {
      execute: {
        value: async (query: SQL) => {
          await answered();
          return tx.execute(query);
        },
      },
    });
  const transaction: Db['transaction'] = (work, config) => rail.db.transaction((tx) => work(slow(tx)), config);
  const mine = { ...ctx, db: Object.create(rail.db, { transaction: { value: transaction } }) };
  expect(await unknownJunoActs(mine)).toEqual([]);
  expect([made.length, answers]).toEqual([1, 1]);
});

describe('a CLABE that was made since the backup', () => {
  async function givenUser(): Promise<string> {
    const userId = randomUUID();
    await rail.db.insert(user).values({ id: userId });
    await rail.db.insert(guardSwitch).values({ name: `user:${userId}` });
    await rail.db.insert(person).values({ userId, fullName: 'Pablo Pagador', email: 'pablo@example.mx' });
    return userId;
  }
  /** A user of the backup, who was given a CLABE after it, and whose database has lost that. */
  async function givenLostClabe() {
    await run({ notOurs: (await run()).left.map(({ act }) => act) });
    // The first request ever knows what there was before it; those after it, as this user's, do not.
    await provideClabe(ctx, await givenUser());
    const userId = await givenUser();
    const backup = await takeBackup(rail.databaseUrl);
    await provideClabe(ctx, userId);
    const [before] = await effectsOf(userId);
    const clabe = before?.externalId ?? '';
    expect(clabe).toMatch(/^\d{18}$/);
    await backup.restore();
    expect(await rail.db.$count(depositClabe, eq(depositClabe.userId, userId))).toBe(0);
    return { userId, clabe, before };
  }

  test('stops money: no second one is made for its user, who gets it back when a person says whose it is', async () => {
    const { userId, clabe, before } = await givenLostClabe();
    expect(await checkForLostActs(ctx)).toContain('1 CLABEs at Juno');
    await expect(provideClabe(ctx, userId)).rejects.toThrow('“recovery” is off');
    const { left } = await run({ dryRun: true });
    expect(left).toEqual([{ act: clabe, what: expect.stringContaining(`CLABE ${maskClabe(clabe)}`) }]);
    await expect(run({ clabes: [{ clabe, userId: randomUUID() }] })).rejects.toThrow('no such user here');
    expect(await run({ clabes: [{ clabe, userId }] })).toMatchObject({ state: 'clear', left: [] });
    expect(await effectsOf(userId)).toMatchObject([{ key: before?.key, state: 'confirmed', externalId: clabe }]);
    await provideClabe(ctx, userId);
    expect(await rail.db.select().from(depositClabe).where(eq(depositClabe.userId, userId))).toMatchObject([{ clabe }]);
    expect(await checkForLostActs(ctx)).toBeNull();
  });

  test('that nobody can name is set aside: what is paid into it waits in suspense, and it is taken for no other’s', async () => {
    const { userId, clabe } = await givenLostClabe();
    expect(await run({ notOurs: [clabe] })).toMatchObject({ state: 'clear', left: [] });
    await rail.sandbox.deposit('150.00', clabe);
    await until('the deposit', async () => {
      await intake(ctx);
      return (await rail.db.select().from(suspense)).some(({ reason }) => reason === 'unknown_clabe');
    });
    // The answer to the next request is lost before Juno made one: the one that was set aside is not its answer.
    await rail.fault('connection_reset_before', 'POST /mint_platform/v1/clabes');
    await provideClabe(ctx, userId);
    await rail.db
      .update(effect)
      .set({ nextLookAt: new Date(0) })
      .where(eq(effect.subjectId, userId));
    await provideClabe(ctx, userId);
    expect(await effectsOf(userId)).toMatchObject([{ state: 'unknown', error: { code: 'look_found_none' } }]);
  });

  test('is no lost act while the answer of a request is out: it may be that one’s', async () => {
    const { userId } = await givenLostClabe();
    await rail.db.update(guardSwitch).set({ isStopped: false }).where(eq(guardSwitch.name, 'recovery'));
    await rail.fault('connection_reset_before', 'POST /mint_platform/v1/clabes');
    await provideClabe(ctx, userId);
    expect((await effectsOf(userId))[0]?.state).toBe('unknown');
    expect(await unknownClabes(ctx)).toEqual([]);
  });
});
