import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createClabe } from '../../src/juno/createClabe.ts';
import { getClabe } from '../../src/juno/getClabe.ts';
import { listAllDeposits } from '../../src/juno/listAllDeposits.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { type ListDepositsParameters, listDeposits } from '../../src/juno/listDeposits.ts';
import type { JunoDeposit } from '../../src/juno/types.ts';
import { type Clabe, parseClabe } from '../../src/money/clabe.ts';
import {
  BUSINESS_NAME,
  bareList,
  deposit,
  guard,
  hasBusinessName,
  issuanceTo,
  newClabe,
  openTarget,
  payloadOf,
  pesos,
  refused,
  type Target,
  TIMEOUTS,
  until,
} from './target.ts';

vi.setConfig(TIMEOUTS);

const DAY_MS = 86_400_000;
const day = (shift: number) => new Date(Date.now() + shift * DAY_MS).toISOString().slice(0, 10);
const ZONELESS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/;

let target: Target;
let clabe: Clabe;
beforeAll(async () => {
  // The page says what a test account may be without: that mock deposits must repeat the registered name.
  target = await openTarget({ SANDBOX_SWITCHES: JSON.stringify({ mockDepositNames: 'business_name' }) });
  clabe = (await createClabe(target.juno, { guard })).clabe;
});
afterAll(() => target?.close());

