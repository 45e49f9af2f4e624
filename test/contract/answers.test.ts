import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createRedemption, encodeBitsoRedemption, encodeRedemption } from '../../src/juno/createRedemption.ts';
import { createWithdrawal, encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import { getBitsoWithdrawal } from '../../src/juno/getBitsoWithdrawal.ts';
import { getClabe } from '../../src/juno/getClabe.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listAllBitsoDeposits } from '../../src/juno/listAllBitsoDeposits.ts';
import { listAllDeposits } from '../../src/juno/listAllDeposits.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listBankAccounts } from '../../src/juno/listBankAccounts.ts';
import { listBitsoBanks } from '../../src/juno/listBitsoBanks.ts';
import { listBitsoWithdrawals } from '../../src/juno/listBitsoWithdrawals.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { listFinancialMovements } from '../../src/juno/listFinancialMovements.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { listWebhookKeys } from '../../src/juno/listWebhookKeys.ts';
import { listWebhooks } from '../../src/juno/listWebhooks.ts';
import { registerWebhook } from '../../src/juno/registerWebhook.ts';
import type { JunoDeposit, JunoTransaction } from '../../src/juno/types.ts';
import { toMxnb } from '../../src/money/money.ts';
import { SWITCHES } from '../../src/sandbox/switches.ts';
import { BRIDGE } from '../sandbox/support/chain.ts';
import {
  deposit,
  guard,
  hasEnded,
  isRemote,
  newClabe,
  newKey,
  openTarget,
  pesos,
  type Target,
  TIMEOUTS,
  until,
} from './target.ts';

vi.setConfig(TIMEOUTS);

/** What the client must be told, for it can send one form alone; `kustodia juno check` finds out which. */
const TOLD: Readonly<Record<string, unknown>> = {
  signedPath: 'with_query',
  nonceForm: 'v2_only',
  requestAmount: 'string',
};

/** Of every point on which the pages are silent the answer of this place, all at once. */
const answersOf = (place: number) => ({
  ...Object.fromEntries(
    Object.entries(SWITCHES).map(([name, { answers }]) => [name, [...answers][place] ?? answers.at(-1)]),
  ),
  ...TOLD,
});

describe.skipIf(isRemote).each([0, 1, 2])('the client with answer %i to all that is open', (place) => {
  let target: Target;
  beforeAll(async () => {
    target = await openTarget({ SANDBOX_SWITCHES: JSON.stringify(answersOf(place)) });
  });
  afterAll(() => target?.close());

  /** Every transaction of a type, page after page. */
  async function all(type: string): Promise<JunoTransaction[]> {
    const seen = new Map<string, JunoTransaction>();
    for (let page = 0; page < 20; page++) {
      const { items, isLast } = await listTransactions(target.juno, { type, page, size: 2 });
      for (const item of items) seen.set(item.id, item);
      if (isLast) break;
    }
    return [...seen.values()];
  }
  const end = (id: string) =>
    until('the transaction to end', async () => {
      const found = await getTransaction(target.juno, { id });
      return hasEnded(found) && found;
    });

  test('reads deposits, issuances and balances', async () => {
    const { clabe } = await createClabe(target.juno, { guard });
    for (const amount of ['5000.00', '300.00', '400.00', '500.00', '600.00']) await deposit(target.juno, clabe, amount);
    const issued = await until('five issuances', async () => {
      const items = (await all('ISSUANCE')).filter(hasEnded);
      return items.length === 5 && items;
    });
    for (const { id } of issued) expect((await getTransaction(target.juno, { id })).receiverClabe).toBe(clabe);

    const deposits: JunoDeposit[] = [];
    await until('five deposits', async () => {
      deposits.length = 0;
      for await (const item of listAllDeposits(target.juno, { receiverClabe: clabe, pageSize: 2 })) deposits.push(item);
      return deposits.length === 5 && deposits.every(({ status }) => status === 'complete');
    });
    expect(new Set(deposits.map(({ id }) => id)).size).toBe(5);
    expect((await listBalances(target.juno)).items[0]?.available).toEqual(toMxnb(pesos('6800.00')));
    expect((await getClabe(target.juno, { clabe })).status).toBe('ENABLED');
    expect((await listClabes(target.juno)).items.map((item) => item.clabe)).toContain(clabe);
  });

  test('pays out, and reads how it ended', async () => {
    const legalName = 'Jane Doe';
    const body = encodeBankAccount({ clabe: newClabe(), legalName, tag: 'contract' });
    const { id: bankAccountId } = await createBankAccount(target.juno, { body, guard });
    await until('the account', async () =>
      (await listBankAccounts(target.juno)).items.some(({ id }) => id === bankAccountId),
    );
    const send = (encoded: string) => ({ body: encoded, idempotencyKey: newKey(), guard });
    const amount = pesos('700.00');
    const made = [
      // Where an account must be approved first, it is refused until then.
      await until('the account to be approved', async () =>
        createRedemption(target.juno, send(encodeRedemption({ amount, bankAccountId }))).catch(() => undefined),
      ),
      await createRedemption(target.juno, send(encodeBitsoRedemption({ amount }))),
      await createWithdrawal(target.juno, send(encodeWithdrawal({ amount: toMxnb(amount), address: BRIDGE.address }))),
    ];
    for (const { id } of made) expect(await end(id)).toMatchObject({ id, status: 'complete', amount });
    for (const type of ['REDEMPTION', 'CRYPTO_WITHDRAWAL'])
      await until(`the list of ${type}`, async () =>
        (await all(type)).some(({ id }) => made.some((one) => one.id === id)),
      );
    const { items } = await listFinancialMovements(target.juno);
    expect(items.filter(({ type }) => type === 'WITHDRAWAL').every((item) => item.amount !== null)).toBe(true);
    expect(items.length).toBeGreaterThanOrEqual(3);
  });

  test('pays out at Bitso, and finds it by its origin id', async () => {
    const originId = newKey();
    const order = { amount: pesos('100.50'), clabe: newClabe(), beneficiary: 'Jane Doe', originId };
    const { wid } = await createBitsoWithdrawal(target.bitso, { body: encodeBitsoWithdrawal(order), guard });
    const paid = await until('the payout', async () => {
      const found = await getBitsoWithdrawal(target.bitso, { wid });
      return hasEnded(found) && found;
    });
    expect(paid).toMatchObject({ status: 'complete', originId, amount: order.amount, trackingKey: expect.any(String) });
    await until('the list', async () =>
      (await listBitsoWithdrawals(target.bitso, { originIds: [originId] })).items.some((item) => item.wid === wid),
    );
    await target.sandbox?.admin('POST', '/returns', { id: wid, type: 17 });
    const createdFrom = new Date(Date.now() - 3_600_000);
    const refund = await until('its return', async () => {
      // Under some answers the list has ordinary deposits as well, and many pages.
      const all = listAllBitsoDeposits(target.bitso, { createdFrom, onlyRefunds: true });
      for await (const item of all) if (item.refundedWithdrawal !== null) return item;
      return false;
    });
    expect(refund?.refundedWithdrawal).toMatchObject({ wid, trackingKey: paid.trackingKey });
    expect((await listBitsoBanks(target.bitso)).items.length).toBeGreaterThan(10);
  });

  test('registers a webhook and reads the keys', async () => {
    const callbackUrl = 'https://example.com/kustodia-answers';
    await registerWebhook(target.juno, { callbackUrl });
    expect((await listWebhooks(target.juno)).items).toMatchObject([{ callbackUrl }]);
    const { items } = await listWebhookKeys(target.juno, { path: '/v4/webhooks/public-keys' });
    expect(items).toHaveLength(1);
  });
});
