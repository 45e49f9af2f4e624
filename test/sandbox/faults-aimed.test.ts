import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { FAULT_NAMES, FAULTS } from '../../src/sandbox/faults.ts';
import { BRIDGE } from './support/chain.ts';
import { useFaults } from './support/use-faults.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const CLABES = '/spei/v1/clabes';
const TRANSACTIONS = '/mint_platform/v1/transactions';

const here = useFaults();
const { arm, struck, createClabe } = here;

describe('by seed', () => {
  const answersOf = async (count: number) => {
    const answers: number[] = [];
    for (let i = 0; i < count; i++) answers.push((await here.sandbox.call('GET', CLABES)).status);
    return answers;
  };
  const sow = (seed: string, rates: object) => here.sandbox.admin('POST', '/seed', { seed, rates });

  test('the same seed strikes the same calls, another seed others, a rate of 1 all and of 0 none', async () => {
    await sow('a', { error_5xx_before: { [`GET ${CLABES}`]: 0.5 } });
    const first = await answersOf(40);
    expect(new Set(first)).toEqual(new Set([200, 503]));
    // Calls of other endpoints move nothing.
    await sow('a', { error_5xx_before: 0.5 });
    await here.sandbox.call('GET', TRANSACTIONS);
    expect(await answersOf(40)).toEqual(first);
    await sow('b', { error_5xx_before: 0.5 });
    expect(await answersOf(40)).not.toEqual(first);
    await sow('a', { error_5xx_before: 1 });
    expect(await answersOf(3)).toEqual([503, 503, 503]);
    await sow('a', { error_5xx_before: 0 });
    expect(await answersOf(3)).toEqual([200, 200, 200]);
  });

  test('it brings its own durations, counts its strikes, and is forgotten with the faults', async () => {
    await here.sandbox.admin('POST', '/seed', { seed: 7, rates: { delay_ms: 1 }, ms: { delay_ms: 120 } });
    const started = performance.now();
    await answersOf(1);
    expect(performance.now() - started).toBeGreaterThan(110);
    expect(await struck()).toEqual({ delay_ms: { [`GET ${CLABES}`]: 1 } });
    await here.sandbox.admin('DELETE', '/faults');
    expect((await here.sandbox.admin('GET', '/faults')).body).toMatchObject({ seed: null });
    await answersOf(1);
    expect(await struck()).toEqual({ delay_ms: { [`GET ${CLABES}`]: 1 } });
  });

  test('an unknown fault or a rate over 1 is refused', async () => {
    expect((await sow('a', { nonsense: 0.5 })).status).toBe(400);
    expect((await sow('a', { drop: 1.5 })).status).toBe(400);
  });
});

test('every fault is named with what it does, and one can be meant for many endpoints', async () => {
  const { known } = (await here.sandbox.admin('GET', '/faults')).body;
  expect(Object.keys(known)).toEqual(FAULT_NAMES);
  for (const { what } of Object.values<{ what: string }>(known)) expect(what.length).toBeGreaterThan(10);
  await arm('error_5xx_before', 'GET /spei/*', { count: 2 });
  expect((await here.sandbox.call('GET', TRANSACTIONS)).status).toBe(200);
  expect((await here.sandbox.call('GET', CLABES)).status).toBe(503);
  expect((await here.sandbox.call('GET', '/spei/v1/deposits')).status).toBe(503);
  expect((await here.sandbox.call('GET', CLABES)).status).toBe(200);
  expect(await struck()).toEqual({ error_5xx_before: { [`GET ${CLABES}`]: 1, 'GET /spei/v1/deposits': 1 } });
});

