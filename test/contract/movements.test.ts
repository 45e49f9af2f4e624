import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createRedemption, encodeBitsoRedemption, encodeRedemption } from '../../src/juno/createRedemption.ts';
import { createWithdrawal, encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import { listDeposits } from '../../src/juno/listDeposits.ts';
import { listFinancialMovements } from '../../src/juno/listFinancialMovements.ts';
import type { JunoMovement } from '../../src/juno/types.ts';
import { toMxnb } from '../../src/money/money.ts';
import { BRIDGE } from '../sandbox/support/chain.ts';
import {
  deposit,
  ended,
  guard,
  isRemote,
  issuanceTo,
  newClabe,
  newKey,
  openTarget,
  pesos,
  type Target,
  TIMEOUTS,
  until,
} from './target.ts';

vi.setConfig(TIMEOUTS);

let target: Target;
const ADDRESS = process.env['JUNO_CONTRACT_ADDRESS'] ?? BRIDGE.address;
/** An amount of its own each, because nothing else is documented by which a movement is known again. */
const [ISSUED, REDEEMED, WITHDRAWN, TOO_SMALL, CREDITED, RETURNED] = [
  '631.11',
  '151.12',
  '161.13',
  '71.14',
  '131.15',
  '141.16',
].map(pesos);

const movementOf = (amount: JunoMovement['amount'] | undefined, type: string): Promise<JunoMovement> =>
  until(`a movement of type ${type}`, async () => {
    const { items } = await listFinancialMovements(target.juno);
    return items.find(
      (item) => item.type === type && item.amount?.units === amount?.units && item.status !== 'pending',
    );
  });

beforeAll(async () => {
  target = await openTarget();
  const { clabe } = await createClabe(target.juno, { guard });
  await deposit(target.juno, clabe, '631.11');
  await issuanceTo(target.juno, clabe);
  const small = (await createClabe(target.juno, { guard })).clabe;
  await deposit(target.juno, small, '71.14');
  await issuanceTo(target.juno, small);
  const send = { idempotencyKey: newKey(), guard };
  const redemption = await createRedemption(target.juno, {
    ...send,
    body: encodeBitsoRedemption({ amount: pesos('151.12') }),
  });
  const withdrawal = await createWithdrawal(target.juno, {
    ...send,
    idempotencyKey: newKey(),
    body: encodeWithdrawal({ amount: toMxnb(pesos('161.13')), address: ADDRESS }),
  });
  for (const { id } of [redemption, withdrawal]) await ended(target.juno, id);
});
afterAll(() => target?.close());

describe('financial movements', () => {
  test('J/list-financial-movements: a SPEI deposit is a FUNDING', async () => {
    expect((await movementOf(ISSUED, 'FUNDING')).type).toBe('FUNDING');
  });

  test('J/list-financial-movements: a redemption is a WITHDRAWAL', async () => {
    expect((await movementOf(REDEEMED, 'WITHDRAWAL')).type).toBe('WITHDRAWAL');
  });

  test('J/list-financial-movements: an on-chain withdrawal is a WITHDRAWAL', async () => {
    expect((await movementOf(WITHDRAWN, 'WITHDRAWAL')).type).toBe('WITHDRAWAL');
  });

  test('J/list-financial-movements: a deposit that could not be issued goes back by a WITHDRAWAL', async () => {
    expect((await movementOf(TOO_SMALL, 'WITHDRAWAL')).type).toBe('WITHDRAWAL');
  });

  test.skipIf(isRemote)('J/list-financial-movements: an on-chain deposit is a FUNDING', async () => {
    const { chain, sandbox } = target;
    if (!chain || !sandbox) throw new Error('there is no chain to send from');
    await chain.send((await sandbox.state())['deposit_address'], 131_150_000n);
    expect((await movementOf(CREDITED, 'FUNDING')).type).toBe('FUNDING');
  });

  test.skipIf(isRemote)('J/list-financial-movements: a redemption whose payout came back is a FUNDING', async () => {
    const account = encodeBankAccount({ clabe: newClabe(), legalName: 'Jane Doe', tag: 'contract' });
    const { id: bankAccountId } = await createBankAccount(target.juno, { body: account, guard });
    const body = encodeRedemption({ amount: pesos('141.16'), bankAccountId });
    const { id } = await createRedemption(target.juno, { body, idempotencyKey: newKey(), guard });
    await ended(target.juno, id);
    await target.sandbox?.admin('POST', '/returns', { id, type: 17 });
    expect(await movementOf(RETURNED, 'FUNDING')).toMatchObject({ transactionId: id });
    const refund = await until('its deposit', async () =>
      (await listDeposits(target.juno, { onlyRefunds: true })).items.find(
        ({ amount }) => amount.units === RETURNED?.units,
      ),
    );
    expect((await listDeposits(target.juno)).items.map((item) => item.id)).toContain(refund.id);
  });

  test('J/list-financial-movements: the newest comes first', async () => {
    const { items } = await listFinancialMovements(target.juno);
    const times = items.flatMap(({ createdAt }) => createdAt?.getTime() ?? []);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(times.length).toBeGreaterThan(3);
  });

  test('J/list-financial-movements: each has exactly one object of details, named after its type', async () => {
    const { items } = await listFinancialMovements(target.juno);
    for (const { type, raw } of items) {
      const details = Object.keys(JSON.parse(raw)).filter((key) => /^(funding|withdrawal|conversion)$/.test(key));
      expect(details).toEqual([type.toLowerCase()]);
    }
  });

  test('J/list-financial-movements: a status is PENDING, PROCESSING, COMPLETED or FAILED', async () => {
    const { items } = await listFinancialMovements(target.juno);
    for (const { statusText } of items) expect(statusText).toMatch(/^(PENDING|PROCESSING|COMPLETED|FAILED)$/);
  });

  test('J/list-financial-movements: pages together hold each movement', async () => {
    // Before, because others may use the account: what comes meanwhile moves these to later pages, and no further.
    const { items } = await listFinancialMovements(target.juno, { size: 50 });
    const seen = new Set<string>();
    for (let page = 0; page < 50; page++) {
      const { items: some, isLast } = await listFinancialMovements(target.juno, { page, size: 3 });
      for (const { type, id } of some) seen.add(`${type} ${id}`);
      if (isLast) break;
    }
    for (const { type, id } of items) expect(seen).toContain(`${type} ${id}`);
  });
});
