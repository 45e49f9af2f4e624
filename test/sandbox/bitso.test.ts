import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { HOT_WALLET, openChain, type TestChain } from './support/chain.ts';
import { startSandbox, type TestSandbox, until } from './support/sandbox.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const STP = '646180157042875763';
const NVIO = '710969000000401454';
const PATH = '/v3/withdrawals';

let chain: TestChain;
let sandbox: TestSandbox;
let lastOrigin = 0;

beforeAll(async () => {
  chain = await openChain();
  sandbox = await startSandbox(chain);
  await fund('5000');
});
afterAll(async () => {
  await sandbox?.stop();
  await chain?.close();
});

// Every peso that came in is MXNB, or at Bitso, or went out and did not come back.
afterEach(async () => {
  const s = await sandbox.state();
  const inside = BigInt(s['balance_centavos']) + BigInt(s['bitso_balance_centavos']);
  expect(inside + BigInt(s['spei_out_centavos']) - BigInt(s['spei_returned_centavos'])).toBe(
    BigInt(s['spei_in_centavos']),
  );
  expect(await chain.balanceOf(HOT_WALLET.address)).toBe(BigInt(s['balance_units']));
});

/** Brings pesos to the Bitso balance: a deposit, its MXNB, and a redemption without a bank account. */
async function fund(amount: string, of = sandbox) {
  await of.deposit(amount);
  const { payload } = (await of.redeem({ amount })).body;
  await of.settled(payload.id);
}

const newOrigin = () => `order-${++lastOrigin}`;
const spei = (fields: object = {}) => ({
  currency: 'mxn',
  protocol: 'clabe',
  amount: '200.50',
  beneficiary: 'Vera Vendedora',
  clabe: STP,
  notes_ref: 'Pago de la orden 7',
  numeric_ref: '1234567',
  rfc: 'XAXX010101000',
  ...fields,
});
const transfer = (fields: object = {}) => ({
  asset: 'mxn',
  currency: 'mxn',
  method: 'bt',
  network: 'bt',
  protocol: 'nvio-clabe',
  amount: '10',
  clabe: NVIO,
  notes: 'Pago',
  ...fields,
});

const pay = (fields: object, of = sandbox) => of.call('POST', PATH, fields);
const ended = (wid: string, of = sandbox) =>
  until('the withdrawal to end', async () => {
    const payload = await of.get(`${PATH}/${wid}`);
    return ['complete', 'failed'].includes(payload.status) ? payload : undefined;
  });