test('a fault with a text strikes the one request in which it stands, of a body or of a query, and waits until that comes', async () => {
  await here.sandbox.deposit('1000');
  const endpoint = 'POST /mint_platform/v1/withdrawals';
  await arm('error_5xx_before', endpoint, { text: '"2.00"' });
  await arm('error_5xx_after_success', endpoint, { text: '"3.00"' });
  const withdraw = async (amount: string) => (await here.sandbox.withdraw({ amount, address: BRIDGE.address })).status;
  expect([await withdraw('1.00'), await withdraw('12.00')]).toEqual([200, 200]);
  expect(await struck()).toEqual({});
  expect(await Promise.all(['3.00', '1.50', '2.00'].map(withdraw))).toEqual([500, 200, 503]);
  expect(await struck()).toEqual({ error_5xx_before: { [endpoint]: 1 }, error_5xx_after_success: { [endpoint]: 1 } });

  await arm('error_5xx_before', `GET ${TRANSACTIONS}`, { text: 'type=REDEMPTION' });
  expect((await here.sandbox.call('GET', `${TRANSACTIONS}?type=ISSUANCE`)).status).toBe(200);
  expect((await here.sandbox.call('GET', `${TRANSACTIONS}?type=REDEMPTION`)).status).toBe(503);
});

test('of a GET the text may stand in the answer, whatever the fault, and a page loses the half in which it stands', async () => {
  const receiver_clabe = await here.sandbox.createClabe();
  for (const amount of ['101.01', '102.01', '103.01'])
    await here.sandbox.admin('POST', '/deposits', {
      amount,
      receiver_clabe,
      receiver_name: 'Kustodia',
      sender_name: 'P',
    });
  const list = '/spei/v1/deposits';
  const one = (amount: string) => `${list}?page_size=1&page=${104 - Number(amount.slice(0, 3))}`;
  const statusOf = async (path: string) => (await here.sandbox.call('GET', path)).status;
  await arm('error_5xx_before', `GET ${list}`, { text: '"102.01"' });
  expect([await statusOf(one('101.01')), await statusOf(one('103.01'))]).toEqual([200, 200]);
  expect([await statusOf(one('102.01')), await statusOf(one('102.01'))]).toEqual([503, 200]);
  await arm('connection_reset_before', `GET ${list}`, { text: ['page=1', '"103.01"'] });
  expect(await statusOf(list)).toBe(200);
  await expect(here.sandbox.call('GET', one('103.01'))).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });

  const shown = async () =>
    (await here.sandbox.get(list)).response.map(({ amount }: { amount: string }) => amount).toSorted();
  for (const [text, left] of [
    ['"101.01"', ['103.01']],
    ['"103.01"', ['101.01', '102.01']],
  ] as const) {
    await arm('partial_page', `GET ${list}`, { text });
    expect(await shown()).toEqual(left);
  }
  expect(await struck()).toEqual({
    error_5xx_before: { [`GET ${list}`]: 1 },
    connection_reset_before: { [`GET ${list}`]: 1 },
    partial_page: { [`GET ${list}`]: 2 },
  });
});

test('what fails or comes back later is known by its amount', async () => {
  await here.sandbox.deposit('1000');
  const endpoint = 'POST /mint_platform/v1/redemptions';
  await arm('fail_payout', endpoint, { text: '"200.00"' });
  const [first, second] = await Promise.all(
    ['100.00', '200.00'].map(async (amount) => (await here.sandbox.redeem({ amount })).body['payload'].id),
  );
  expect((await here.sandbox.settled(first)).status).toBe('COMPLETE');
  expect((await here.sandbox.settled(second)).status).toBe('FAILED');
  await arm('list_lag', `GET ${TRANSACTIONS}`, { text: '"301.00"', ms: 60_000 });
  for (const amount of ['300.00', '301.00']) await here.sandbox.redeem({ amount });
  const { content } = await here.sandbox.get(`${TRANSACTIONS}?type=REDEMPTION&amountFrom=300`);
  expect(content.map(({ amount }: { amount: number }) => amount)).toEqual([300]);
});

