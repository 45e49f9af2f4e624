import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { type Hex, toHex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { effect, hold, leg, walletTransaction } from '../../src/reactor/db/schema.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { GuardClosedError } from '../../src/reactor/guards/check.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { deployEscrows, MNEMONIC, type TestEscrows } from '../indexer/escrows.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { atOnce } from '../support/at-once.ts';
import { givePayment } from '../support/fixtures.ts';
import { oneReactor } from '../wallet/one-reactor.ts';
import { inLane, recordFor, useDatabase, viewOf } from './support.ts';

const db = useDatabase();
const sentence = 'The buyer says that the goods never came.';
const dispute = async (paymentId: string) => {
  const id = randomUUID();
  const why = { kind: 'dispute', reasonCode: 'not_received', sentence, owner: 'support' } as const;
  await db()
    .insert(hold)
    .values({ id, paymentId, ...why });
  return () => db().update(hold).set({ closedAt: new Date() }).where(eq(hold.id, id));
};

test('past its time and disputed, an escrow is not released: decided so, and refused by the transaction that would record it', async () => {
  const due = viewOf({ state: 'in_custody', deadline: 1 }, { holds: [{ kind: 'dispute', sentence }] });
  expect(decide({ ...due, holds: [] })).toMatchObject({ do: 'record', effect: 'chain_release' });
  expect(decide(due)).toMatchObject({ do: 'wait', for: expect.stringContaining(sentence) });

  const payment = await givePayment(db());
  const close = await dispute(payment.paymentId);
  for (const kind of ['chain_release', 'chain_return', 'juno_redemption', 'bitso_payout'] as const)
    await expect(recordFor(db(), payment, kind)).rejects.toThrow(GuardClosedError);
  expect(await db().select().from(effect).where(eq(effect.paymentId, payment.paymentId))).toEqual([]);
  await close();
  await recordFor(db(), payment, 'chain_release');
});

describe('an escrow on the chain whose release is recorded already', () => {
  let anvil: TestAnvil;
  let escrows: TestEscrows;
  beforeAll(async () => {
    anvil = await startAnvil();
    escrows = await deployEscrows(anvil);
  }, 240_000);
  afterAll(() => anvil?.stop());

  /** A funded escrow past its time, and the intent to release it. */
  async function givenRelease() {
    const payment = await givePayment(db());
    const [row] = await db().select().from(leg).where(eq(leg.id, payment.legId));
    const reference = row?.reference as `0x${string}`;
    await escrows.fund(reference);
    const key = toHex(mnemonicToAccount(MNEMONIC, { addressIndex: 1 }).getHdKey().privateKey ?? new Uint8Array());
    const { ctx, lane } = oneReactor({
      db: db(),
      key,
      rpcUrl: anvil.url,
      holder: 'test',
      escrow: escrows.escrow.toLowerCase() as Hex,
    });
    const escrowId = await escrows.idOf(reference);
    await db().update(leg).set({ escrowContract: escrows.escrow, escrowId }).where(eq(leg.id, payment.legId));
    const id = await inLane(db(), `payment:${payment.paymentId}`, (held) =>
      db().transaction((tx) =>
        recordEffect(tx, ctx, held, {
          ...{ subjectKind: 'leg', subjectId: payment.legId, kind: 'chain_release', attempt: 1 },
          ...{ paymentId: payment.paymentId, request: ctx.chain.escrow.releaseCall(escrowId) },
          ...{ amount: centavos(payment.amount), switches: ['all'], outgoing: null, postings: null },
        }),
      ),
    );
    await anvil.client.increaseTime({ seconds: 60 });
    await anvil.client.mine({ blocks: 1 });
    return {
      ...payment,
      reference,
      held: async () => (await atOnce(ctx.chain).byReference(reference))?.isHeld,
      turn: lane.turn,
      row: async () => (await db().select().from(effect).where(eq(effect.id, id)))[0],
      signed: () => db().select().from(walletTransaction).where(eq(walletTransaction.effectId, id)),
    };
  }

  test('is not signed for while our own books hold a dispute of its payment', async () => {
    const given = await givenRelease();
    const close = await dispute(given.paymentId);
    await given.turn();
    expect(await given.row()).toMatchObject({ state: 'recorded', error: { code: 'dispute' } });
    expect([await given.signed(), await given.held()]).toEqual([[], true]);
    await close();
    await db()
      .update(effect)
      .set({ nextLookAt: new Date(0) });
    await given.turn();
    expect(await given.signed()).toHaveLength(1);
    expect(await given.held()).toBe(false);
  });

  test('is not signed for while the contract itself calls it disputed, of which our books know nothing', async () => {
    const given = await givenRelease();
    await escrows.dispute(given.reference, 'opened by the contract’s other role');
    await given.turn();
    expect(await given.row()).toMatchObject({ state: 'recorded', error: { code: 'would_revert' } });
    expect([await given.signed(), await given.held()]).toEqual([[], true]);
  });
});
