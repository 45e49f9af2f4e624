import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { HOT_WALLET, openChain, type TestChain } from './support/chain.ts';
import { startSandbox, type TestSandbox, until } from './support/sandbox.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const STP = '646180157042875763';
const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';
const WITHDRAWALS = 'POST /v3/withdrawals';

let chain: TestChain;
beforeAll(async () => {
  chain = await openChain();
});
afterAll(() => chain?.close());

/** A sandbox with these switches for one test. At the test's end its books must add up, and agree with the chain. */
async function open(switches: object = {}): Promise<TestSandbox> {
  const supply = await chain.balanceOf(HOT_WALLET.address);
  const sandbox = await startSandbox(chain, { SANDBOX_SWITCHES: JSON.stringify(switches) });
  onTestFinished(async () => {
    const s = await sandbox.state();
    await sandbox.stop();
    const part = (name: string) => BigInt(s[name]);
    expect(part('spei_in_centavos')).toBe(
      part('balance_centavos') +
        part('bitso_balance_centavos') +
        part('kept_centavos') +
        part('spei_out_centavos') -
        part('spei_returned_centavos'),
    );
    expect((await chain.balanceOf(HOT_WALLET.address)) - supply).toBe(part('balance_units'));
  });
  return sandbox;
}

/** Deposits pesos and redeems them all to a bank account; the REDEMPTION as it ended. */
async function payOut(sandbox: TestSandbox, amount = '500') {
  await sandbox.deposit(amount);
  const destination_bank_account_id = await sandbox.registerBankAccount(STP);
  const { payload } = (await sandbox.redeem({ amount, destination_bank_account_id })).body;
  return sandbox.settled(payload.id);
}

/** The same through Bitso; the wid. */
async function payOutByBitso(sandbox: TestSandbox, amount = '500'): Promise<string> {
  await sandbox.deposit(amount);
  const { payload } = (await sandbox.redeem({ amount })).body;
  await sandbox.settled(payload.id);
  const fields = { currency: 'mxn', protocol: 'clabe', amount, beneficiary: 'Vera', clabe: STP, origin_id: 'order-1' };
  const { wid } = (await sandbox.call('POST', '/v3/withdrawals', fields)).body['payload'];
  await until('the end', async () =>
    ['complete', 'failed'].includes((await sandbox.get(`/v3/withdrawals/${wid}`)).status),
  );
  return wid;
}

const giveBack = (sandbox: TestSandbox, id: string, type = 17) => sandbox.admin('POST', '/returns', { id, type });
const refunds = async (sandbox: TestSandbox) => (await sandbox.get('/spei/v1/deposits?only_refunds=true')).response;
const movements = async (sandbox: TestSandbox) =>
  (await sandbox.get('/mint_platform/v1/financial_movements?size=100')).content;
const refundMovements = async (sandbox: TestSandbox) =>
  (await movements(sandbox)).filter(
    ({ funding }: { funding?: { transaction_type: string } }) => funding?.transaction_type === 'REDEMPTION_REFUND',
  );
const backInJuno = (sandbox: TestSandbox) =>
  until('the MXNB', async () => (await sandbox.state())['available_centavos'] === '50000');