describe('a withdrawal from the Bitso balance', () => {
  test('goes from pending to complete, reserves at once, and leaves by SPEI once', async () => {
    const before = await sandbox.state();
    const origin_id = newOrigin();
    const { status, body } = await pay(spei({ origin_id }));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      payload: {
        wid: expect.stringMatching(/^[0-9a-f]{32}$/),
        status: 'pending',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
        currency: 'mxn',
        method: 'praxis',
        method_name: 'SPEI Transfer',
        amount: '200.50',
        network: 'spei',
        protocol: 'clabe',
      },
    });
    expect(body['payload'].details).not.toHaveProperty('clave_de_rastreo');
    const reserved = await sandbox.state();
    expect(BigInt(before['bitso_available_centavos']) - BigInt(reserved['bitso_available_centavos'])).toBe(20_050n);
    const { wid } = body['payload'];
    const paid = await ended(wid);
    expect(paid).toMatchObject({
      status: 'complete',
      details: {
        origin_id,
        beneficiary_bank_code: '90646',
        beneficiary_name: 'Vera Vendedora',
        beneficiary_clabe: STP,
        concepto: 'Pago de la orden 7',
        numeric_ref: '1234567',
        cep_link: expect.stringContaining('https://www.banxico.org.mx/cep/go?i=90710'),
      },
    });
    const orders = (await sandbox.outbox()).filter(({ transaction_id }) => transaction_id === wid);
    expect(orders).toMatchObject([
      {
        kind: 'bitso_withdrawal',
        clabe: STP,
        amount_centavos: '20050',
        origin_id,
        concept: 'Pago de la orden 7',
        numeric_ref: '1234567',
        clave_rastreo: paid.details.clave_de_rastreo,
      },
    ]);
  });

  test('to a CLABE of NVIO is refused by SPEI and goes by Bitso Transfer', async () => {
    expect(await pay(spei({ clabe: NVIO }))).toMatchObject({ status: 400, body: { error: { code: '0714' } } });
    const origin_id = newOrigin();
    const { body } = await pay(transfer({ origin_id }));
    expect(await ended(body['payload'].wid)).toMatchObject({
      status: 'complete',
      method: 'bt',
      network: 'bt',
      protocol: 'nvio-clabe',
      amount: '10.00',
    });
    expect((await sandbox.outbox()).at(-1)).toMatchObject({ kind: 'bitso_transfer', clabe: NVIO, origin_id });
  });

  test('that the bank refuses fails with a reason, and its funds remain', async () => {
    const { bitso_available_centavos } = await sandbox.state();
    const orders = (await sandbox.outbox()).length;
    await sandbox.admin('POST', '/faults', { name: 'fail_payout', endpoint: `POST ${PATH}` });
    const { body } = await pay(spei());
    const failed = await ended(body['payload'].wid);
    expect(failed).toMatchObject({ status: 'failed', details: { fail_reason: expect.any(String) } });
    expect(await sandbox.state()).toMatchObject({ bitso_available_centavos });
    expect(await sandbox.outbox()).toHaveLength(orders);
  });

  test('of more than there is is refused', async () => {
    expect(await pay(spei({ amount: '99999999' }))).toMatchObject({ status: 400, body: { error: { code: '0379' } } });
  });
});

describe('fields', () => {
  test.each<[string, object, string]>([
    ['no beneficiary', { beneficiary: undefined }, '0303'],
    ['a blank beneficiary', { beneficiary: '  ' }, '0303'],
    ['no CLABE', { clabe: undefined }, '0303'],
    ['no amount', { amount: undefined }, '0304'],
    ['an amount of nothing', { amount: '0.00' }, '0304'],
    ['a negative amount', { amount: '-5' }, '0304'],
    ['three decimals', { amount: '1.001' }, '0304'],
    ['scientific notation', { amount: '1e3' }, '0304'],
    ['an amount as a number', { amount: 200 }, '0304'],
    ['another currency', { currency: 'usd' }, '0304'],
    ['an unknown protocol', { protocol: 'cash' }, '0304'],
    ['a contact', { contact_id: 7 }, '0304'],
    ['17 digits', { clabe: STP.slice(1) }, '0317'],
    ['a wrong control digit', { clabe: '646180157042875764' }, '0317'],
    ['a short card', { protocol: 'debitcard', clabe: '41526000', institution_code: '40012' }, '0317'],
    ['a card without its bank', { protocol: 'debitcard', clabe: '4152600012345678' }, '0304'],
    ['a numeric reference of 8 digits', { numeric_ref: '12345678' }, '0318'],
    ['letters in the numeric reference', { numeric_ref: '12A' }, '0318'],
    ['a concept of 41 characters', { notes_ref: 'x'.repeat(41) }, '0319'],
    ['a concept with signs', { notes_ref: 'a;b' }, '0319'],
  ])('%s is refused', async (_name, fields, code) => {
    const orders = (await sandbox.outbox()).length;
    const answer = await pay(spei(fields));
    expect(answer).toMatchObject({ status: 400, body: { success: false, error: { code } } });
    expect(await sandbox.outbox()).toHaveLength(orders);
  });

  test.each<[string, object, string]>([
    ['a CLABE of another bank', { clabe: STP }, '0317'],
    ['another method', { method: 'praxis' }, '0304'],
  ])('Bitso Transfer with %s is refused', async (_name, fields, code) => {
    expect(await pay(transfer(fields))).toMatchObject({ status: 400, body: { error: { code } } });
  });
});