describe('CLABEs', () => {
  test('JR/createclabeforthirdpartydeposits: one is created with 201 and {success, payload: {clabe}}', async () => {
    const made = await createClabe(target.juno, { guard });
    expect(target.lines.at(-1)).toMatchObject({ endpoint: 'POST /mint_platform/v1/clabes', httpStatus: 201 });
    expect(JSON.parse(made.raw)).toMatchObject({ success: true, payload: { clabe: made.clabe } });
  });

  test('J/glossary: it has 18 digits with a control digit, and is of the house that issues it', async () => {
    expect(parseClabe(clabe)).toMatch(/^710\d{15}$/);
  });

  test('J/retrieve-clabe-details: one shows type, status, limits and zoneless times', async () => {
    const { raw, type, status } = await getClabe(target.juno, { clabe });
    expect([type, status]).toEqual(['AUTO_PAYMENT', 'ENABLED']);
    const shown = payloadOf(raw);
    expect(shown).toMatchObject({ clabe, created_at: expect.stringMatching(ZONELESS) });
    expect(Object.keys(shown)).toEqual(expect.arrayContaining(['deposit_minimum_amount', 'updated_at']));
    expect(Object.keys(shown.deposit_maximum_amounts).toSorted()).toEqual(['daily', 'monthly', 'operation', 'weekly']);
  });

  test('J/list-created-clabes: the list has its counters as text around `response`', async () => {
    const { raw } = await listClabes(target.juno, { pageSize: 1 });
    const { response, ...counters } = payloadOf(raw);
    expect(response).toHaveLength(1);
    expect(counters).toMatchObject({ current_page: '1', page_size: '1' });
    for (const name of ['total_items', 'total_pages']) expect(counters[name]).toMatch(/^\d+$/);
  });

  test('J/list-created-clabes: pages begin at 1, and together hold each CLABE once', async () => {
    const seen: string[] = [];
    for (let page = 1; ; page++) {
      const { items, isLast } = await listClabes(target.juno, { page, pageSize: 2 });
      seen.push(...items.map((item) => item.clabe));
      if (isLast) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain(clabe);
  });

  test('J/list-created-clabes: it is the first page, of 25, unless another is asked for', async () => {
    const { current_page, page_size } = payloadOf(await bareList(target.juno, '/spei/v1/clabes'));
    expect([current_page, page_size]).toEqual(['1', '25']);
  });

  test('J/list-created-clabes: clabe_type chooses those that are issued for', async () => {
    const { items } = await listClabes(target.juno);
    expect(new Set(items.map(({ type }) => type))).toEqual(new Set(['AUTO_PAYMENT']));
  });

  test('P/retrieve-clabe-details: a status is ENABLED, DISABLED or BLOCKED', async () => {
    for (const { status } of (await listClabes(target.juno)).items)
      expect(status).toMatch(/^(ENABLED|DISABLED|BLOCKED)$/);
  });

  test('J/list-created-clabes: start_date and end_date choose by day of creation, inclusive', async () => {
    const among = async (filter: object) =>
      (await listClabes(target.juno, filter)).items.some((item) => item.clabe === clabe);
    // The server's own day may be the one before or after ours.
    expect(await among({ startDate: day(-1), endDate: day(1) })).toBe(true);
    expect(await among({ startDate: day(3) })).toBe(false);
    expect(await among({ endDate: day(-3) })).toBe(false);
  });
});

describe('deposits', () => {
  let made: JunoDeposit[];
  let other: Clabe;
  const sender = newClabe();
  const list = async (filter: ListDepositsParameters) => (await listDeposits(target.juno, filter)).items;
  const ours = (items: readonly JunoDeposit[]) => items.filter((item) => item.clabe === clabe);

  beforeAll(async () => {
    other = (await createClabe(target.juno, { guard })).clabe;
    await deposit(target.juno, clabe, '150.50', { senderClabe: sender });
    await deposit(target.juno, clabe, '99.99');
    await deposit(target.juno, other, '200.00');
    made = await until('the deposits to complete', async () => {
      const items = await list({ receiverClabe: clabe });
      return items.length === 2 && items.every(({ status }) => status === 'complete') && items;
    });
  });

  test('J/create-mock-deposits: a mock deposit to a CLABE of ours comes in at the amount that it had', async () => {
    expect(made.map(({ amount }) => amount.units).toSorted()).toEqual([15_050n, 9_999n].toSorted());
  });

  test('J/create-mock-deposits: one to a CLABE that is not ours is refused', async () => {
    expect((await refused(deposit(target.juno, newClabe('710969'), '150.00'))).httpStatus).toBe(400);
  });

  test.skipIf(!hasBusinessName).each([
    ['receiver', { receiverName: 'Somebody Else' }],
    ['sender', { senderName: 'Somebody Else' }],
  ])('J/create-mock-deposits: one whose %s is not the registered business is refused', async (_, names) => {
    expect(BUSINESS_NAME).not.toBe('Somebody Else');
    expect((await refused(deposit(target.juno, clabe, '150.00', names))).httpStatus).toBe(400);
  });

  test('J/list-deposits-made: it is the first page, of 25, unless another is asked for', async () => {
    const { current_page, page_size } = payloadOf(await bareList(target.juno, '/spei/v1/deposits'));
    expect([current_page, page_size].map(String)).toEqual(['1', '25']);
  });

  test('J/list-deposits-made: an item has id, receiver, amount and status, in the envelope of the SPEI lists', async () => {
    const { raw } = await listDeposits(target.juno, { receiverClabe: clabe, pageSize: 1 });
    const { response, ...counters } = payloadOf(raw);
    expect(response).toHaveLength(1);
    expect(Object.keys(counters)).toEqual(expect.arrayContaining(['total_items', 'total_pages', 'current_page']));
    for (const { id } of made) expect(id).not.toBe('');
  });

  test('J/list-deposits-made: receiver_clabe chooses the CLABE that received', async () => {
    expect(made.every((item) => item.clabe === clabe)).toBe(true);
    expect(await list({ receiverClabe: other })).toHaveLength(1);
  });

  test('J/list-deposits-made: sender_clabe chooses the CLABE that sent', async () => {
    const items = await list({ senderClabe: sender });
    expect(items.map(({ amount }) => amount)).toEqual([pesos('150.50')]);
  });

  test('J/list-deposits-made: deposit_status chooses COMPLETE, PENDING or FAILED', async () => {
    expect(ours(await list({ receiverClabe: clabe, depositStatus: 'COMPLETE' }))).toHaveLength(2);
    expect(ours(await list({ receiverClabe: clabe, depositStatus: 'FAILED' }))).toHaveLength(0);
    expect(ours(await list({ receiverClabe: clabe, depositStatus: 'PENDING' }))).toHaveLength(0);
  });

  test('J/list-deposits-made: start_date and end_date choose by day, inclusive', async () => {
    expect(await list({ receiverClabe: clabe, startDate: day(-1), endDate: day(1) })).toHaveLength(2);
    expect(await list({ receiverClabe: clabe, startDate: day(3) })).toHaveLength(0);
    expect(await list({ receiverClabe: clabe, endDate: day(-3) })).toHaveLength(0);
  });

  test('J/list-deposits-made: pages begin at 1, and together hold each deposit once', async () => {
    const ids: string[] = [];
    for await (const { id } of listAllDeposits(target.juno, { receiverClabe: clabe, pageSize: 1 })) ids.push(id);
    expect(ids.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });

  test('J/list-deposits-made: timezone tells the time of creation by that offset', async () => {
    const told = async (timezone: string) =>
      (await list({ receiverClabe: clabe, timezone })).find(({ id }) => id === made[0]?.id)?.createdAtText ?? '';
    const [utc, mexico] = [await told('+00:00'), await told('-06:00')];
    const clock = (text: string) => Date.parse(`${text.slice(0, 19)}Z`);
    expect(clock(utc) - clock(mexico)).toBe(6 * 3_600_000);
  });

  test('J/list-deposits-made: only_refunds leaves out what is no payout that came back', async () => {
    expect(ours(await list({ receiverClabe: clabe, onlyRefunds: true }))).toHaveLength(0);
  });

  test('J/how-to-mass-payments: a mock deposit may be a refund, and only_refunds shows it', async () => {
    await deposit(target.juno, other, '300.00', { refundType: 17 });
    const [refund] = await until('the refund', async () => {
      const items = await list({ receiverClabe: other, onlyRefunds: true });
      return items.length > 0 && items;
    });
    expect(refund?.amount).toEqual(pesos('300.00'));
    const all = await list({ receiverClabe: other });
    expect(all.map(({ id }) => id)).toContain(refund?.id);
  });

  test('J/issuance: 100.00 MXN are enough', async () => {
    const exact = (await createClabe(target.juno, { guard })).clabe;
    await deposit(target.juno, exact, '100.00');
    expect(await issuanceTo(target.juno, exact)).toMatchObject({ status: 'complete', amount: pesos('100.00') });
  });

  test('J/issuance: a deposit of 100 MXN or more is issued 1:1', async () => {
    const issuance = await issuanceTo(target.juno, other);
    expect(issuance).toMatchObject({ type: 'ISSUANCE', status: 'complete', receiverClabe: other });
    expect([pesos('200.00').units, pesos('300.00').units]).toContain(issuance.amount.units);
  });

  test('J/create-mock-deposits: of one below 100 MXN the deposit succeeds and the issuance does not', async () => {
    const small = (await createClabe(target.juno, { guard })).clabe;
    await deposit(target.juno, small, '99.99');
    await until(
      'the deposit to complete',
      async () => (await list({ receiverClabe: small }))[0]?.status === 'complete',
    );
    const issuance = await issuanceTo(target.juno, small);
    expect(issuance).toMatchObject({ status: 'failed', amount: pesos('99.99') });
  });

  test('J/create-clabes: what every CLABE received is one balance', async () => {
    const { items } = await listBalances(target.juno);
    expect(items).toHaveLength(1);
    expect(items[0]?.available.units).toBeGreaterThanOrEqual(350_500_000n);
  });
});
