import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { BRIDGE, HOT_WALLET, openChain, type TestChain } from './support/chain.ts';
import { startSandbox, type TestSandbox, until } from './support/sandbox.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const EXTERNAL_CLABE = '646180157042875763';
const PESO = 1_000_000n;

let chain: TestChain;
let sandbox: TestSandbox;

beforeAll(async () => {
  chain = await openChain();
  sandbox = await startSandbox(chain);
});
afterAll(async () => {
  await sandbox?.stop();
  await chain?.close();
});

// On the chain there is what the sandbox owes its customer and what is outside, and nothing else.
afterEach(async () => {
  const [supply, hot, bridge] = await Promise.all([
    chain.totalSupply(),
    chain.balanceOf(HOT_WALLET.address),
    chain.balanceOf(BRIDGE.address),
  ]);
  const { balance_units, issued_centavos, redeemed_centavos } = await sandbox.state();
  expect(BigInt(balance_units)).toBe(hot);
  expect(hot + bridge).toBe(supply);
  expect((BigInt(issued_centavos) - BigInt(redeemed_centavos)) * 10_000n).toBe(supply);
});

describe('the whole way of the money', () => {
  test('deposit, issuance, withdrawal, crypto deposit, redemption, SPEI', async () => {
    const clabe = await sandbox.createClabe();
    const issuance = await sandbox.deposit('1500.50', clabe);
    expect(issuance).toMatchObject({
      transaction_type: 'ISSUANCE',
      status: 'COMPLETE',
      amount: 1500.5,
      currency: 'MXN',
      network: 'ARBITRUM',
      details: { sender: { name: 'Paula Pagadora' }, receiver: { clabe, name: 'Kustodia' } },
    });
    expect(await sandbox.get('/mint_platform/v1/balances')).toEqual({
      balances: [{ asset: 'mxnb', total: '1500.50', on_hold: '0.00', available: '1500.50', locked: '0.00' }],
    });
    const deposits = await sandbox.get(`/spei/v1/deposits?receiver_clabe=${clabe}`);
    expect(deposits).toMatchObject({
      total_items: '1',
      response: [{ amount: '1500.50', status: 'COMPLETE', receiver_clabe: clabe }],
    });
    expect(deposits.response[0].created_at).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/);

    const accepted = await sandbox.withdraw({ amount: '1500.50', address: BRIDGE.address });
    expect(accepted.status).toBe(200);
    expect(accepted.text).toContain('"amount":1500.5,');
    expect(accepted.body['payload']).toMatchObject({
      transaction_type: 'CRYPTO_WITHDRAWAL',
      summary_status: 'PENDING',
      currency: 'mxnb',
    });
    const withdrawal = await sandbox.settled(accepted.body['payload'].id);
    expect(withdrawal.status).toBe('COMPLETE');
    const hash = withdrawal.timeline.find(({ step }: { step: string }) => step === 'Tokens transferred').receipt;
    expect((await chain.client.getTransactionReceipt({ hash })).status).toBe('success');
    expect(await chain.balanceOf(BRIDGE.address)).toBe(1_500_500_000n);

    const { transactionHash } = await chain.send(HOT_WALLET.address, 1_500_500_000n);
    const credit = await until('the credit', async () => {
      const { content } = await sandbox.get('/mint_platform/v1/transactions?type=CRYPTO_DEPOSIT');
      return content.find(({ summary_status }: { summary_status: string }) => summary_status === 'COMPLETE');
    });
    const detail = await sandbox.get(`/mint_platform/v1/transactions/${credit.id}`);
    expect(detail).toMatchObject({
      amount: 1500.5,
      currency: 'mxnb',
      details: { sender_address: BRIDGE.address, transaction_hash: transactionHash },
    });
    expect(detail.timeline.at(-1)).toEqual({ step: 'Tokens transferred', receipt: transactionHash });

    const bankAccountId = await sandbox.registerBankAccount(EXTERNAL_CLABE);
    const redeemed = await sandbox.redeem({ amount: '1500.50', destination_bank_account_id: bankAccountId });
    expect(redeemed.body['payload']).toMatchObject({
      transaction_type: 'REDEMPTION',
      method: 'SPEI',
      network: 'ARBITRUM',
      summary_status: 'IN_PROGRESS',
      currency: 'MXN',
    });
    expect((await sandbox.get('/mint_platform/v1/balances')).balances[0]).toMatchObject({
      available: '0.00',
      on_hold: '1500.50',
    });
    const { id } = redeemed.body['payload'];
    expect((await sandbox.outbox()).filter(({ transaction_id }) => transaction_id === id)).toEqual([]);
    expect((await sandbox.settled(id)).status).toBe('COMPLETE');
    const orders = (await sandbox.outbox()).filter(({ transaction_id }) => transaction_id === id);
    expect(orders).toMatchObject([
      { kind: 'redemption', clabe: EXTERNAL_CLABE, recipient_name: 'Vera Vendedora', amount_centavos: '150050' },
    ]);
    expect(orders[0]?.['clave_rastreo']).toMatch(/^[A-Za-z0-9]{1,30}$/);
    expect(await chain.totalSupply()).toBe(0n);
  });

  test('a deposit under 100 pesos goes back to its sender and issues nothing', async () => {
    const issuance = await sandbox.deposit('99.99');
    expect(issuance.status).toBe('FAILED');
    expect((await sandbox.get('/spei/v1/deposits?page_size=1')).response[0].status).toBe('COMPLETE');
    expect(await sandbox.outbox()).toContainEqual(
      expect.objectContaining({
        kind: 'issuance_refund',
        transaction_id: issuance.transaction_id,
        clabe: issuance.details.sender.clabe,
        amount_centavos: '9999',
      }),
    );
    expect(await chain.totalSupply()).toBe(0n);
  });

  test('exactly 100 pesos are issued, and redeemed to the Bitso balance without a bank account', async () => {
    expect((await sandbox.deposit('100')).status).toBe('COMPLETE');
    const payoutsBefore = (await sandbox.outbox()).length;
    const { payload } = (await sandbox.redeem({ amount: 100, asset: 'mxn' })).body;
    expect(payload).toMatchObject({ method: 'BITSO_TRANSFER', amount: 100 });
    expect(payload).not.toHaveProperty('network');
    expect((await sandbox.settled(payload.id)).status).toBe('COMPLETE');
    expect((await sandbox.state())['bitso_balance_centavos']).toBe('10000');
    expect(await sandbox.outbox()).toHaveLength(payoutsBefore);
  });

  test('many at once keep their nonces apart', async () => {
    await Promise.all(Array.from({ length: 8 }, () => sandbox.deposit('100.01')));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => sandbox.withdraw({ amount: '100.01', address: BRIDGE.address })),
    );
    const ended = await Promise.all(answers.map(({ body }) => sandbox.settled(body['payload'].id)));
    expect(ended.map(({ status }) => status)).toEqual(Array(8).fill('COMPLETE'));
    expect(await chain.balanceOf(BRIDGE.address)).toBe(800_080_000n);
  });

  test('a reorganisation does not credit a transfer twice', async () => {
    const before = (await sandbox.state())['credited_centavos'];
    const snapshotDepth = 3;
    await chain.send(HOT_WALLET.address, 100n * PESO);
    await until(
      'the credit',
      async () => (await sandbox.state())['credited_centavos'] === String(BigInt(before) + 10_000n),
    );
    const block = await chain.client.getBlock({ includeTransactions: true });
    const raw = await chain.client.request({
      method: 'eth_getRawTransactionByHash' as never,
      params: [block.transactions[0]?.hash] as never,
    });
    // The blocks are replaced by others, with the transfer in a later one of them.
    await chain.client.mine({ blocks: snapshotDepth - 1 });
    await chain.client.request({
      method: 'anvil_reorg' as never,
      params: [snapshotDepth, [[raw, snapshotDepth - 1]]] as never,
    });
    expect(await chain.client.getBlock({ blockNumber: block.number })).not.toMatchObject({ hash: block.hash });
    // A later transfer is seen only after the replaced blocks were read again.
    await chain.send(HOT_WALLET.address, 50n * PESO);
    await until(
      'the later credit',
      async () => (await sandbox.state())['credited_centavos'] === String(BigInt(before) + 15_000n),
    );
    expect((await sandbox.state())['transactions']).not.toHaveProperty('CRYPTO_DEPOSIT FAILED');
  });
});

