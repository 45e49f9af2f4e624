import { randomUUID } from 'node:crypto';
import { eq, type SQL, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db, Tx } from '../../src/reactor/db/client.ts';
import { effect, foreignAct, lane, walletTransaction } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { startReactor } from '../../src/reactor/reactor.ts';
import { joinAct } from '../../src/reactor/recovery/adopt.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { unknownJunoActs } from '../../src/reactor/recovery/juno-acts.ts';
import { recoveryNeeded } from '../../src/reactor/recovery/state.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';
import { givenEffect, type Rail } from '../effects/rail.ts';
import { clientOf } from '../juno/peer.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { takeBackup } from '../support/backup.ts';
import { NO_LIMIT } from '../support/no-limit.ts';
import { FEES, givenRefund as refundOf, SPENDER, useRestored } from './use-restored.ts';

const here = useRestored();
const { run, outside } = here;
const { key, bridge } = here;
let rail: Rail;
let ctx: Context;
beforeAll(() => {
  ({ rail, ctx } = here);
});

const givenRefund = () => refundOf(rail);
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
      sql`SELECT command, reason, role FROM reactor.audit_log WHERE command LIKE 'recover%' ORDER BY id`,
    );
    const who = { reason: 'the disk was lost', role: 'admin' };
    expect(rows).toEqual([
      { command: 'recover', ...who },
      { command: 'recover end', ...who },
    ]);
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
    // What is refused says that nothing was changed: one that is right beside one that is wrong is not set aside.
    const before = await rail.db.$count(foreignAct);
    const clabes = [{ clabe: '646180157042875763', userId: randomUUID() }];
    for (const wrong of [{ notOurs: [id, 'something else'] }, { notOurs: [id], clabes }])
      await expect(run(wrong)).rejects.toThrow('none of the acts that are left');
    expect(await rail.db.$count(foreignAct)).toBe(before);
    expect(await run({ notOurs: left })).toMatchObject({ state: 'clear', left: [] });
    expect(await checkForLostActs(ctx)).toBeNull();
  });

  test('an act that a clock ahead of ours dates was sent when it is joined, and no later', async () => {
    const e = await givenEffect(rail);
    const at = new Date(Date.now() + 300_000);
    const act = {
      source: 'juno',
      id: 'ahead',
      type: 'CRYPTO_WITHDRAWAL',
      centavos: 1n,
      address: null,
      clabe: null,
      raw: '',
      at,
    } as const;
    await withLane(ctx, e.name, (held) => rail.db.transaction((tx) => joinAct(tx, ctx, held, e.id, act)));
    const [row] = await rail.db.select().from(effect).where(eq(effect.id, e.id));
    expect(row).toMatchObject({ state: 'confirmed', externalId: 'ahead' });
    expect(row?.firstSentAt?.getTime()).toBeLessThanOrEqual(Date.now());
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

  await haveWalletSwitch(rail.db, bridge);
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
    junoLimit: NO_LIMIT,
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
    ...{ ...ctx, juno, log, queue: memoryQueue(), junoLimit: NO_LIMIT },
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