describe('a redemption that comes back', () => {
  test.each([16, 17, 18, 23, 24])(
    'by a return of type %i is a refund deposit, a movement, and MXNB again',
    async (type) => {
      const sandbox = await open();
      const { transaction_id } = await payOut(sandbox);
      expect(await giveBack(sandbox, transaction_id, type)).toMatchObject({ status: 200 });
      await backInJuno(sandbox);
      expect(await sandbox.outbox()).toMatchObject([
        { transaction_id, amount_centavos: '50000', returned: { at: expect.any(Number), type, as: 'both, issuance' } },
      ]);
      const clabes = (await sandbox.get('/spei/v1/clabes')).response.map(({ clabe }: { clabe: string }) => clabe);
      expect(await refunds(sandbox)).toMatchObject([
        { amount: '500.00', status: 'COMPLETE', sender_clabe: STP, receiver_clabe: clabes.at(-1) },
      ]);
      expect(await refundMovements(sandbox)).toMatchObject([
        { type: 'FUNDING', status: 'COMPLETED', amount: '500.00', funding: { transaction_id } },
      ]);
      expect((await sandbox.get(`/mint_platform/v1/transactions/${transaction_id}`)).status).toBe('COMPLETE');
      expect((await sandbox.get('/mint_platform/v1/transactions?type=ISSUANCE')).totalElements).toBe(2);
    },
  );

  test('comes back once', async () => {
    const sandbox = await open();
    const { transaction_id } = await payOut(sandbox);
    expect((await giveBack(sandbox, transaction_id)).status).toBe(200);
    expect((await giveBack(sandbox, transaction_id)).status).toBe(409);
    expect((await giveBack(sandbox, 'unknown')).status).toBe(404);
    expect((await giveBack(sandbox, transaction_id, 7)).status).toBe(400);
    await backInJuno(sandbox);
    expect(await refunds(sandbox)).toHaveLength(1);
  });

  test('is pesos on the Bitso balance where the switch says so', async () => {
    const sandbox = await open({ returnMoney: 'mxn' });
    await giveBack(sandbox, (await payOut(sandbox)).transaction_id);
    await until('the pesos', async () => (await sandbox.state())['bitso_balance_centavos'] === '50000');
    expect(await sandbox.state()).toMatchObject({ available_centavos: '0' });
  });

  test('is MXNB without an ISSUANCE where the switch says so', async () => {
    const sandbox = await open({ returnMoney: 'mxnb' });
    await giveBack(sandbox, (await payOut(sandbox)).transaction_id);
    await backInJuno(sandbox);
    expect((await sandbox.get('/mint_platform/v1/transactions?type=ISSUANCE')).totalElements).toBe(1);
  });

  test.each([
    ['deposit', 1, 0],
    ['movement', 0, 1],
  ])('shows as a %s alone where the switch says so', async (returnShown, deposits, lines) => {
    const sandbox = await open({ returnShown, returnReference: 'tracking_key' });
    await giveBack(sandbox, (await payOut(sandbox)).transaction_id);
    await backInJuno(sandbox);
    expect(await refunds(sandbox)).toHaveLength(deposits);
    expect(await refundMovements(sandbox)).toHaveLength(lines);
    const [order] = await sandbox.outbox();
    for (const { tracking_key } of await refunds(sandbox)) expect(tracking_key).toBe(order?.['clave_rastreo']);
  });

  test('turns FAILED, and names its payout, where the switches say so', async () => {
    const sandbox = await open({ returnStatus: 'FAILED', returnReference: 'refunded_withdrawal' });
    const { transaction_id } = await payOut(sandbox);
    await giveBack(sandbox, transaction_id);
    await backInJuno(sandbox);
    expect((await sandbox.get(`/mint_platform/v1/transactions/${transaction_id}`)).status).toBe('FAILED');
    const [order] = await sandbox.outbox();
    expect(await refunds(sandbox)).toMatchObject([
      { refunded_withdrawal: { wid: transaction_id, tracking_key: order?.['clave_rastreo'] } },
    ]);
  });

  test('by the fault completes first', async () => {
    const sandbox = await open();
    await sandbox.admin('POST', '/faults', { name: 'return_payout', endpoint: REDEMPTIONS, ms: 100 });
    expect((await payOut(sandbox)).status).toBe('COMPLETE');
    await backInJuno(sandbox);
    expect(await sandbox.outbox()).toMatchObject([{ returned: { type: 17 } }]);
  });
});

describe('a redemption that fails before it pays', () => {
  test('gives the MXNB back', async () => {
    const sandbox = await open();
    await sandbox.admin('POST', '/faults', { name: 'fail_payout', endpoint: REDEMPTIONS });
    expect((await payOut(sandbox)).status).toBe('FAILED');
    expect(await sandbox.outbox()).toEqual([]);
    expect(await sandbox.state()).toMatchObject({ available_centavos: '50000', kept_centavos: '0' });
  });

  test('gives nothing back where the switch says so', async () => {
    const sandbox = await open({ failedRedemptionMoney: 'not_back' });
    await sandbox.admin('POST', '/faults', { name: 'fail_payout', endpoint: REDEMPTIONS });
    expect((await payOut(sandbox)).status).toBe('FAILED');
    expect(await sandbox.outbox()).toEqual([]);
    expect(await sandbox.state()).toMatchObject({ available_centavos: '0', kept_centavos: '50000' });
  });
});

