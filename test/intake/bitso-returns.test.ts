import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import {
  bitsoWithdrawal,
  effect,
  heartbeat,
  junoDeposit,
  junoObservation,
  leg,
  payment,
} from '../../src/reactor/db/schema.ts';
import { observeBitsoReturns } from '../../src/reactor/intake/bitso-returns.ts';
import { withLook } from '../../src/reactor/intake/look.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { replaceLeg } from '../../src/reactor/replace/replace.ts';
import { clientOf, json, type Peer, startPeer } from '../juno/peer.ts';
import { useIntakeWorld } from './use-world.ts';
import { PAYOUT } from './world.ts';

const here = useIntakeWorld({ hasBitso: true });

const keptOf = (fid: string) => here.world.db.select().from(junoObservation).where(eq(junoObservation.externalId, fid));
const atBitso = (fid: string, clabe: string, given: object = {}) =>
  here.desk.bitsoReturns.push({ fid, receiver_clabe: clabe, amount: '1500.00', status: 'complete', ...given });
/** As if it had been seen an hour ago for the first time. */
const seenLongAgo = (externalId: string) =>
  here.world.db.insert(junoObservation).values({
    ...{ resource: 'deposit', externalId, fingerprint: 'then', body: '{}' },
    observedAt: sql`clock_timestamp() - interval '61 minutes'`,
  });
const AT_BITSO = [
  ...(['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody', 'releasing', 'released'] as const),
  ...(['returning', 'returned', 'redeeming', 'paying_out'] as const),
];
const books = { 'returned general MXN': '150000', 'suspense general MXN': '-150000' };

