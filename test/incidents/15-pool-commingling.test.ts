import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import { effect, ledgerEntry, leg } from '../../src/reactor/db/schema.ts';
import { JOURNEY, type JourneyStep } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { useIntakeWorld } from '../intake/use-world.ts';
import { givenRefund, useRestored } from '../recovery/use-restored.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';

describe('two deposits, of which Juno has issued one', () => {
  const here = useIntakeWorld();
  test('the MXNB in the pool is that one’s: the other waits for its own, however much lies there', async () => {
    const { world, desk } = here;
    const [one, two] = [await world.people(), await world.people()];
    // The one without an ISSUANCE is looked at first, each time.
    const [poor, rich] = [await world.createPayment(two, '1500.00'), await world.createPayment(one, '1500.00')];
    for (const { payer } of [two, one]) desk.deposit(payer.depositClabe, '1500.00');
    desk.issue(one.payer.depositClabe, '1500.00');
    for (let n = 0; n < 3; n++) await world.look();
    // Both are MXN 1,500.00 and both are paid in; what is issued says whose it is.
    expect([(await world.legOf(rich)).state, (await world.legOf(poor)).state]).toEqual(['deposited', 'requested']);
    expect(await world.balances()).toMatchObject({ [`juno_pool ${rich} MXNB`]: '1500000000' });
    expect(Object.keys(await world.balances())).not.toContain(`juno_pool ${poor} MXNB`);
    expect(await world.db.select().from(effect).where(eq(effect.paymentId, poor))).toEqual([]);
  });
});

describe('a pool and a bridge that are full of others’ money', () => {
  const here = useRestored();
  const look = (paymentId: string) => advance(here.ctx, { wallet: () => undefined }, paymentId);
  const nothingFor = async (paymentId: string) => {
    const { db } = here.rail;
    expect(await db.select().from(effect).where(eq(effect.paymentId, paymentId))).toEqual([]);
    expect(await db.select().from(ledgerEntry).where(eq(ledgerEntry.paymentId, paymentId))).toEqual([]);
  };

  test('the pool and the bridge are full of others’ money: a payment that has none there takes none, at any step', async () => {
    const { db } = here.rail;
    const [rich, poor] = [await givePayment(db), await givePayment(db)];
    const book = (paymentId: string, step: JourneyStep) =>
      db.transaction((tx) =>
        writeEntry(tx, {
          ...{ id: randomUUID(), key: `${step}:${randomUUID()}`, paymentId, effectId: null, state: 'pending' },
          postings: JOURNEY[step](centavos(150_000n)),
        }),
      );
    const journey = [
      ...(['deposit', 'issuance', 'juno_withdrawal', 'arrival'] as const),
      ...(['chain_fund', 'chain_release', 'chain_return', 'credit'] as const),
    ];
    for (const step of journey) {
      if (step !== 'deposit') await refused(book(poor.paymentId, step), /overdrawn/);
      await book(rich.paymentId, step);
    }
    await refused(book(poor.paymentId, 'juno_redemption'), /overdrawn/);
  });

  test.each<[string, readonly LegState[], string]>([
    ['withdraws', ['deposited'], 'CRYPTO_WITHDRAWAL'],
    ['pays out', ['deposited', 'withdrawing', 'withdrawn', 'returning', 'returned'], 'REDEMPTION'],
  ])('a payment that has none there %s nothing, whatever its leg says of itself', async (_what, states, type) => {
    // Another one's money, of the very same amount, lies in Juno's pool.
    const { amount } = await givenRefund(here.rail);
    const { paymentId, legId } = await givePayment(here.rail.db, { amount: amount.units });
    for (const state of states) await here.rail.db.update(leg).set({ state }).where(eq(leg.id, legId));
    await look(paymentId).catch((error: Error) => expect(String(error.cause ?? error)).toMatch(/overdrawn/));
    await nothingFor(paymentId);
    expect(await here.rail.at(type, amount)).toEqual([]);
  });

  test('and one that has its own is paid from it once, and leaves the others theirs', async () => {
    const [mine, theirs] = [await givenRefund(here.rail), await givenRefund(here.rail)];
    for (let n = 0; n < 3; n++) await look(mine.paymentId);
    expect(await here.rail.at('REDEMPTION', mine.amount)).toHaveLength(1);
    expect(await here.rail.at('REDEMPTION', theirs.amount)).toEqual([]);
    const [pool] = (
      await here.rail.db.execute(
        `SELECT posted::text FROM reactor.ledger_balance WHERE account = 'juno_pool' AND owner = '${theirs.paymentId}'`,
      )
    ).rows;
    expect(pool).toEqual({ posted: (theirs.amount.units * 10_000n).toString() });
  });
});
