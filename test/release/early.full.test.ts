/** Releases before their date on a real chain: both have approved, and the approver has signed; and what races with them. */
import { randomUUID } from 'node:crypto';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WouldRevertError } from '../../src/chain/door.ts';
import { earlyApprovalData } from '../../src/chain/early-approval.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import { effect, hold, walletTransaction } from '../../src/reactor/db/schema.ts';
import type { EffectRow } from '../../src/reactor/effects/driver.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { explain } from '../../src/reactor/payment/explain.ts';
import { giveApproval, withdrawApproval } from '../../src/reactor/release/approve.ts';
import { readEarlyCall } from '../../src/reactor/release/early.ts';
import { signRelease } from '../../src/reactor/release/sign-release.ts';
import { expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { APPROVER, BRIDGE, lower, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { dispute } from './desk.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres, { approver: true });
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** Longer than anything here takes by the chain's clock. */
const CUSTODY_S = 30 * 24 * 3600;
const ACTOR = { id: randomUUID(), name: 'the app', role: 'agent' } as const;
let given = 0n;
const amountOf = () => 150_000n + ++given * 211n;

async function inCustody(release: 'approvals' | 'date_or_approvals' = 'approvals') {
  const amount = amountOf();
  const payment = await world.givePayment({ amount, custodySeconds: CUSTODY_S, release });
  await world.until(payment.paymentId, 'in_custody');
  return { ...payment, amount };
}
type Given = Awaited<ReturnType<typeof inCustody>>;
const approve = ({ paymentId, payerId, recipientId }: Given, party: 'payer' | 'recipient') =>
  world.db.transaction((tx) =>
    giveApproval(tx, world.ctx, {
      ...{ actor: ACTOR, paymentId, party, userId: party === 'payer' ? payerId : recipientId, reason: 'test' },
    }),
  );
const approveBoth = async (payment: Given) => [await approve(payment, 'payer'), await approve(payment, 'recipient')];
const withdraw = ({ paymentId }: Given, id = '') =>
  world.db.transaction((tx) => withdrawApproval(tx, { actor: ACTOR, paymentId, id, reason: 'changed my mind' }));
const why = async ({ paymentId }: Given, ctx = world.ctx) => {
  const view = await loadView(ctx, paymentId);
  if (!view) throw new Error('no payment');
  return explain(decide(view));
};
const effectsOf = async ({ legId }: Given, kind: 'approver_signature' | 'chain_release') =>
  world.db
    .select()
    .from(effect)
    .where(and(eq(effect.subjectId, legId), eq(effect.kind, kind)))
    .orderBy(asc(effect.attempt));
const statesOf = async (payment: Given, kind: 'approver_signature' | 'chain_release') =>
  (await effectsOf(payment, kind)).map(({ attempt, state }) => `${attempt} ${state}`);
const stateOf = async ({ paymentId }: Given) => (await world.legOf(paymentId)).state;
const signedFor = ({ legId }: Given) =>
  world.db
    .select({ raw: walletTransaction.raw })
    .from(walletTransaction)
    .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
    .where(and(eq(effect.subjectId, legId), eq(effect.kind, 'chain_release')));

/** Its release is recorded, with a signature in it, and nobody has signed the transaction. */
async function recorded() {
  const payment = await inCustody();
  const approvals = await approveBoth(payment);
  await world.advance(payment.paymentId);
  expect(await stateOf(payment)).toBe('releasing');
  expect(await statesOf(payment, 'chain_release')).toEqual(['1 recorded']);
  return { ...payment, approvals };
}

describe('both approve', () => {
  test.each(['approvals', 'date_or_approvals'] as const)(
    'by %s the custody ends before its date, and the payment is paid once',
    async (release) => {
      const payment = await inCustody(release);
      expect(await why(payment)).toContain('the approvals of payer and recipient');
      await approve(payment, 'payer');
      await world.turn(payment.paymentId);
      expect(await stateOf(payment)).toBe('in_custody');
      expect(await why(payment)).toContain('the approval of recipient');
      await approve(payment, 'recipient');
      await world.until(payment.paymentId, 'completed');
      await expectPaidOnce(world, payment.amount);
      const [signature] = await effectsOf(payment, 'approver_signature');
      const [made] = await effectsOf(payment, 'chain_release');
      expect(signature).toMatchObject({ state: 'confirmed', externalId: expect.stringMatching(/^0x[0-9a-f]{130}$/) });
      expect(readEarlyCall((made?.request as { data: Hex } | undefined)?.data ?? '0x')).toMatchObject({
        approver: lower(APPROVER.address),
      });
      expect(signature && made && signature.createdAt < made.createdAt).toBe(true);
    },
  );

  test('where no approver is set up the date is waited for, and it says why', async () => {
    const payment = await inCustody();
    await approveBoth(payment);
    expect(await why(payment, { ...world.ctx, approver: null })).toContain('no approver is set up');
  });
});

describe('an approval is taken back while the release is being sent', () => {
  test('before the wallet has signed: nothing is signed, and the leg stays in custody until it is given again', async () => {
    const payment = await recorded();
    await withdraw(payment, payment.approvals[0]?.id);
    await world.sign();
    expect(await signedFor(payment)).toEqual([]);
    await world.advance(payment.paymentId);
    expect(await stateOf(payment)).toBe('in_custody');
    expect(await statesOf(payment, 'chain_release')).toEqual(['1 dead']);
    await approve(payment, 'payer');
    await world.until(payment.paymentId, 'completed');
    expect(await statesOf(payment, 'approver_signature')).toEqual(['1 confirmed']);
    await expectPaidOnce(world, payment.amount);
  });

  test('after it has: it is refused, and the release goes on', async () => {
    const payment = await recorded();
    await world.hurry();
    await world.sign();
    expect(await signedFor(payment)).toHaveLength(1);
    await expect(withdraw(payment, payment.approvals[1]?.id)).rejects.toThrow('on its way');
    await world.until(payment.paymentId, 'completed');
  });

  test('at the same moment as the wallet signs: it is before, and nothing is signed, or after, and refused', async () => {
    const payment = await recorded();
    await world.hurry();
    const [taken] = await Promise.allSettled([withdraw(payment, payment.approvals[0]?.id), world.sign()]);
    expect(await signedFor(payment)).toHaveLength(taken?.status === 'fulfilled' ? 0 : 1);
  });
});

describe('a dispute is opened', () => {
  test('between the signature and the broadcast: nothing is sent until it is closed', async () => {
    const payment = await recorded();
    await dispute(world.db, payment.paymentId);
    await world.hurry();
    await world.sign();
    await world.turn(payment.paymentId);
    expect(await signedFor(payment)).toEqual([]);
    expect(await stateOf(payment)).toBe('releasing');
    const [row] = await effectsOf(payment, 'approver_signature');
    // Nor does the approver sign anything for it.
    await expect(signRelease(world.ctx, row as EffectRow)).rejects.toThrow('open dispute');
    await world.db.update(hold).set({ closedAt: sql`reactor.now()` }).where(eq(hold.paymentId, payment.paymentId));
    await world.until(payment.paymentId, 'completed');
    await expectPaidOnce(world, payment.amount);
  });

  test('on the chain, and decided there for the seller: the signature from before is worth nothing, and another is made', async () => {
    const payment = await recorded();
    const { reference } = await world.legOf(payment.paymentId);
    const byAnother = await world.contracts.anotherBridge();
    await byAnother('dispute', reference as Hex, 'contested');
    await world.turn(payment.paymentId);
    expect(await signedFor(payment)).toEqual([]);
    await byAnother('resolveDispute', reference as Hex, true);
    await world.until(payment.paymentId, 'completed');
    expect(await statesOf(payment, 'approver_signature')).toEqual(['1 dead', '2 confirmed']);
    expect(await statesOf(payment, 'chain_release')).toEqual(['1 dead', '2 confirmed']);
    await expectPaidOnce(world, payment.amount);
  });
});

describe('the approver signs nothing', () => {
  const tried = async (payment: Given, change: object = {}, row: Partial<EffectRow> = {}) => {
    const own = await world.legOf(payment.paymentId);
    const request = {
      act: 'release',
      ...{ chainId: 31337, contract: lower(world.contracts.escrow), escrowId: String(own.escrowId) },
      ...{ reference: own.reference, disputes: 0, approver: lower(APPROVER.address) },
      ...{ expiry: world.watchdog.current().headTimestamp + 3600, ...change },
    };
    const asked = { subjectId: payment.legId, paymentId: payment.paymentId, request, ...row } as EffectRow;
    return signRelease(world.ctx, asked);
  };

  test('for an escrow that both have not approved, whatever the effect says; nor where the date decides alone', async () => {
    const payment = await inCustody();
    await expect(tried(payment)).rejects.toThrow('lacks the approval of payer and recipient');
    await approve(payment, 'payer');
    await expect(tried(payment)).rejects.toThrow('lacks the approval of recipient');
    await approve(payment, 'recipient');
    expect(await tried(payment)).toMatch(/^0x/);
    const date = await world.givePayment({ amount: amountOf(), custodySeconds: CUSTODY_S });
    await world.until(date.paymentId, 'in_custody');
    await expect(tried({ ...date, amount: 0n })).rejects.toThrow('lacks the approval of date');
  });

  test('for another escrow, contract, chain, count of disputes or approver, nor for longer than a day', async () => {
    const payment = await inCustody();
    const other = await inCustody();
    await approveBoth(payment);
    const { escrowId, reference } = await world.legOf(other.paymentId);
    const { headTimestamp } = world.watchdog.current();
    for (const change of [
      { escrowId: String(escrowId) },
      { reference },
      { escrowId: String(escrowId), reference },
      { contract: lower(world.contracts.token) },
      { chainId: 1 },
      { disputes: 1 },
      { approver: lower(BRIDGE.address) },
      { expiry: headTimestamp },
      { expiry: headTimestamp + 25 * 3600 },
    ])
      await expect(tried(payment, change), JSON.stringify(change)).rejects.toThrow('The approver does not sign');
    await expect(signRelease({ ...world.ctx, approver: null }, {} as EffectRow)).rejects.toThrow('no approver');
  });

  test('that is believed where the key is another’s', async () => {
    const payment = await inCustody();
    await approveBoth(payment);
    const impostor = {
      address: lower(APPROVER.address) as Hex,
      sign: (data: object) => STRANGER.signTypedData(data as never),
    };
    const row = { subjectId: payment.legId, paymentId: payment.paymentId };
    const own = await world.legOf(payment.paymentId);
    const request = {
      act: 'release',
      ...{ chainId: 31337, contract: lower(world.contracts.escrow), escrowId: String(own.escrowId) },
      ...{ reference: own.reference, disputes: 0, approver: lower(APPROVER.address) },
      expiry: world.watchdog.current().headTimestamp + 3600,
    };
    await expect(signRelease({ ...world.ctx, approver: impostor }, { ...row, request } as EffectRow)).rejects.toThrow(
      'not by the approver’s key',
    );
  });
});

test('the bridge wallet’s key alone ends no custody before its date', async () => {
  const payment = await inCustody();
  const { escrowId, reference } = await world.legOf(payment.paymentId);
  const { escrow } = world.chain;
  const id = escrowId ?? 0n;
  const bridge = world.settings.bridge;
  await expect(world.chain.estimateGas(escrow.releaseCall(id), bridge)).rejects.toThrow(WouldRevertError);
  const expiry = world.watchdog.current().headTimestamp + 3600;
  const data = earlyApprovalData({
    ...{
      act: 'release',
      chainId: 31337,
      contract: escrow.address,
      escrowId: id,
      reference: reference as Hex,
      disputes: 0,
      expiry,
    },
  });
  const signature = await BRIDGE.signTypedData(data);
  for (const approver of [bridge, APPROVER.address]) {
    const call = escrow.early?.call(id, { act: 'release', approver, expiry, signature });
    if (!call) throw new Error('no early release');
    await expect(world.chain.estimateGas(call, bridge)).rejects.toThrow(WouldRevertError);
  }
});

test('a reorganisation takes an early release out: the same bytes end the custody again, and the payment is paid once', async () => {
  const payment = await recorded();
  await world.hurry();
  await world.sign();
  await world.anvil.client.mine({ blocks: 1 });
  // Held where it has just arrived.
  await world.stopMoney(true);
  await world.until(payment.paymentId, 'released');
  const sent = await world.sentFor(payment.legId, 'chain_release');
  await world.reorganise(await world.depthOf(sent?.hash as Hex));
  await world.stopMoney(false);
  await world.until(payment.paymentId, 'completed');
  expect(await statesOf(payment, 'chain_release')).toEqual(['1 confirmed']);
  expect(await statesOf(payment, 'approver_signature')).toEqual(['1 confirmed']);
  await expectPaidOnce(world, payment.amount);
});