describe('money that Bitso lists as a return', () => {
  test('of a payout that nobody here made is kept, and waits in suspense for a person', async () => {
    const { payer, id } = await here.world.paid('w1', 'bitso_payout');
    atBitso('strange', payer.depositClabe, { refunded_withdrawal: { wid: 'nobody', tracking_key: 'TK' } });
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await here.world.suspenseOf('strange')).toMatchObject({ reason: 'returned', closedAt: null });
    expect(await keptOf('strange')).toMatchObject([{ body: expect.stringContaining('nobody') }]);
    expect(await here.world.stateOf(id)).toBe('completed');
    expect(await here.world.balances()).toEqual(books);
  });

  test('goes from there to a payout of ours, once its lost answer is found', async () => {
    const { payer, id } = await here.world.paid('not known yet', 'bitso_payout');
    atBitso('early', payer.depositClabe, { refunded_withdrawal: { wid: 'w1' } });
    await here.world.look();
    expect(await here.world.suspenseOf('early')).toMatchObject({ reason: 'returned' });
    await here.world.db.execute(
      sql`INSERT INTO reactor.bitso_withdrawal (id, origin_id, status, tracking_key) VALUES ('not known yet', 'o', 'complete', 'w1')`,
    );
    const { id: legId } = await here.world.legOf(id);
    await here.world.db.execute(sql`
      INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id, detail)
      VALUES ('bitso_withdrawal', 'not known yet', 'leg', ${legId}, '{"trackingKey": "w1"}')`);
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
    expect(await here.world.balances()).toEqual({
      [`returned ${id} MXN`]: '150000',
      [`liability ${id} MXN`]: '-150000',
    });
  });

  test.each([
    ['Juno’s list first', true],
    ['Bitso’s first', false],
  ])(
    'and that Juno’s own list shows under another id and by other names is counted once: %s',
    async (_, isJunoFirst) => {
      const { payer, id } = await here.world.paid('r1', 'juno_redemption');
      const juno = () =>
        here.desk.deposit(payer.depositClabe, '1500.00', {
          ...{ fid: 'at-juno', isRefund: true, sender_clabe: PAYOUT.clabe },
          refunded_withdrawal: { wid: 'r1' },
        });
      const bitso = () =>
        atBitso('at-bitso', payer.depositClabe, {
          ...{ sender_clabe: PAYOUT.clabe, refunded_withdrawal: { wid: 'a name of Bitso’s own' } },
        });
      for (const show of isJunoFirst ? [juno, bitso] : [bitso, juno]) {
        show();
        for (let n = 0; n < 2; n++) await here.world.look();
      }
      expect(await here.world.stateOf(id)).toBe('payout_returned');
      expect(await here.world.balances()).toEqual({
        [`returned ${id} MXN`]: '150000',
        [`liability ${id} MXN`]: '-150000',
      });
      const twins = await here.world.db.select({ id: junoDeposit.id, twinOf: junoDeposit.twinOf }).from(junoDeposit);
      expect(twins.filter(({ twinOf }) => twinOf === null)).toHaveLength(1);
    },
  );

  test('that names no payout is kept at once, and in suspense when no list has explained it in an hour', async () => {
    const { payer } = await here.world.paid('w1', 'bitso_payout');
    atBitso('nameless', payer.depositClabe);
    await here.world.look();
    expect(await keptOf('nameless')).toHaveLength(1);
    expect(await here.world.suspenseOf('nameless')).toBeUndefined();
    await seenLongAgo('nameless');
    await here.world.look();
    expect(await here.world.suspenseOf('nameless')).toMatchObject({ reason: 'returned' });
    expect(await here.world.balances()).toEqual(books);
  });

  test('and that has the CLABE and amount of a deposit of weeks ago is not that one', async () => {
    const { payer } = await here.world.people();
    here.desk.deposit(payer.depositClabe, '1500.00', { fid: 'old' });
    await here.world.look();
    await here.world.db.update(junoDeposit).set({ observedAt: sql`clock_timestamp() - interval '20 days'` });
    atBitso('nameless', payer.depositClabe);
    await seenLongAgo('nameless');
    await here.world.look();
    expect(await here.world.suspenseOf('nameless')).toMatchObject({ reason: 'returned' });
  });

  test.each([
    ['the same id', 'same', {}],
    ['another id and its tracking key', 'other', { tracking_key: 'TK' }],
    ['another id', 'other', {}],
  ])('and that is an ordinary deposit of Juno’s list is nothing of its own: %s', async (_, fid, told) => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    here.desk.deposit(people.payer.depositClabe, '1500.00', { fid: 'same', ...told });
    atBitso(fid, people.payer.depositClabe, told);
    await here.world.look();
    await seenLongAgo(fid);
    await here.world.look();
    expect(await here.world.claimsOf('same')).toMatchObject([{ detail: { paymentId: wanted } }]);
    expect(await here.world.db.$count(junoDeposit)).toBe(1);
    expect(here.world.logged.filter((line) => line.includes('claimed_deposit_changed'))).toEqual([]);
  });
});