describe('a withdrawal of Bitso that comes back', () => {
  test('is a deposit that names it, and pesos on the Bitso balance', async () => {
    const sandbox = await open();
    const wid = await payOutByBitso(sandbox);
    expect((await giveBack(sandbox, wid, 18)).status).toBe(200);
    const [order] = await sandbox.outbox();
    expect(order).toMatchObject({ kind: 'bitso_withdrawal', returned: { type: 18 } });
    const listed = await sandbox.get('/spei/v2/deposits?only_refunds=true');
    expect(listed).toMatchObject({
      response: [
        {
          amount: '500.00',
          status: 'COMPLETE',
          refunded_withdrawal: { wid, tracking_key: order?.['clave_rastreo'], origin_id: 'order-1' },
        },
      ],
      next_page_token: null,
    });
    expect(await refunds(sandbox)).toEqual([]);
    expect((await sandbox.get(`/v3/withdrawals/${wid}`)).status).toBe('complete');
    expect(await sandbox.state()).toMatchObject({ bitso_available_centavos: '50000' });
  });

  test('turns failed, and names no origin_id, where the switches say so', async () => {
    const sandbox = await open({ bitsoReturnStatus: 'failed', bitsoReturnOriginId: false, bitsoReturnInV1: true });
    await sandbox.admin('POST', '/faults', { name: 'return_payout', endpoint: WITHDRAWALS, ms: 50 });
    const wid = await payOutByBitso(sandbox);
    await until('the failure', async () => (await sandbox.get(`/v3/withdrawals/${wid}`)).status === 'failed');
    const { response } = await sandbox.get('/spei/v2/deposits?only_refunds=true');
    expect(response[0].refunded_withdrawal).not.toHaveProperty('origin_id');
    expect(await refunds(sandbox)).toHaveLength(1);
  });

  test('is found page after page, and from today on where nothing is said', async () => {
    const sandbox = await open();
    for (const amount of ['100', '200', '300']) await sandbox.deposit(amount);
    const page = (query: string) => sandbox.get(`/spei/v2/deposits?page_size=2${query}`);
    const first = await page('');
    const second = await page(`&page_token=${first.next_page_token}`);
    const amounts = [...first.response, ...second.response].map(({ amount }: { amount: string }) => amount);
    expect(amounts).toEqual(['100.00', '200.00', '300.00']);
    expect(second.next_page_token).toBeNull();
    expect((await page(`&created_at_gte=${encodeURIComponent('2099-01-01T00:00:00+00:00')}`)).response).toEqual([]);
    expect((await sandbox.call('GET', '/spei/v2/deposits?page_token=unknown')).status).toBe(400);
  });
});

test('financial movements: newest first, each with one detail, through pages', async () => {
  const sandbox = await open();
  await sandbox.deposit('99');
  await payOut(sandbox);
  const all = await movements(sandbox);
  expect(all).toMatchObject([
    { type: 'WITHDRAWAL', status: 'COMPLETED', amount: '500.00', withdrawal: { transaction_type: 'REDEMPTION' } },
    { type: 'FUNDING', status: 'COMPLETED', amount: '500.00', funding: { transaction_type: 'ISSUANCE' } },
    { type: 'WITHDRAWAL', status: 'COMPLETED', amount: '99.00', withdrawal: { transaction_type: 'ISSUANCE_REFUND' } },
    { type: 'FUNDING', status: 'FAILED', amount: '99.00', funding: { transaction_type: 'ISSUANCE' } },
  ]);
  for (const movement of all)
    expect(['funding', 'withdrawal', 'conversion'].filter((key) => key in movement)).toHaveLength(1);
  const page = (n: number) => sandbox.get(`/mint_platform/v1/financial_movements?size=3&page=${n}`);
  expect([...(await page(0)).content, ...(await page(1)).content]).toEqual(all);
  expect(await page(1)).toMatchObject({ totalElements: 4, totalPages: 2, last: true });
});
