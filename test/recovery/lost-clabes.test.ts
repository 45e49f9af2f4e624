/** CLABEs that were made after the backup that was restored: Juno has them, and the database does not. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { maskClabe } from '../../src/money/clabe.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db, Tx } from '../../src/reactor/db/client.ts';
import { auditLog, depositClabe, effect, guardSwitch, person, suspense, user } from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { provideClabe } from '../../src/reactor/intake/subjects.ts';
import { unknownClabes } from '../../src/reactor/recovery/clabes.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import type { Rail } from '../effects/rail.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { takeBackup } from '../support/backup.ts';
import { useRestored } from './use-restored.ts';

const here = useRestored();
const { run } = here;
let rail: Rail;
let ctx: Context;
beforeAll(() => {
  ({ rail, ctx } = here);
});
const effectsOf = (subjectId: string) => rail.db.select().from(effect).where(eq(effect.subjectId, subjectId));

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
    // What stops on its way has who asked for it on record already.
    const asked = () => rail.db.$count(auditLog, eq(auditLog.command, 'recover'));
    const askedBefore = await asked();
    await expect(run({ clabes: [{ clabe, userId: randomUUID() }] })).rejects.toThrow('no such user here');
    expect(await asked()).toBe(askedBefore + 1);
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

  test('is no lost act when its answer comes while it is asked', async () => {
    const { userId, clabe } = await givenLostClabe();
    await rail.fault('connection_reset_before', 'POST /mint_platform/v1/clabes');
    await provideClabe(ctx, userId);
    /** The answer is recorded between what is known and whose answers are out. */
    const slow = (tx: Tx): Tx =>
      Object.create(tx, {
        $count: {
          value: async (...asked: Parameters<Tx['$count']>) => {
            await rail.db.transaction(async (other) => {
              await other.execute(sql`SET LOCAL session_replication_role = replica`);
              await other
                .update(effect)
                .set({ state: 'confirmed', externalId: clabe })
                .where(eq(effect.subjectId, userId));
            });
            return tx.$count(...asked);
          },
        },
      });
    const transaction: Db['transaction'] = (work, config) => rail.db.transaction((tx) => work(slow(tx)), config);
    const mine = { ...ctx, db: Object.create(rail.db, { transaction: { value: transaction } }) };
    expect(await unknownClabes(mine)).toEqual([]);
    expect((await effectsOf(userId))[0]?.state).toBe('confirmed');
  });
});
