/** The database is set back (restored, or failed over to a copy that lags) while reactors run on. */
import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import { effect, effectHistory, foreignAct } from '../../src/reactor/db/schema.ts';
import { SetBackError } from '../../src/reactor/effects/lane.ts';
import { openMemory } from '../../src/reactor/effects/memory.ts';
import { throwSwitch } from '../../src/reactor/guards/switches.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { startReactor } from '../../src/reactor/reactor.ts';
import { unknownClabes } from '../../src/reactor/recovery/clabes.ts';
import { noticeSetBack } from '../../src/reactor/recovery/set-back.ts';
import { recoveryNeeded, setRecovery } from '../../src/reactor/recovery/state.ts';
import { SETTLE_OUTSIDE } from '../../src/reactor/replace/settle-outside.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';
import { givenEffect } from '../effects/rail.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { startSandbox, until } from '../sandbox/support/sandbox.ts';
import { takeBackup } from '../support/backup.ts';
import { NO_LIMIT } from '../support/no-limit.ts';
import { givenRefund, useRestored } from './use-restored.ts';

const here = useRestored();

test('what the database forgot while a reactor runs on is not done again', async () => {
  const { rail } = here;
  // Juno remembers a key for an hour; here for a moment, so that nobody has to wait.
  const sandbox = await startSandbox(rail.chain, { SANDBOX_SWITCHES: JSON.stringify({ idempotencyRetention_ms: 1 }) });
  onTestFinished(async () => void (await sandbox.stop()));
  await sandbox.deposit('5000.00');
  const juno = clientAt(sandbox.url);
  const ctx = {
    ...{ ...here.ctx, juno, queue: memoryQueue(), junoLimit: NO_LIMIT },
    bankAccounts: openBankAccounts({ juno, monotonic: () => performance.now() }),
    watchdog: { current: here.ctx.watchdog.current, look: async () => undefined },
  } as unknown as Context;
  const clabes = (await unknownClabes(ctx)).map(({ clabe }) => ({ source: 'clabe', externalId: clabe, reason: 'old' }));
  await rail.db.insert(foreignAct).values(clabes as never);
  const { paymentId } = await givenRefund({ ...rail, sandbox } as never);
  const paid = async () => (await sandbox.outbox()).length;
  const backup = await takeBackup(rail.databaseUrl);

  await ctx.queue.enqueue({ lane: 'payment', id: paymentId });
  const reactor = await startReactor(ctx, localSigner(here.key, here.bridge));
  try {
    await until('the payout', async () => (await paid()) === 1);
    // It is known to be committed once its answer is.
    await until(
      'its answer',
      async () =>
        (await rail.db.$count(effect, and(eq(effect.kind, 'juno_redemption'), eq(effect.state, 'confirmed')))) === 1,
    );
    await backup.restore();
    await ctx.queue.enqueue({ lane: 'payment', id: paymentId });
    await until('money to be off', async () => (await recoveryNeeded(rail.db)) !== null);
    await until('what it lost to be named', async () => ((await recoveryNeeded(rail.db)) ?? '').includes('at Juno'));
    expect(await paid()).toBe(1);
  } finally {
    await reactor.stop();
  }
});

test('what is to be sent after the database was set back is not sent, before anybody noticed', async () => {
  const { rail } = here;
  const ctx = rail.context({ memory: openMemory() });
  const [first, second] = [await givenEffect(rail, 'juno_redemption'), await givenEffect(rail, 'juno_redemption')];
  const backup = await takeBackup(rail.databaseUrl);
  await first.send(ctx);
  expect((await first.row()).state).toBe('confirmed');
  await backup.restore();
  for (const e of [second, first]) await expect(e.send(ctx)).rejects.toThrow(SetBackError);
  expect([(await first.row()).state, (await second.row()).state]).toEqual(['recorded', 'recorded']);
  expect(await rail.at('REDEMPTION', second.amount)).toEqual([]);
  expect(await rail.at('REDEMPTION', first.amount)).toHaveLength(1);
  // Another process, which saw less, finds its lane its own.
  await second.send(rail.context({ memory: openMemory() }));
  expect((await second.row()).state).toBe('confirmed');
});

test('a copy that has what came last, and lacks what came just before it, was set back as well', async () => {
  const { rail } = here;
  const ctx = rail.context({ memory: openMemory() });
  const [lost, kept, next] = await Promise.all([givenEffect(rail), givenEffect(rail), givenEffect(rail)]);
  await lost.send(ctx);
  await kept.send(ctx);
  await rail.db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.delete(effectHistory).where(eq(effectHistory.effectId, lost.id));
  });
  await expect(next.send(ctx)).rejects.toThrow(SetBackError);
});

test('a payment by hand that a copy has not got is missed, though no effect moved with it', async () => {
  const { rail, ctx } = here;
  const { legId } = await givenRefund(rail);
  const memory = openMemory();
  expect(await memory.look(rail.db)).toBe(true);
  const copy = await takeBackup(rail.databaseUrl);
  const cepLink = 'https://www.banxico.org.mx/cep/go?i=byhand';
  await rail.db.transaction((tx) =>
    SETTLE_OUTSIDE.execute(tx, ctx, {
      ...{ subjectId: legId, proposalId: randomUUID(), lane: null },
      parameters: { trackingKey: 'PAIDBYHAND', cepLink },
    }),
  );
  expect(await memory.look(rail.db)).toBe(true);
  await copy.restore();
  const next = await givenEffect(rail);
  await expect(next.send(rail.context({ memory }))).rejects.toThrow(SetBackError);
  expect(await memory.look(rail.db)).toBe(false);
});

test('a switch that was thrown, and that a copy has not got, is missed', async () => {
  const { rail } = here;
  const memory = openMemory();
  const copy = await takeBackup(rail.databaseUrl);
  const actor = { id: randomUUID(), name: 'ada', role: 'operator' } as const;
  await rail.db.transaction((tx) => throwSwitch(tx, { actor, name: 'rail:juno', reason: 'it pays twice' }));
  expect(await memory.look(rail.db)).toBe(true);
  await copy.restore();
  expect(await memory.look(rail.db)).toBe(false);
});

test('a reactor that slept while the database was set back and recovered does not turn money off once more', async () => {
  const { rail } = here;
  const [awake, asleep] = [openMemory(), openMemory()];
  const copy = await takeBackup(rail.databaseUrl);
  const e = await givenEffect(rail);
  await e.send(rail.context());
  for (const memory of [awake, asleep]) expect(await memory.look(rail.db)).toBe(true);
  await copy.restore();
  const of = (memory: typeof awake) => rail.context({ memory });
  // A recovery that had nothing to recover, as it seemed, says nothing of what was lost.
  await setRecovery(rail.db, of(awake), null);
  expect(await noticeSetBack(of(awake))).toBe(true);
  await setRecovery(rail.db, of(awake), null);
  expect(await noticeSetBack(of(awake))).toBe(false);
  expect(await noticeSetBack(of(asleep))).toBe(false);
  expect(await recoveryNeeded(rail.db)).toBeNull();
  // What it sees from now on it misses as ever.
  const again = await takeBackup(rail.databaseUrl);
  const later = await givenEffect(rail);
  await later.send(of(asleep));
  await again.restore();
  expect(await noticeSetBack(of(asleep))).toBe(true);
});
