import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import { effect } from '../../src/reactor/db/schema.ts';
import { JOURNEY, type JourneyStep } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { givenRefund, useRestored } from '../recovery/use-restored.ts';
import { takeBackup } from '../support/backup.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { recordFor, useDatabase } from './support.ts';

const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';
const look = (ctx: Context, paymentId: string) => advance(ctx, { wallet: () => undefined }, paymentId);

describe('a payment, and Juno', () => {
  const here = useRestored();
  const effectsOf = (legId: string) => here.rail.db.select().from(effect).where(eq(effect.subjectId, legId));
  /** A reactor of its own over the same database. */
  const reactor = (given: Partial<Context> = {}): Context => ({
    ...here.ctx,
    holder: `holder-${randomUUID()}`,
    ...given,
  });

  test('is paid once by two looks, by the look after a restart whose answer was lost, and after a restored backup: by one key, the row’s', async () => {
    const { paymentId, legId, amount } = await givenRefund(here.rail);
    const backup = await takeBackup(here.rail.databaseUrl);

    // Two looks at once; the process that sends gets no answer, and its work is taken up by another one.
    await here.rail.fault('timeout_after_success', REDEMPTIONS, { ms: 5_000 });
    const impatient = { juno: here.rail.impatient().juno };
    await Promise.all([look(reactor(impatient), paymentId), look(reactor(impatient), paymentId)]);
    const [sent, ...others] = await effectsOf(legId);
    expect(others).toEqual([]);
    expect(sent).toMatchObject({ kind: 'juno_redemption', state: 'unknown', sends: 1 });
    await here.rail.db.update(effect).set({ nextLookAt: new Date(0) });
    await look(reactor(), paymentId);
    const [paid, ...again] = await effectsOf(legId);
    expect(again).toEqual([]);
    expect(paid).toMatchObject({ id: sent?.id, key: sent?.key, state: 'confirmed', sends: 2 });
    const sends = here.rail.relay.sends(paid?.key ?? '');
    expect(sends).toHaveLength(2);
    expect(new Set(sends).size).toBe(1);

    // The disk is lost: the backup knows nothing of the payout, and so knows no key.
    await backup.restore();
    expect(await effectsOf(legId)).toEqual([]);
    expect(await checkForLostActs(here.ctx)).toContain('1 withdrawals or redemptions at Juno');
    await look(reactor(), paymentId);
    expect(await effectsOf(legId)).toEqual([]);
    await here.run();
    for (let n = 0; n < 2; n++) await look(reactor(), paymentId);
    const [restored, ...more] = await effectsOf(legId);
    expect(more).toEqual([]);
    expect(restored).toMatchObject({ key: paid?.key, externalId: paid?.externalId, state: 'confirmed' });
    expect(here.rail.relay.sends(paid?.key ?? '')).toHaveLength(2);
    expect(await here.rail.at('REDEMPTION', amount)).toEqual([{ id: paid?.externalId }]);
  });

  test('is asked for under the very same key when the database lost the intent and Juno never heard of it', async () => {
    const { paymentId, legId, amount } = await givenRefund(here.rail);
    const backup = await takeBackup(here.rail.databaseUrl);
    const payAndRead = async (isHeard: boolean) => {
      if (!isHeard) await here.rail.fault('error_5xx_before', REDEMPTIONS);
      await look(reactor(), paymentId);
      const [row] = await effectsOf(legId);
      expect(row).toMatchObject({ state: isHeard ? 'confirmed' : 'unknown', sends: 1 });
      return row?.key;
    };
    const before = await payAndRead(false);
    await backup.restore();
    expect(await payAndRead(true)).toBe(before);
    expect(await here.rail.at('REDEMPTION', amount)).toHaveLength(1);
  });
});

describe('a second payout path beside the first', () => {
  const db = useDatabase();
  test('is refused its intent by the index', async () => {
    const payment = await givePayment(db());
    await recordFor(db(), payment, 'juno_redemption');
    await refused(recordFor(db(), payment, 'juno_redemption', 2), /effect_one_live/);
  });

  test('and, were there a second intent all the same, its money by the ledger’s floor', async () => {
    const payment = await givePayment(db());
    const book = (step: JourneyStep) =>
      db().transaction((tx) =>
        writeEntry(tx, {
          id: randomUUID(),
          key: `${step}:${randomUUID()}`,
          paymentId: payment.paymentId,
          effectId: null,
          state: 'posted',
          postings: JOURNEY[step](centavos(payment.amount)),
        }),
      );
    for (const step of ['deposit', 'issuance', 'juno_redemption'] as const) await book(step);
    await refused(book('juno_redemption'), /overdrawn/);
  });
});
