/** A backup that has a Bitso payout as recorded, and one from before a leg was made. */
import { randomUUID } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos, formatDecimal, type Money } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import { effect, ledgerEntry, leg } from '../../src/reactor/db/schema.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { deriveKey } from '../../src/reactor/effects/key.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { recover } from '../../src/reactor/recovery/recover.ts';
import { assertFree } from '../../src/reactor/replace/repay.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { startSandbox, type TestSandbox, until } from '../sandbox/support/sandbox.ts';
import { takeBackup } from '../support/backup.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { useRestored } from './use-restored.ts';

const here = useRestored();
let ctx: Context;
let bitso: TestSandbox;

const ACTOR = { id: randomUUID(), name: 'ada', role: 'admin' } as const;
const CLABE = '646180157042875763';

const recoverIt = (notOurs: readonly string[] = []) =>
  recover(ctx, { actor: ACTOR, reason: 'the disk was lost', notOurs, dryRun: false });

/** The pesos of a leg are in the Bitso balance, and its next payout is its next step. */
async function atBitso(paymentId: string, legId: string, amount: Money<'MXN'>) {
  const { db } = here.rail;
  const booked = ['deposit', 'issuance', 'juno_redemption', 'bitso_credit'] as const;
  await db.transaction(async (tx) => {
    for (const step of booked)
      await writeEntry(tx, {
        ...{ id: randomUUID(), key: `${step}:${legId}`, paymentId, effectId: null, state: 'posted' },
        postings: JOURNEY[step](amount),
      });
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.update(leg).set({ state: 'paying_out' }).where(eq(leg.id, legId));
  });
}

/** A leg on Bitso's rail with its payout recorded, as it is while a switch, a hold or Bitso itself keeps it from being sent. */
async function recorded({ isAtBitso = false } = {}) {
  const { db } = here.rail;
  const amount = centavos(123_456n);
  const { paymentId, legId } = await givePayment(db, { rail: 'bitso_spei', amount: amount.units });
  if (isAtBitso) await atBitso(paymentId, legId, amount);
  const identity = { subjectKind: 'leg', subjectId: legId, kind: 'bitso_payout', attempt: 1 } as const;
  const originId = deriveKey(KEY_SECRET, identity);
  const body = encodeBitsoWithdrawal({
    amount,
    originId,
    beneficiary: 'Ana Ruiz',
    clabe: parseClabe(CLABE),
    concept: 'Renta',
  });
  const name = `payment:${paymentId}`;
  const id = await withLane(ctx, name, (lane) =>
    db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        ...identity,
        ...{
          paymentId,
          request: { body },
          amount,
          switches: ['all', 'rail:juno'],
          outgoing: null,
          postings: isAtBitso ? JOURNEY.bitso_payout(amount) : null,
        },
      }),
    ),
  );
  const send = () =>
    withLane(ctx, name, (lane) =>
      sendEffect(ctx, lane, driverOf('bitso_payout'), id, { switches: ['all', 'rail:juno'] }),
    );
  const row = async () => (await db.select().from(effect).where(eq(effect.id, id)))[0];
  const attempt = (n: number) => deriveKey(KEY_SECRET, { ...identity, attempt: n });
  const paid = async () =>
    (await bitso.outbox())
      .filter(({ origin_id }) => origin_id === originId)
      .map(({ amount_centavos }) => amount_centavos);
  return { id, legId, centavos: amount, send, row, paid, attempt, originId, amount: formatDecimal(amount) };
}