test('an outage that is armed for a call has struck it when it comes in another one, and makes that no longer', async () => {
  await here.sandbox.admin('POST', '/outage', { ms: 60_000 });
  await arm('outage', 'POST /mint_platform/v1/clabes', { ms: 3_600_000 });
  await arm('outage', `GET ${CLABES}`, { text: 'page=7' });
  expect((await here.sandbox.call('GET', CLABES)).status).toBe(502);
  expect((await createClabe()).status).toBe(502);
  const { faults, outage_ms } = (await here.sandbox.admin('GET', '/faults')).body;
  expect(await struck()).toEqual({ outage: { 'POST /mint_platform/v1/clabes': 1 } });
  expect(faults).toMatchObject([{ text: 'page=7' }]);
  expect(outage_ms).toBeLessThanOrEqual(60_000);
});

test('a fault where it can strike never is refused, with where it can', async () => {
  const vain: [string, string][] = [
    ['list_lag', 'GET /nonsense'],
    ['list_lag', 'GET /mint_platform/v1/balances'],
    ['partial_page', 'GET /mint_platform/v1/transactions/:id'],
    ['partial_page_error', 'POST /v3/withdrawals'],
    ['fail_payout', 'webhook'],
    ['drop', 'POST /mint_platform/v1/redemptions'],
    ['delay_ms', 'webhook'],
    ['outage', 'GET /spei/v1/clabe'],
  ];
  for (const [name, endpoint] of vain) {
    const { status, body } = await arm(name, endpoint);
    expect([name, endpoint, status]).toEqual([name, endpoint, 422]);
    expect(body['error'].message).toContain(`${name} can strike nowhere at "${endpoint}"`);
  }
  const sown = await here.sandbox.admin('POST', '/seed', { seed: 1, rates: { list_lag: { 'POST /v3/*': 0.5 } } });
  expect(sown.status).toBe(422);
  expect((await here.sandbox.admin('GET', '/faults')).body['faults']).toEqual([]);
  for (const [name, endpoint] of [
    ['list_lag', '*'],
    ['outage', 'GET /spei/*'],
    ['drop', '*'],
  ] as const)
    expect((await arm(name, endpoint)).status).toBe(200);
});

test('where a fault can strike is an endpoint, and half a page of Bitso’s balance is one of them', async () => {
  const { endpoints } = (await here.sandbox.admin('GET', '/faults')).body;
  const places = Object.values(FAULTS).flatMap((fault) => ('at' in fault ? [...fault.at] : []));
  expect(places.filter((place) => ![...endpoints, 'webhook', 'credit'].includes(place))).toEqual([]);
  await arm('partial_page', 'GET /v3/balance');
  expect((await here.sandbox.get('/v3/balance')).balances).toEqual([]);
  expect((await here.sandbox.get('/v3/balance')).balances).toHaveLength(1);
});

test('every endpoint is named, and the keys of webhooks fail as any other', async () => {
  const { endpoints } = (await here.sandbox.admin('GET', '/faults')).body;
  expect(endpoints).toEqual(
    expect.arrayContaining(['POST /v3/withdrawals', 'DELETE /v4/webhooks/:id', 'GET /v4/webhooks/public-keys']),
  );
  await arm('error_5xx_before', 'GET /v4/webhooks/public-keys');
  const ask = async () => (await fetch(`${here.sandbox.url}/v4/webhooks/public-keys`)).status;
  expect([await ask(), await ask()]).toEqual([503, 200]);
});

test('a fault after the deed leaves the idempotency key as it found it', async () => {
  await here.sandbox.deposit('100');
  const idempotencyKey = randomUUID();
  const redeem = () => here.sandbox.redeem({ amount: '100' }, { idempotencyKey });
  await arm('malformed_json', 'POST /mint_platform/v1/redemptions');
  await expect(redeem()).rejects.toThrow(SyntaxError);
  expect((await redeem()).status).toBe(200);
  expect((await here.sandbox.get(`${TRANSACTIONS}?type=REDEMPTION`)).totalElements).toBe(1);
});
