/** Another attempt that two people allowed since the backup, and that was made: nobody is asked once more for what was done. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import { effect, lane } from '../../src/reactor/db/schema.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { recoveryNeeded } from '../../src/reactor/recovery/state.ts';
import { takeBackup } from '../support/backup.ts';
import { givenRefund, useRestored } from './use-restored.ts';

const here = useRestored();
const db = () => here.rail.db;

/** An attempt that came to nothing: refused before it was processed, or given up before it was sent. */
async function givenSpent(at: Awaited<ReturnType<typeof givenRefund>>, attempt: number, as: 'rejected' | 'dead') {
  const [id, name] = [randomUUID(), `payment:${at.paymentId}`];
  await db().insert(lane).values({ name, epoch: 1 }).onConflictDoNothing();
  await db()
    .insert(effect)
    .values({
      ...({ id, subjectKind: 'leg', subjectId: at.legId, kind: 'juno_redemption', attempt } as const),
      ...{ paymentId: at.paymentId, key: randomUUID(), request: { body: '{}' }, amount: at.amount.units },
      ...({ currency: 'MXN', lane: name, laneEpoch: 1 } as const),
    });
  if (as === 'rejected')
    await db().update(effect).set({ state: 'sending', firstSentAt: new Date(), sends: 1 }).where(eq(effect.id, id));
  const error = { code: '0303', text: 'it came to nothing' };
  await db().update(effect).set({ state: as, error }).where(eq(effect.id, id));
  return id;
}

async function allow(id: string): Promise<void> {
  const proposal = randomUUID();
  await db().execute(sql`
    INSERT INTO reactor.proposal (id, command, subject, parameters, reason, proposed_by, proposer_name, approved_by, approver_name, approved_at, expires_at)
    VALUES (${proposal}, 'effect allow-attempt', ${`effect:${id}`}, '{}', 'mended', ${randomUUID()}, 'olga', ${randomUUID()}, 'pablo', reactor.now(), reactor.now() + interval '1 day')`);
  await db().update(effect).set({ decidedBy: proposal }).where(eq(effect.id, id));
}

test.each([
  { after: 'a refusal', spent: ['rejected'] },
  { after: 'the last attempt of the machine’s own', spent: ['dead', 'dead', 'dead'] },
] as const)('an attempt that was allowed after $after, and made since the backup, is rebuilt', async ({ spent }) => {
  const { rail, ctx, run } = here;
  // What the test before this one left outside is taken up first.
  if ((await checkForLostActs(ctx)) !== null) await run();
  const given = await givenRefund(rail);
  const { paymentId, legId, amount } = given;
  const ids: string[] = [];
  for (const [n, as] of spent.entries()) ids.push(await givenSpent(given, n + 1, as));
  const backup = await takeBackup(rail.databaseUrl);
  const states = async () =>
    (await db().select().from(effect).where(eq(effect.subjectId, legId)).orderBy(effect.attempt)).map((e) => e.state);
  const advanceIt = () => advance(ctx, { wallet: () => undefined }, paymentId);
  await advanceIt();
  expect(await states()).toEqual(spent);
  await allow(ids.at(-1) ?? '');
  await advanceIt();
  expect(await states()).toEqual([...spent, 'confirmed']);
  await backup.restore();
  expect(await checkForLostActs(ctx)).toContain('1 withdrawals or redemptions at Juno');
  await advanceIt();
  expect(await states()).toEqual(spent);
  expect(await run()).toMatchObject({ state: 'clear', waiting: 0, left: [] });
  expect(await states()).toEqual([...spent, 'confirmed']);
  expect(await recoveryNeeded(rail.db)).toBeNull();
  expect(await rail.at('REDEMPTION', amount)).toHaveLength(1);
});
