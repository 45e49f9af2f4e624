/** A payment that is disputed when what was done of it is found, and one that cannot be rebuilt at all: neither keeps money off for the others. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import { effect } from '../../src/reactor/db/schema.ts';
import { openDispute } from '../../src/reactor/disputes/open.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { recoveryNeeded } from '../../src/reactor/recovery/state.ts';
import { takeBackup } from '../support/backup.ts';
import { givenImmediate, givenRefund, useRestored } from './use-restored.ts';

const here = useRestored();
const effectsOf = (legId: string) => here.rail.db.select().from(effect).where(eq(effect.subjectId, legId));

test('what was paid since the backup is rebuilt, though its payment is disputed by then', async () => {
  const { rail, ctx, run } = here;
  const { paymentId, legId, amount } = await givenImmediate(rail);
  const backup = await takeBackup(rail.databaseUrl);
  await advance(ctx, { wallet: () => undefined }, paymentId);
  expect(await effectsOf(legId)).toMatchObject([{ state: 'confirmed' }]);
  await backup.restore();
  expect(await checkForLostActs(ctx)).toContain('1 withdrawals or redemptions at Juno');
  // Before anybody recovers, the payer disputes it: by the database nothing has left.
  const ada = { id: randomUUID(), name: 'ada', role: 'operator' } as const;
  const said = { by: 'payer', reasonCode: 'not_received', statement: 'no goods', reason: 'asked' } as const;
  await rail.db.transaction((tx) => openDispute(tx, ctx, ada, { payment: paymentId, ...said }));
  expect(await run()).toMatchObject({ state: 'clear', waiting: 0, troubles: [] });
  expect(await effectsOf(legId)).toMatchObject([{ state: 'confirmed' }]);
  expect(await recoveryNeeded(rail.db)).toBeNull();
  expect(await rail.at('REDEMPTION', amount)).toHaveLength(1);
});

test('a payment that throws while it is rebuilt is told, keeps money off, and keeps no other from being rebuilt', async () => {
  const { rail, ctx, run } = here;
  // What the test before this one left outside is taken up first.
  await run();
  const [bad, good] = [await givenRefund(rail), await givenRefund(rail)];
  const backup = await takeBackup(rail.databaseUrl);
  for (const { paymentId } of [bad, good]) await advance(ctx, { wallet: () => undefined }, paymentId);
  await backup.restore();
  await checkForLostActs(ctx);
  await rail.db.execute(sql`CREATE FUNCTION reactor.refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'leg % is refused', NEW.subject_id USING ERRCODE = 'check_violation'; END $$`);
  await rail.db.execute(
    sql.raw(`CREATE TRIGGER refused BEFORE INSERT ON reactor.effect FOR EACH ROW
      WHEN (NEW.subject_id = '${bad.legId}') EXECUTE FUNCTION reactor.refused()`),
  );
  try {
    expect(await run()).toMatchObject({
      ...{ state: 'needed', waiting: 1, left: [] },
      adopted: [{ paymentId: good.paymentId }],
      troubles: [{ paymentId: bad.paymentId, why: `leg ${bad.legId} is refused` }],
    });
  } finally {
    await rail.db.execute(sql`DROP FUNCTION reactor.refused CASCADE`);
  }
  expect(await effectsOf(good.legId)).toMatchObject([{ state: 'confirmed' }]);
  expect(await run()).toMatchObject({ state: 'clear', waiting: 0, troubles: [] });
});
