import { beforeEach, describe, expect, test, vi } from 'vitest';
import { BRIDGE, HOT_WALLET } from './support/chain.ts';
import { startSandbox, until } from './support/sandbox.ts';
import { useFaults } from './support/use-faults.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const CLABES = '/spei/v1/clabes';
const TRANSACTIONS = '/mint_platform/v1/transactions';
const STP = '646180157042875763';

const here = useFaults();
const { arm, struck, createClabe } = here;
const clabes = async () => Number((await here.sandbox.get(CLABES)).total_items);

/** Every call that changes something at the far end, with enough money for it, and the count that it would change. */
const DEEDS: readonly [endpoint: string, act: () => Promise<unknown>, count: () => Promise<number>][] = [
  ['POST /mint_platform/v1/clabes', createClabe, clabes],
  [
    'POST /mint_platform/v1/accounts/banks',
    () => here.sandbox.registerBankAccount(STP),
    async () => (await here.sandbox.get('/mint_platform/v1/accounts/banks')).length,
  ],
  [
    'POST /mint_platform/v1/withdrawals',
    () => here.sandbox.withdraw({ amount: '1', address: BRIDGE.address }),
    total('CRYPTO_WITHDRAWAL'),
  ],
  ['POST /mint_platform/v1/redemptions', () => here.sandbox.redeem({ amount: '100' }), total('REDEMPTION')],
  [
    'POST /mint_platform/v1/issuance',
    () =>
      here.sandbox.call('POST', '/mint_platform/v1/issuance', { amount: '100', network: 'ARBITRUM', asset: 'MXNB' }),
    total('ISSUANCE'),
  ],
  [
    'POST /v3/withdrawals',
    () =>
      here.sandbox.call('POST', '/v3/withdrawals', {
        currency: 'mxn',
        protocol: 'clabe',
        amount: '1',
        beneficiary: 'Vera',
        clabe: STP,
      }),
    async () => (await here.sandbox.get('/v3/withdrawals')).length,
  ],
  [
    'POST /v4/webhooks',
    () => here.sandbox.call('POST', '/v4/webhooks', { callback_url: 'http://127.0.0.1:1/', events: ['TRANSACTION'] }),
    async () => (await here.sandbox.call('GET', '/v4/webhooks')).body['webhooks'].length,
  ],
];
function total(type: string) {
  return async (): Promise<number> => (await here.sandbox.get(`${TRANSACTIONS}?type=${type}`)).totalElements;
}

describe('each call that changes something', () => {
  beforeEach(async () => {
    await here.sandbox.deposit('500');
    const { payload } = (await here.sandbox.redeem({ amount: '200' })).body;
    await here.sandbox.settled(payload.id);
  });

  test.each(DEEDS)('%s: a fault before leaves nothing done, one after leaves it done', async (endpoint, act, count) => {
    const tried = () => act().catch(() => undefined);
    let done = await count();
    for (const name of ['error_5xx_before', 'connection_reset_before']) {
      await arm(name, endpoint);
      await tried();
      expect([name, await count()]).toEqual([name, done]);
    }
    const after = ['error_5xx_after_success', 'error_34003_after_success', 'connection_reset_after_success'];
    // A second webhook of one URL would be refused, so that nothing could strike after its success.
    for (const name of endpoint.endsWith('webhooks') ? after.slice(0, 1) : after) {
      if (endpoint.endsWith('issuance')) {
        const { payload } = (await here.sandbox.redeem({ amount: '100' })).body;
        await here.sandbox.settled(payload.id);
      }
      await arm(name, endpoint);
      await tried();
      done += 1;
      expect([name, await count()]).toEqual([name, done]);
      expect(await struck()).toMatchObject({ [name]: { [endpoint]: 1 } });
    }
  });
});

