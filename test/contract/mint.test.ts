import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { deleteBankAccount } from '../../src/juno/deleteBankAccount.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listBankAccounts } from '../../src/juno/listBankAccounts.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import type { JunoTransaction } from '../../src/juno/types.ts';
import { updateBankAccount } from '../../src/juno/updateBankAccount.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import {
  deposit,
  guard,
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

let target: Target;
let issuance: JunoTransaction;
beforeAll(async () => {
  target = await openTarget();
  for (const amount of ['150.50', '250.00', '350.00']) {
    const { clabe } = await createClabe(target.juno, { guard });
    await deposit(target.juno, clabe, amount);
    const done = await issuanceTo(target.juno, clabe);
    if (amount === '250.00') issuance = done;
  }
});
afterAll(() => target?.close());

describe('transactions', () => {
  const idsOf = async (filter: Parameters<typeof listTransactions>[1]) =>
    (await listTransactions(target.juno, filter)).items.map(({ id }) => id);

  test('J/list-transactions-made: an issuance is found by type=ISSUANCE, and by no other type', async () => {
    expect(await idsOf({ type: 'ISSUANCE' })).toContain(issuance.id);
    expect(await idsOf({ type: 'REDEMPTION' })).not.toContain(issuance.id);
  });

  test('J/list-transactions-made: amountFrom and amountTo choose by amount', async () => {
    expect(await idsOf({ amountFrom: pesos('250'), amountTo: pesos('250') })).toContain(issuance.id);
    expect(await idsOf({ amountFrom: pesos('250.01') })).not.toContain(issuance.id);
    expect(await idsOf({ amountTo: pesos('249.99') })).not.toContain(issuance.id);
  });

  test('J/list-transactions-made: isoDateFrom and isoDateTo choose by creation', async () => {
    const minute = (shift: number) => new Date((issuance.createdAt?.getTime() ?? Date.now()) + shift * 60_000);
    expect(await idsOf({ createdFrom: minute(-1), createdTo: minute(1) })).toContain(issuance.id);
    expect(await idsOf({ createdFrom: minute(1) })).not.toContain(issuance.id);
    expect(await idsOf({ createdTo: minute(-1) })).not.toContain(issuance.id);
  });

  test('J/list-transactions-made: pages together hold each transaction', async () => {
    const seen = new Set<string>();
    for (let page = 0; page < 50; page++) {
      const { items, isLast } = await listTransactions(target.juno, { type: 'ISSUANCE', page, size: 2 });
      for (const { id } of items) seen.add(id);
      if (isLast) break;
    }
    expect(seen).toContain(issuance.id);
    expect(seen.size).toBeGreaterThanOrEqual(3);
  });

  test('J/get-transaction-details: a detail has its id, type, status, amount, details, timeline and times', async () => {
    const { raw } = await getTransaction(target.juno, { id: issuance.id });
    expect(JSON.parse(raw)).toMatchObject({
      transaction_id: issuance.id,
      transaction_type: 'ISSUANCE',
      status: 'COMPLETE',
      details: expect.any(Object),
      timeline: expect.any(Array),
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  test('J/get-transaction-details: the currency of an issuance is in upper case', async () => {
    const { raw } = await getTransaction(target.juno, { id: issuance.id });
    expect(JSON.parse(raw).currency).toBe('MXN');
  });

  test('J/get-transaction-details: the details of an issuance name sender and receiver', async () => {
    const { receiverClabe, raw } = await getTransaction(target.juno, { id: issuance.id });
    expect(receiverClabe).toMatch(/^710\d{15}$/);
    expect(raw).toMatch(/sender/);
  });

  test('J/transaction-status: every status is PENDING, IN_PROGRESS, COMPLETE or FAILED', async () => {
    const { items } = await listTransactions(target.juno);
    for (const { statusText } of items) expect(statusText).toMatch(/^(PENDING|IN_PROGRESS|COMPLETE|FAILED)$/);
  });

  test('J/trigger-a-token-issuance-via-bitso-transfer: times of the mint platform say their zone', () => {
    expect(issuance.createdAt).toBeInstanceOf(Date);
  });
});

test('J/overview-of-basic-operations: the balances hold MXNB, of all CLABEs together', async () => {
  const { items } = await listBalances(target.juno);
  expect(items[0]?.available.units).toBeGreaterThanOrEqual(750_500_000n);
});

describe('bank accounts', () => {
  const register = async (clabe = newClabe(), legalName = 'Jane Doe') =>
    createBankAccount(target.juno, { body: encodeBankAccount({ clabe, legalName, tag: 'contract' }), guard });
  const listed = (id: string) =>
    until('the account to be listed', async () => {
      const { items, raw } = await listBankAccounts(target.juno);
      const account = items.find((item) => item.id === id);
      return account && { account, shown: payloadOf(raw).find((item: { id: string }) => item.id === id) };
    });

  test('JR/createbankaccount: one is registered, and has an id', async () => {
    expect((await register()).id).not.toBe('');
  });

  test('J/redeem-your-mxnb-tokens: the list shows id, tag, recipient_legal_name, clabe and ownership', async () => {
    const clabe = newClabe();
    const { id } = await register(clabe);
    const { account, shown } = await listed(id);
    expect(account).toEqual({ id, clabe, legalName: 'Jane Doe' });
    expect(shown).toMatchObject({ tag: 'contract', ownership: 'THIRD_PARTY' });
  });

  test('J/redeem-your-mxnb-tokens: a CLABE of the house itself, prefix 710, cannot be registered', async () => {
    expect((await refused(register(newClabe('710969')))).httpStatus).toBe(400);
  });

  test('J/product-overview-mass-payments: a CLABE has 18 digits; another number cannot be registered', async () => {
    const body = encodeBankAccount({ clabe: newClabe(), legalName: 'Jane Doe', tag: 'x' }).replace('646180', '64618');
    expect((await refused(createBankAccount(target.juno, { body, guard }))).httpStatus).toBe(400);
  });

  test('JR/createbankaccount (menu: PUT): an account is changed by its id', async () => {
    const clabe = newClabe();
    const { id } = await register(clabe);
    await listed(id);
    const body = encodeBankAccount({ clabe, legalName: 'Jane Roe', tag: 'changed' });
    await updateBankAccount(target.juno, { id, body, guard });
    await until('the new name', async () => (await listed(id)).account.legalName === 'Jane Roe');
  });

  test('JR/createbankaccount (menu: DELETE): an account is deleted by its id', async () => {
    const { id } = await register();
    await listed(id);
    await deleteBankAccount(target.juno, { id });
    await until('it to be gone', async () =>
      (await listBankAccounts(target.juno)).items.every((item) => item.id !== id),
    );
  });

  test('J/redeem-your-mxnb-tokens: an account of somebody else may be registered', async () => {
    expect((await register(parseClabe('646180157042875763'), 'Juan López')).id).not.toBe('');
  });
});