describe('what the chain refuses', () => {
  test('a withdrawal to a blacklisted address fails and the balance comes back', async () => {
    const stranger = '0x00000000000000000000000000000000000bad01';
    await chain.blacklist(stranger);
    await sandbox.deposit('200');
    const before = (await sandbox.state())['available_centavos'];
    const { payload } = (await sandbox.withdraw({ amount: '200', address: stranger })).body;
    expect((await sandbox.settled(payload.id)).status).toBe('FAILED');
    expect(await sandbox.state()).toMatchObject({ available_centavos: before, on_hold_centavos: '0' });
  });

  test('a redemption while the token is paused fails, and no SPEI leaves', async () => {
    const bankAccountId = await sandbox.registerBankAccount(EXTERNAL_CLABE);
    const before = await sandbox.outbox();
    await chain.pause();
    const { payload } = (await sandbox.redeem({ amount: '150.00', destination_bank_account_id: bankAccountId })).body;
    const detail = await sandbox.settled(payload.id);
    await chain.unpause();
    expect(detail.status).toBe('FAILED');
    expect(await sandbox.outbox()).toEqual(before);
    expect((await sandbox.state())['on_hold_centavos']).toBe('0');
  });

  test('an issuance while the token is paused sends the pesos back', async () => {
    await chain.pause();
    const issuance = await sandbox.deposit('300.00');
    await chain.unpause();
    expect(issuance.status).toBe('FAILED');
    expect((await sandbox.outbox()).at(-1)).toMatchObject({
      kind: 'issuance_refund',
      transaction_id: issuance.transaction_id,
      amount_centavos: '30000',
    });
  });
});