describe('answers', () => {
  test('connection_reset: the socket is reset, before or after the deed', async () => {
    const before = await clabes();
    await arm('connection_reset_before', 'POST /mint_platform/v1/clabes');
    await expect(createClabe()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(await clabes()).toBe(before);
    await arm('connection_reset_after_success', 'POST /mint_platform/v1/clabes');
    await expect(createClabe()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(await clabes()).toBe(before + 1);
  });

  test('malformed_json breaks off in the middle of an answer that says that it is JSON', async () => {
    await arm('malformed_json', `GET ${CLABES}`);
    await expect(here.sandbox.call('GET', CLABES)).rejects.toThrow(SyntaxError);
    expect((await here.sandbox.call('GET', CLABES)).status).toBe(200);
  });

  test('throttle locks the key out for its time', async () => {
    await arm('throttle', '*', { ms: 300 });
    expect((await here.sandbox.call('GET', CLABES)).status).toBe(429);
    expect((await here.sandbox.call('GET', TRANSACTIONS)).status).toBe(429);
    expect((await here.sandbox.state())['locked_out_ms']).toBeGreaterThan(0);
    await until('the lock to open', async () => (await here.sandbox.call('GET', CLABES)).status === 200);
  });

  test('outage answers for everything for its time', async () => {
    await arm('outage', `GET ${CLABES}`, { ms: 300 });
    expect((await here.sandbox.call('GET', TRANSACTIONS)).status).toBe(200);
    expect((await here.sandbox.call('GET', CLABES)).status).toBe(502);
    expect((await here.sandbox.call('GET', TRANSACTIONS)).status).toBe(502);
    await until('the end of the outage', async () => (await here.sandbox.call('GET', TRANSACTIONS)).status === 200);
  });

  test('partial_page cuts a page and counts it whole; partial_page_error says so besides', async () => {
    for (const amount of ['90071992547409.93', '100', '100']) await here.sandbox.deposit(amount);
    const list = `${TRANSACTIONS}?type=ISSUANCE`;
    const whole = await here.sandbox.get(list);
    await arm('partial_page', `GET ${TRANSACTIONS}`);
    const cut = await here.sandbox.get(list);
    expect(cut).toEqual({ ...whole, content: whole.content.slice(0, 1) });
    await arm('partial_page_error', `GET ${TRANSACTIONS}`);
    expect(await here.sandbox.call('GET', list)).toMatchObject({
      status: 200,
      body: { success: false, error: { code: '0101' }, payload: { content: [{}] } },
    });
    await arm('partial_page', 'GET /spei/v1/*');
    const deposits = await here.sandbox.get('/spei/v1/deposits');
    expect(deposits).toMatchObject({ total_items: '3', response: [{}] });
    // Digits survive the cutting: this amount is no double.
    await arm('partial_page', `GET ${TRANSACTIONS}`);
    const { text } = await here.sandbox.call('GET', `${list}&sort=createdAt,ASC&amountTo=90071992547410&size=100`);
    expect(text).toContain('"amount":90071992547409.93');
    expect(await here.sandbox.get(list)).toEqual(whole);
  });

  test('partial_page cuts every list, whatever stands around its items', async () => {
    const other = await startSandbox(here.chain, {
      SANDBOX_SWITCHES: JSON.stringify({ bitsoDepositsEnvelope: 'deposits' }),
    });
    try {
      for (const amount of ['100', '200']) await other.deposit(amount);
      for (const path of ['/spei/v2/deposits', '/mint_platform/v1/balances'])
        await other.admin('POST', '/faults', { name: 'partial_page', endpoint: `GET ${path}` });
      expect((await other.get('/spei/v2/deposits')).deposits).toHaveLength(1);
      expect((await other.get('/mint_platform/v1/balances')).balances).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test('a detail is no list, and does not use up a partial page', async () => {
    const { transaction_id } = await here.sandbox.deposit('100');
    await arm('partial_page', '*');
    await here.sandbox.get(`${TRANSACTIONS}/${transaction_id}`);
    expect((await here.sandbox.admin('GET', '/faults')).body['faults']).toHaveLength(1);
  });
});

describe('what happens behind the answers', () => {
  test('list_lag hides a new transaction from the list, not from its detail', async () => {
    await here.sandbox.deposit('300');
    await arm('list_lag', `GET ${TRANSACTIONS}`, { ms: 700 });
    const { id } = (await here.sandbox.redeem({ amount: '100' })).body['payload'];
    expect((await here.sandbox.get(`${TRANSACTIONS}/${id}`)).transaction_id).toBe(id);
    const listed = async () => (await here.sandbox.get(`${TRANSACTIONS}?type=REDEMPTION`)).totalElements;
    expect(await listed()).toBe(0);
    await until('the list', async () => (await listed()) === 1);
  });

  test('list_lag hides deposits, movements and withdrawals of Bitso as well', async () => {
    const receiver_clabe = await here.sandbox.createClabe();
    const lists = ['/spei/v1/deposits', '/mint_platform/v1/financial_movements'];
    for (const list of lists) await arm('list_lag', `GET ${list}`, { ms: 60_000 });
    const fields = { amount: '500', receiver_clabe, receiver_name: 'Kustodia', sender_name: 'Paula' };
    await here.sandbox.admin('POST', '/deposits', fields);
    await until('the issuance', async () => (await here.sandbox.state())['available_centavos'] === '50000');
    expect((await here.sandbox.get('/spei/v1/deposits')).response).toEqual([]);
    expect((await here.sandbox.get('/mint_platform/v1/financial_movements')).content).toEqual([]);
    await here.sandbox.settled((await here.sandbox.redeem({ amount: '500' })).body['payload'].id);
    await arm('list_lag', 'GET /v3/withdrawals', { ms: 60_000 });
    const order = { currency: 'mxn', protocol: 'clabe', amount: '1', beneficiary: 'V', clabe: STP, origin_id: 'o' };
    const { wid } = (await here.sandbox.call('POST', '/v3/withdrawals', order)).body['payload'];
    expect(await here.sandbox.get('/v3/withdrawals?origin_ids=o')).toEqual([]);
    expect((await here.sandbox.get(`/v3/withdrawals/${wid}`)).wid).toBe(wid);
  });

  test('list_lag hides CLABEs, bank accounts and Bitso’s deposits as well, each by its own name', async () => {
    const before = await clabes();
    for (const list of [CLABES, '/mint_platform/v1/accounts/banks', '/spei/v2/deposits'])
      await arm('list_lag', `GET ${list}`, { ms: 60_000 });
    const clabe = await here.sandbox.createClabe();
    const id = await here.sandbox.registerBankAccount(STP);
    const fields = { amount: '500', receiver_clabe: clabe, receiver_name: 'Kustodia', sender_name: 'Paula' };
    await here.sandbox.admin('POST', '/deposits', fields);
    expect(await clabes()).toBe(before);
    expect((await here.sandbox.get(`${CLABES}/${clabe}`)).clabe).toBe(clabe);
    expect(await here.sandbox.get('/mint_platform/v1/accounts/banks')).toEqual([]);
    expect((await here.sandbox.get('/spei/v1/deposits')).response).toHaveLength(1);
    expect((await here.sandbox.get('/spei/v2/deposits')).response).toEqual([]);
    // Hidden, not gone: it is paid to.
    await until('the issuance', async () => (await here.sandbox.state())['available_centavos'] === '50000');
    const { status } = await here.sandbox.redeem({ amount: '100', destination_bank_account_id: id });
    expect(status).toBe(200);
  });

  test('blacklisted_address fails a withdrawal, and its money comes back', async () => {
    await here.sandbox.deposit('200');
    const before = await here.chain.balanceOf(BRIDGE.address);
    await arm('blacklisted_address', 'POST /mint_platform/v1/withdrawals');
    const { id } = (await here.sandbox.withdraw({ amount: '200', address: BRIDGE.address })).body['payload'];
    expect((await here.sandbox.settled(id)).status).toBe('FAILED');
    expect(await here.sandbox.state()).toMatchObject({ available_centavos: '20000' });
    expect(await here.chain.balanceOf(BRIDGE.address)).toBe(before);
  });

  test('a deposit address that the token has blacklisted receives nothing, and nothing is credited', async () => {
    await here.sandbox.deposit('200');
    const { id } = (await here.sandbox.withdraw({ amount: '200', address: BRIDGE.address })).body['payload'];
    await here.sandbox.settled(id);
    await here.sandbox.admin('POST', '/blacklist', { address: HOT_WALLET.address, blacklisted: true });
    await expect(here.chain.send(HOT_WALLET.address, 200_000_000n)).rejects.toThrow('blacklisted');
    await here.sandbox.admin('POST', '/blacklist', { address: HOT_WALLET.address, blacklisted: false });
    await here.chain.send(HOT_WALLET.address, 200_000_000n);
    await until('the credit', async () => (await here.sandbox.state())['credited_centavos'] === '20000');
  });

  test('credit_held keeps a transfer from its credit until it is released', async () => {
    await here.sandbox.deposit('200');
    const { id } = (await here.sandbox.withdraw({ amount: '200', address: BRIDGE.address })).body['payload'];
    await here.sandbox.settled(id);
    await arm('credit_held', 'credit');
    const { transactionHash } = await here.chain.send(HOT_WALLET.address, 200_000_000n);
    await until('the transfer', async () => (await here.sandbox.state())['credits_held'] === 1);
    expect((await here.sandbox.admin('GET', '/credits')).body['held']).toMatchObject([
      { hash: transactionHash, units: '200000000' },
    ]);
    expect((await here.sandbox.get(`${TRANSACTIONS}?type=CRYPTO_DEPOSIT`)).content).toEqual([]);
    await here.sandbox.admin('POST', '/credits/release');
    await until('the credit', async () => (await here.sandbox.state())['credited_centavos'] === '20000');
  });

  test('the switches hold a large transfer, and let one of a contract be', async () => {
    await here.sandbox.stop();
    here.sandbox = await startSandbox(here.chain, {
      SANDBOX_SWITCHES: '{"largeDepositHeld":true,"travelRule_centavos":20000}',
    });
    await here.sandbox.deposit('300');
    const { id } = (await here.sandbox.withdraw({ amount: '300', address: BRIDGE.address })).body['payload'];
    await here.sandbox.settled(id);
    await here.chain.send(HOT_WALLET.address, 200_000_000n);
    await here.chain.send(HOT_WALLET.address, 100_000_000n);
    await until('the small one', async () => (await here.sandbox.state())['credited_centavos'] === '10000');
    expect(await here.sandbox.state()).toMatchObject({ credits_held: 1 });
    await here.sandbox.admin('POST', '/credits/release');
    await until('the large one', async () => (await here.sandbox.state())['credited_centavos'] === '30000');
  });
});