describe('of a payout that Bitso called failed before it lists what came back', () => {
  const failedFirst = async () => {
    const { world } = here;
    const { db } = world;
    const people = await world.people();
    const id = await world.createPayment(people, '1500.00');
    for (const state of AT_BITSO) await db.update(leg).set({ state }).where(eq(leg.paymentId, id));
    await db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, id));
    await world.paidBy(id, 'w1', 'bitso_payout');
    const [payout] = await db.select().from(effect).where(eq(effect.externalId, 'w1'));
    await db.transaction(async (tx) => {
      for (const step of ['deposit', 'issuance', 'juno_redemption', 'bitso_credit', 'bitso_payout'] as const)
        await writeEntry(tx, {
          ...{ id: randomUUID(), key: `${step}:${id}`, paymentId: id, postings: JOURNEY[step](centavos(150_000n)) },
          ...(step === 'bitso_payout'
            ? ({ effectId: payout?.id ?? '', state: 'pending' } as const)
            : ({ effectId: null, state: 'posted' } as const)),
        });
    });
    await db.insert(bitsoWithdrawal).values({ id: 'w1', originId: 'key of w1', status: 'failed' });
    await world.advance(id);
    expect(await world.stateOf(id)).toBe('payout_failed');
    const list = async (fid: string) => {
      atBitso(fid, people.payer.depositClabe, { refunded_withdrawal: { wid: 'w1' } });
      for (let n = 0; n < 2; n++) await world.look();
    };
    const there = async () =>
      Object.entries(await world.balances()).filter(([name]) => /^(bitso|returned|suspense)/.test(name));
    return { world, id, list, there };
  };

  test('the pesos are in the books once, and people pay them again', async () => {
    const { world, id, list, there } = await failedFirst();
    await list('back');
    expect(await there()).toEqual([[`bitso ${id} MXN`, '150000']]);
    expect(await world.suspenseOf('back')).toBeUndefined();
    const { id: legId, state } = await world.legOf(id);
    expect(state).toBe('payout_failed');
    expect(await world.claimsOf('back')).toMatchObject([{ subjectId: legId }]);
    // A second one of the same payout is nobody's.
    await list('again');
    expect(await world.suspenseOf('again')).toMatchObject({ reason: 'returned' });
  });

  test('so they are where people had paid them again before it was listed', async () => {
    const { world, id, list, there } = await failedFirst();
    const { id: legId, kind, destinationId } = await world.legOf(id);
    const heirs = [{ kind, amount: centavos(150_000n), destinationId }];
    const settings = { ...world.ctx.settings, bitsoBaseUrl: 'http://127.0.0.1:9' };
    const ctx = { ...world.ctx, settings };
    await world.db.transaction((tx) => replaceLeg(tx, ctx, { legId, heirs, cause: 'paid again' }));
    await list('back');
    expect(await there()).toEqual([[`bitso ${id} MXN`, '150000']]);
    expect(await world.suspenseOf('back')).toBeUndefined();
  });
});

test('a return that names an attempt which came to nothing is none of the attempt after it', async () => {
  const { payer, id } = await here.world.paid('first', 'juno_redemption');
  await here.world.db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.update(effect).set({ state: 'dead' }).where(eq(effect.externalId, 'first'));
    const [first] = await tx.select().from(effect).where(eq(effect.externalId, 'first'));
    if (!first) throw new Error('no effect');
    const second = { id: randomUUID(), attempt: 2, key: 'key of second', externalId: 'second' };
    await tx.insert(effect).values({ ...first, ...second, state: 'confirmed', createdAt: new Date() });
  });
  here.desk.deposit(payer.depositClabe, '1500.00', {
    ...{ fid: 'late', isRefund: true, sender_clabe: PAYOUT.clabe, refunded_withdrawal: { wid: 'first' } },
  });
  await here.world.look();
  expect(await here.world.suspenseOf('late')).toMatchObject({ reason: 'returned' });
  expect(await here.world.stateOf(id)).toBe('completed');
});

describe('a list of Bitso that is not read to its end', () => {
  let peer: Peer;
  beforeEach(async () => {
    peer = await startPeer();
  });
  afterEach(() => peer.close());
  const look = () =>
    withLook(here.world.ctx, (own) =>
      observeBitsoReturns({ ...here.world.ctx, bitso: clientOf(peer.url).client }, own),
    );

  test('is not taken for read, what it gave stands, and the next look begins where the last whole one did', async () => {
    const response = Array.from({ length: 25 }, (_, n) => ({
      ...{ fid: `r-${n}`, receiver_clabe: PAYOUT.clabe, amount: '1500.00', status: 'complete' },
      refunded_withdrawal: { wid: `w-${n}` },
    }));
    peer.answers.push(json({ response, next_page_token: 'n-1' }), json({ response: [], cursor: 'n-2' }));
    expect(await look()).toBe(false);
    expect(await here.world.db.$count(junoDeposit)).toBe(25);
    const marks = () => here.world.db.select().from(heartbeat).where(eq(heartbeat.name, 'intake:bitso_returns'));
    expect(await marks()).toEqual([]);
    expect(here.world.logged.filter((line) => line.includes('bitso_returns_unread'))).toHaveLength(1);
    const last = { ...response[0], fid: 'r-25' };
    peer.answers.splice(0, 1, json({ response, next_page_token: 'n-1' }), json({ response: [last] }));
    expect(await look()).toBe(true);
    expect(await here.world.db.$count(junoDeposit)).toBe(26);
    expect(await marks()).toHaveLength(1);
  });
});