describe('reading back', () => {
  test('by wid, by wids, by origin_ids, and by pages after a marker', async () => {
    const origins = [newOrigin(), newOrigin(), newOrigin()];
    const wids: string[] = [];
    for (const origin_id of origins) wids.push((await pay(spei({ origin_id, amount: '1' }))).body['payload'].wid);
    const found = async (query: string) =>
      (await sandbox.get(`${PATH}?${query}`)).map(({ wid }: { wid: string }) => wid);
    const newestFirst = wids.toReversed();
    expect(await found(`origin_ids=${origins[1]}`)).toEqual([wids[1]]);
    expect(await found(`origin_ids=${origins.join(',')},unknown`)).toEqual(newestFirst);
    expect(await found('origin_ids=unknown')).toEqual([]);
    expect(await found(`wids=${wids[0]},${wids[2]},unknown`)).toEqual([wids[2], wids[0]]);
    expect(await found('currency=mxn&limit=2')).toEqual(newestFirst.slice(0, 2));
    expect(await found(`limit=1&marker=${wids[1]}`)).toEqual([wids[0]]);
    expect(await found('currency=btc')).toEqual([]);
    for (const query of ['limit=101', 'limit=0', 'marker=unknown'])
      expect(await sandbox.call('GET', `${PATH}?${query}`)).toMatchObject({
        status: 400,
        body: { error: { code: '0320' } },
      });
    expect(await sandbox.call('GET', `${PATH}/unknown`)).toMatchObject({
      status: 400,
      body: { error: { code: '0310' } },
    });
    for (const wid of wids) await ended(wid);
  });

  test('the methods name what each protocol needs, the banks their codes', async () => {
    const methods = await sandbox.get('/v3/withdrawal_methods/mxn');
    expect(methods).toContainEqual(
      expect.objectContaining({ protocol: 'clabe', network: 'spei', required_fields: ['beneficiary', 'clabe'] }),
    );
    expect(methods).toContainEqual(expect.objectContaining({ protocol: 'nvio-clabe', method: 'bt', network: 'bt' }));
    expect(await sandbox.get('/api/v3/banks/mx')).toContainEqual(
      expect.objectContaining({ code: '90710', name: 'NVIO' }),
    );
  });
});

describe('an issuance from the Bitso balance', () => {
  const issue = (amount: string) =>
    sandbox.call('POST', '/mint_platform/v1/issuance', { amount, network: 'ARBITRUM', asset: 'MXNB' });

  test('turns its pesos into MXNB', async () => {
    const before = await sandbox.state();
    const { payload } = (await issue('150')).body;
    expect(payload).toMatchObject({
      amount: 150,
      currency: 'mxn',
      transaction_type: 'ISSUANCE',
      method: 'BITSO_TRANSFER',
      summary_status: 'IN_PROGRESS',
    });
    expect((await sandbox.settled(payload.id)).status).toBe('COMPLETE');
    const after = await sandbox.state();
    expect(BigInt(after['balance_centavos']) - BigInt(before['balance_centavos'])).toBe(15_000n);
    expect(BigInt(before['bitso_balance_centavos']) - BigInt(after['bitso_balance_centavos'])).toBe(15_000n);
  });

  test('that the token refuses gives the pesos back', async () => {
    const { bitso_available_centavos } = await sandbox.state();
    await chain.pause();
    const { payload } = (await issue('150')).body;
    const { status } = await sandbox.settled(payload.id);
    await chain.unpause();
    expect(status).toBe('FAILED');
    expect(await sandbox.state()).toMatchObject({ bitso_available_centavos });
  });

  test('of less than 100, or of more than there is, is refused', async () => {
    expect(await issue('99.99')).toMatchObject({ status: 400, body: { error: { code: '32002' } } });
    expect(await issue('99999999')).toMatchObject({ status: 400, body: { error: { code: '0379' } } });
  });
});