describe('idempotency', () => {
  test('one key makes one withdrawal, at once or later', async () => {
    await sandbox.deposit('500');
    const before = await chain.balanceOf(BRIDGE.address);
    const idempotencyKey = randomUUID();
    const send = (amount: string) => sandbox.withdraw({ amount, address: BRIDGE.address }, { idempotencyKey });
    const [first, second] = await Promise.all([send('250'), send('250')]);
    expect(second.body['payload'].id).toBe(first.body['payload'].id);
    await sandbox.settled(first.body['payload'].id);
    expect((await send('250')).body['payload']).toMatchObject({
      id: first.body['payload'].id,
      summary_status: 'COMPLETE',
    });
    expect(await send('251')).toMatchObject({ status: 409, body: { success: false } });
    expect((await chain.balanceOf(BRIDGE.address)) - before).toBe(250n * PESO);
  });

  test('one key makes one redemption, and a refused one leaves the key free', async () => {
    const bankAccountId = await sandbox.registerBankAccount(EXTERNAL_CLABE);
    const idempotencyKey = randomUUID();
    const send = (amount: string) =>
      sandbox.redeem({ amount, destination_bank_account_id: bankAccountId }, { idempotencyKey });
    expect(await send('99999999.00')).toMatchObject({ status: 400, body: { error: { code: '0379' } } });
    const { id } = (await send('200.25')).body['payload'];
    await sandbox.settled(id);
    expect((await send('200.25')).body['payload'].id).toBe(id);
    const orders = (await sandbox.outbox()).filter(({ transaction_id }) => transaction_id === id);
    expect(orders).toMatchObject([{ amount_centavos: '20025' }]);
  });
});

describe('refusals', () => {
  test.each([
    ['a redemption under 100', '/mint_platform/v1/redemptions', { amount: '99.99', asset: 'MXN' }, '32002'],
    ['a redemption with three decimals', '/mint_platform/v1/redemptions', { amount: '100.001', asset: 'MXN' }, '32002'],
    [
      'a redemption to an unknown account',
      '/mint_platform/v1/redemptions',
      { amount: '100', asset: 'MXN', destination_bank_account_id: EXTERNAL_CLABE },
      '32002',
    ],
    [
      'a withdrawal in scientific notation',
      '/mint_platform/v1/withdrawals',
      { blockchain: 'ARBITRUM', asset: 'MXNB', amount: '1e3', address: BRIDGE.address, compliance: {} },
      '32002',
    ],
    [
      'a large withdrawal without travel-rule data',
      '/mint_platform/v1/withdrawals',
      { blockchain: 'ARBITRUM', asset: 'MXNB', amount: '20000', address: BRIDGE.address, compliance: {} },
      '32002',
    ],
    [
      'a withdrawal of more than there is',
      '/mint_platform/v1/withdrawals',
      { blockchain: 'ARBITRUM', asset: 'MXNB', amount: '19999.99', address: BRIDGE.address, compliance: {} },
      '0379',
    ],
    [
      'a bank account of NVIO',
      '/mint_platform/v1/accounts/banks',
      { tag: 't', recipient_legal_name: 'n', clabe: '710969000000401454', ownership: 'THIRD_PARTY' },
      '32002',
    ],
    [
      'a bank account with a wrong control digit',
      '/mint_platform/v1/accounts/banks',
      { tag: 't', recipient_legal_name: 'n', clabe: '646180157042875764', ownership: 'THIRD_PARTY' },
      '32002',
    ],
    [
      'a deposit to a CLABE of somebody else',
      '/spei/test/deposits',
      { amount: '100', receiver_clabe: EXTERNAL_CLABE, receiver_name: 'n', sender_name: 'n' },
      '32002',
    ],
  ])('%s', async (_name, path, fields, code) => {
    const answer = await sandbox.call('POST', path, fields);
    expect(answer).toMatchObject({ status: 400, body: { success: false, error: { code } } });
    if (code === '32002') expect(answer.body['error'].details.length).toBeGreaterThan(0);
  });
});