describe.each(['not_checked', 'refuse'] as const)(
  'Bitso, which of a second withdrawal of one origin_id says: %s',
  (how) => {
    beforeAll(async () => {
      // Bitso alone, beside the rail's own Juno.
      bitso = await startSandbox(here.rail.chain, { SANDBOX_SWITCHES: JSON.stringify({ bitsoOriginId: how }) });
      await bitso.deposit('9000');
      const { payload } = (await bitso.redeem({ amount: '9000' })).body;
      await bitso.settled(payload.id);
      ctx = { ...here.ctx, bitso: clientAt(bitso.url), settings: { ...here.ctx.settings, bitsoBaseUrl: bitso.url } };
    });
    afterAll(() => bitso?.stop());

    test('a payout that the backup has as recorded, and that Bitso paid since, is a lost act, and is never sent again', async () => {
      expect(await checkForLostActs(ctx)).toBeNull();
      const e = await recorded();
      const backup = await takeBackup(here.rail.databaseUrl);
      await e.send();
      expect((await e.row())?.state).toBe('confirmed');
      await until('the payout', async () => (await e.paid()).length === 1);
      await backup.restore();
      expect((await e.row())?.state).toBe('recorded');

      const needed = await checkForLostActs(ctx);
      const recovered = await recoverIt();
      await e.send();
      expect({
        gate: needed === null ? 'open' : 'shut',
        adopted: recovered.adopted.length,
        paid: (await e.paid()).length,
        state: (await e.row())?.state,
      }).toEqual({ gate: 'shut', adopted: 1, paid: 1, state: 'confirmed' });
    });

    test('a payout of a leg that the backup does not have is a lost act: its place is taken by no other', async () => {
      const { db } = here.rail;
      const e = await recorded();
      // Its payout came to nothing before the backup; people pay it again by another leg after it.
      await db.transaction(async (tx) => {
        await tx.execute(sql`SET LOCAL session_replication_role = replica`);
        await tx.update(effect).set({ state: 'dead' }).where(eq(effect.id, e.id));
        await tx.update(leg).set({ state: 'payout_failed' }).where(eq(leg.id, e.legId));
      });
      const backup = await takeBackup(here.rail.databaseUrl);
      const heir = await recorded();
      await heir.send();
      await until('the payout', async () => (await heir.paid()).length === 1);
      await backup.restore();

      expect(await checkForLostActs(ctx)).toContain('payouts at Bitso');
      // What people would ask next: whether the first leg may be paid once more.
      await expect(assertFree(ctx, e.legId)).rejects.toThrow('Recovery has not ended');
    });

    test('a payout that the backup has as recorded, and that gave way to a later attempt, is rebuilt as that attempt', async () => {
      const { db } = here.rail;
      // What the tests before it left outside is nobody's here.
      await recoverIt((await recoverIt()).left.map(({ act }) => act));
      const e = await recorded({ isAtBitso: true });
      // It gave way to a dispute before it was sent; the next attempt was sent, and paid.
      const body = encodeBitsoWithdrawal({
        ...{
          amount: e.centavos,
          originId: e.attempt(2),
          beneficiary: 'Ana Ruiz',
          clabe: parseClabe(CLABE),
          concept: 'Renta',
        },
      });
      const guard = () => undefined;
      const { wid } = await createBitsoWithdrawal(clientAt(bitso.url), { body, guard });
      expect(await checkForLostActs(ctx)).not.toBeNull();
      expect(await recoverIt()).toMatchObject({ state: 'clear', waiting: 0, left: [] });
      const rows = await db.select().from(effect).where(eq(effect.subjectId, e.legId)).orderBy(effect.attempt);
      expect(rows.map(({ attempt, state, key, externalId }) => [attempt, state, key, externalId])).toEqual([
        [1, 'dead', e.originId, null],
        [2, 'confirmed', e.attempt(2), wid],
      ]);
      const entries = await db
        .select()
        .from(ledgerEntry)
        .where(
          inArray(
            ledgerEntry.effectId,
            rows.map(({ id }) => id),
          ),
        );
      expect(entries.map(({ effectId, state }) => [effectId, state]).toSorted()).toEqual(
        [
          [rows[0]?.id, 'voided'],
          [rows[1]?.id, 'pending'],
        ].toSorted(),
      );
      await e.send();
      expect(await e.paid()).toEqual([]);
    });

    if (how === 'refuse')
      test('an origin id that was used is never a refusal: what is there under it is looked for, and found', async () => {
        const e = await recorded();
        const backup = await takeBackup(here.rail.databaseUrl);
        await e.send();
        const first = await e.row();
        await backup.restore();
        // As if nobody had asked before.
        await e.send();
        expect(await e.row()).toMatchObject({ state: 'unknown', error: { code: '0304' } });
        await e.send();
        expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: first?.externalId });
        await until('the payout', async () => (await e.paid()).length === 1);
      });
  },
);
