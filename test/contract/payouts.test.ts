import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createRedemption, encodeBitsoRedemption, encodeRedemption } from '../../src/juno/createRedemption.ts';
import { createWithdrawal, encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { toMxnb } from '../../src/money/money.ts';
import { BRIDGE } from '../sandbox/support/chain.ts';
import {
  deposit,
  ended,
  guard,
  hasEnded,
  isRemote,
  issuanceTo,
  newClabe,
  newKey,
  openTarget,
  payloadOf,
  pesos,
  refused,
  type Target,
  TIMEOUTS,
  until,
} from './target.ts';

vi.setConfig(TIMEOUTS);

/** Ours in the sandbox; against stage, a wallet that can give it back. */
const ADDRESS = process.env['JUNO_CONTRACT_ADDRESS'] ?? BRIDGE.address;

let target: Target;
let bankAccountId: string;
beforeAll(async () => {
  target = await openTarget();
  const { clabe } = await createClabe(target.juno, { guard });
  await deposit(target.juno, clabe, '30000.00');
  expect((await issuanceTo(target.juno, clabe)).status).toBe('complete');
  const body = encodeBankAccount({ clabe: newClabe(), legalName: 'Jane Doe', tag: 'contract' });
  bankAccountId = (await createBankAccount(target.juno, { body, guard })).id;
});
afterAll(() => target?.close());

const available = async () => (await listBalances(target.juno)).items[0]?.available.units ?? 0n;
const send = (create: typeof createRedemption, body: string, idempotencyKey = newKey()) =>
  create(target.juno, { body, idempotencyKey, guard });
const withdrawalOf = (amount: string) => encodeWithdrawal({ amount: toMxnb(pesos(amount)), address: ADDRESS });
const withdraw = (body: string, key?: string) => send(createWithdrawal, body, key);
const redeem = (body: string, key?: string) => send(createRedemption, body, key);
const toBank = (amount: string) => encodeRedemption({ amount: pesos(amount), bankAccountId });

describe('withdrawals', () => {
  test('JR/createcryptowithdrawal: the answer has the id of a CRYPTO_WITHDRAWAL, which ends', async () => {
    const { id } = await withdraw(withdrawalOf('100.00'));
    expect(await ended(target.juno, id)).toMatchObject({ type: 'CRYPTO_WITHDRAWAL', status: 'complete' });
  });

  test('J/get-transaction-details: the detail of one names the recipient’s address, its currency in lower case', async () => {
    const { id } = await withdraw(withdrawalOf('101.00'));
    const detail = await ended(target.juno, id);
    expect(detail.address).toBe(ADDRESS.toLowerCase());
    expect(JSON.parse(detail.raw).currency).toBe('mxnb');
  });

  test('J/withdrawals-under-the-travel-rule-threshold: under 1,000 EUR compliance may be {}', async () => {
    const { id } = await withdraw(withdrawalOf('102.00').replace('{"travel_rule":{}}', '{}'));
    expect((await ended(target.juno, id)).status).toBe('complete');
  });

  test('J/withdrawals-equal-to-or-above-the-travel-rule-threshold: above, compliance without travel_rule is refused', async () => {
    const body = withdrawalOf('25000.00').replace('{"travel_rule":{}}', '{}');
    expect((await refused(withdraw(body))).httpStatus).toBe(400);
  });

  test('J/case-3-receiving-entity-is-a-non-custodial-wallet: above, an empty travel_rule is taken', async () => {
    const { id } = await withdraw(withdrawalOf('20100.00'));
    expect((await ended(target.juno, id)).status).toBe('complete');
  });

  test('J/withdrawals-under-the-travel-rule-threshold: a repeat of the key is answered for the original', async () => {
    const [body, key] = [withdrawalOf('103.00'), newKey()];
    const [first, second] = [await withdraw(body, key), await withdraw(body, key)];
    expect(second.id).toBe(first.id);
    await ended(target.juno, first.id);
    const { items } = await listTransactions(target.juno, {
      type: 'CRYPTO_WITHDRAWAL',
      amountFrom: pesos('103'),
      amountTo: pesos('103'),
    });
    expect(items.filter(({ id }) => id === first.id)).toHaveLength(1);
  });

  test.each([
    ['an address that is none', (body: string) => body.replace(/0x[0-9a-f]{40}/i, '0x12')],
    ['an asset that is not MXNB', (body: string) => body.replace('MXNB', 'BRL1')],
    ['a network that is not ARBITRUM', (body: string) => body.replace('ARBITRUM', 'TRON')],
    ['an amount below zero', (body: string) => body.replace('"104.00"', '"-104.00"')],
    ['no compliance', (body: string) => body.replace(/,"compliance".*/, '}')],
  ])('JR/createcryptowithdrawal: one with %s is refused', async (_, change) => {
    expect((await refused(withdraw(change(withdrawalOf('104.00'))))).httpStatus).toBe(400);
  });

  test('JR/createcryptowithdrawal: one of more than the balance is refused', async () => {
    expect((await refused(withdraw(withdrawalOf('999999999.00')))).httpStatus).toBe(400);
  });
});

describe('redemptions', () => {
  test('J/redeem-your-mxnb-tokens: one to a bank account answers at once and ends by itself', async () => {
    const { id, status } = await redeem(toBank('100.00'));
    expect(['pending', 'in_progress']).toContain(status);
    expect(await ended(target.juno, id)).toMatchObject({ type: 'REDEMPTION', status: 'complete' });
  });

  test.skipIf(isRemote)('J/redeem-your-mxnb-tokens: it is itself the SPEI payout, made once', async () => {
    const { id } = await redeem(toBank('105.00'));
    await ended(target.juno, id);
    const payouts = await target.sandbox?.outbox();
    expect(payouts?.filter((payout) => payout['transaction_id'] === id)).toHaveLength(1);
  });

  test('J/redeem-your-mxnb-tokens: the tokens leave the balance', async () => {
    const before = await available();
    const { id } = await redeem(toBank('106.00'));
    await ended(target.juno, id);
    expect(before - (await available())).toBe(106_000_000n);
  });

  test('J/redeem-your-mxnb-tokens-to-a-bitso-account: without a bank account it is a BITSO_TRANSFER, as the page shows it', async () => {
    const sent = await redeem(encodeBitsoRedemption({ amount: pesos('107.00') }));
    expect(payloadOf(sent.raw)).toMatchObject({
      id: sent.id,
      amount: 107,
      currency: 'MXN',
      transaction_type: 'REDEMPTION',
      method: 'BITSO_TRANSFER',
      summary_status: expect.any(String),
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await ended(target.juno, sent.id)).status).toBe('complete');
  });

  test('J/redeem-your-mxnb-tokens: one of less than 100.00 MXN is refused', async () => {
    expect((await refused(redeem(toBank('99.99')))).httpStatus).toBe(400);
  });

  test('J/redeem-your-mxnb-tokens: one to an account that is not registered is refused', async () => {
    const body = encodeRedemption({ amount: pesos('100.00'), bankAccountId: crypto.randomUUID() });
    expect((await refused(redeem(body))).httpStatus).toBe(400);
  });

  test('J/redeem-your-mxnb-tokens: one of more than the balance is refused', async () => {
    expect((await refused(redeem(toBank('999999999.00')))).httpStatus).toBe(400);
  });

  test('JR/initiateredemption: a repeat of the key is answered for the original, and nothing more leaves', async () => {
    const before = await available();
    const [body, key] = [toBank('108.00'), newKey()];
    const [first, second] = [await redeem(body, key), await redeem(body, key)];
    expect(second.id).toBe(first.id);
    await ended(target.juno, first.id);
    expect(before - (await available())).toBe(108_000_000n);
  });
});

describe.skipIf(isRemote)('tokens that come back', () => {
  test('J/get-transaction-details: they are a CRYPTO_DEPOSIT, and raise the balance', async () => {
    const { chain, sandbox, juno } = target;
    if (!chain || !sandbox) throw new Error('there is no chain to send from');
    const before = await available();
    const { deposit_address } = await sandbox.state();
    await chain.send(deposit_address, 100_500_000n);
    const credited = await until('the credit', async () => {
      const { items } = await listTransactions(juno, { type: 'CRYPTO_DEPOSIT' });
      return items.find((item) => hasEnded(item) && item.amount.units === 10_050n);
    });
    expect(credited.status).toBe('complete');
    expect(JSON.parse((await ended(juno, credited.id)).raw).currency).toBe('mxnb');
    expect((await available()) - before).toBe(100_500_000n);
  });
});
