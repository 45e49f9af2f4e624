import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBitsoTransfer, encodeBitsoTransfer } from '../../src/juno/createBitsoTransfer.ts';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { JunoRejectedError, JunoUnknownError } from '../../src/juno/errors.ts';
import { getBitsoWithdrawal } from '../../src/juno/getBitsoWithdrawal.ts';
import { listBitsoBanks } from '../../src/juno/listBitsoBanks.ts';
import { listBitsoDeposits } from '../../src/juno/listBitsoDeposits.ts';
import { listBitsoWithdrawalMethods } from '../../src/juno/listBitsoWithdrawalMethods.ts';
import { listBitsoWithdrawals } from '../../src/juno/listBitsoWithdrawals.ts';
import type { BitsoWithdrawal } from '../../src/juno/types.ts';
import {
  deposit,
  fundBitso,
  guard,
  hasEnded,
  isBitsoThere,
  isRemote,
  newClabe,
  openTarget,
  pesos,
  refused,
  type Target,
  TIMEOUTS,
  until,
} from './target.ts';

vi.setConfig(TIMEOUTS);

let target: Target;
beforeAll(async () => {
  target = await openTarget();
  await fundBitso(target.juno, { deposited: '3000.00', redeemed: '2500.00' });
});
afterAll(() => target?.close());

const order = (change: object = {}) => ({
  amount: pesos('100.50'),
  clabe: newClabe(),
  beneficiary: 'Harry Potter',
  originId: crypto.randomUUID(),
  ...change,
});
const bodyOf = (change: object = {}) => encodeBitsoWithdrawal(order(change));
const pay = (body: string) => createBitsoWithdrawal(target.bitso, { body, guard });
const paid = (wid: string): Promise<BitsoWithdrawal> =>
  until('the payout to end', async () => {
    const found = await getBitsoWithdrawal(target.bitso, { wid });
    return hasEnded(found) && found;
  });

describe.skipIf(!isBitsoThere)('payouts of Bitso', () => {
  test('P/mxn-withdrawals: one to a CLABE is made, and completes', async () => {
    const { wid, status } = await pay(bodyOf());
    expect(['pending', 'in_progress', 'complete']).toContain(status);
    expect((await paid(wid)).status).toBe('complete');
  });

  test('P/mxn-withdrawal-status: a completed one has its origin id, tracking key, CEP link and beneficiary', async () => {
    const asked = order({ concept: 'Retiro de saldo', numericReference: '1234' });
    const { wid } = await pay(encodeBitsoWithdrawal(asked));
    const done = await paid(wid);
    expect(done).toMatchObject({
      amount: asked.amount,
      originId: asked.originId,
      beneficiaryClabe: asked.clabe,
      beneficiaryName: 'Harry Potter',
      trackingKey: expect.stringMatching(/^[A-Za-z0-9]{1,30}$/),
      cepLink: expect.stringMatching(/^https:\/\/www\.banxico\.org\.mx\/cep\//),
      failReason: null,
    });
    expect(JSON.parse(done.raw)).toMatchObject({
      currency: 'mxn',
      asset: 'mxn',
      network: 'spei',
      protocol: 'clabe',
      amount: '100.50',
      details: { concepto: 'Retiro de saldo', numeric_ref: '1234' },
    });
  });

  test('P/mxn-withdrawal-status: the time of creation says its zone', async () => {
    const { wid } = await pay(bodyOf());
    expect((await getBitsoWithdrawal(target.bitso, { wid })).createdAt).toBeInstanceOf(Date);
  });

  test('P/list-your-withdrawals: it is found by its origin id; an id never used finds none', async () => {
    const [mine, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const { wid } = await pay(bodyOf({ originId: mine }));
    const [found] = await until('the list to show it', async () => {
      const { items } = await listBitsoWithdrawals(target.bitso, { originIds: [mine, other] });
      return items.length > 0 && items;
    });
    expect(found?.wid).toBe(wid);
    expect((await listBitsoWithdrawals(target.bitso, { originIds: [other] })).items).toEqual([]);
  });

  test('A/validation-errors-03-http-400: a wid that nobody knows is refused with 0310', async () => {
    const unknown = getBitsoWithdrawal(target.bitso, { wid: crypto.randomUUID().replaceAll('-', '') });
    expect(await refused(unknown)).toMatchObject({ httpStatus: 400, code: '0310' });
  });

  const without = (field: string) => {
    const { [field]: _, ...rest } = JSON.parse(bodyOf()) as Record<string, unknown>;
    return JSON.stringify(rest);
  };
  const having = (field: string, value: unknown) => JSON.stringify({ ...JSON.parse(bodyOf()), [field]: value });

  test.each([
    ['0303', 'no beneficiary', () => without('beneficiary')],
    ['0303', 'no clabe', () => without('clabe')],
    ['0304', 'no amount', () => without('amount')],
    ['0304', 'an amount that is none', () => having('amount', 'much')],
    ['0304', 'an amount of nothing', () => having('amount', '0')],
    ['0304', 'three decimals', () => having('amount', '100.505')],
    ['0304', 'scientific notation', () => having('amount', '1e2')],
    ['0304', 'another currency', () => having('currency', 'eur')],
    ['0304', 'another protocol', () => having('protocol', 'letter')],
  ])('P/mxn-field-validations: the answer is 400 and %s for %s', async (code, _, body) => {
    const error = await refused(pay(body()));
    expect(error).toMatchObject({ httpStatus: 400, code });
    // 0304 is also what an origin id gets that was used before: it says nothing of what is there.
    expect(error).toBeInstanceOf(code === '0304' ? JunoUnknownError : JunoRejectedError);
  });

  test.each([
    ['0317', 'a CLABE of 17 digits', () => having('clabe', '64618015704287576')],
    ['0318', 'a numeric reference of letters', () => having('numeric_ref', 'ABC')],
    ['0319', 'a concept that is not alphanumeric', () => having('notes_ref', 'Renta @ 5')],
    ['0319', 'a concept of 41 characters', () => having('notes_ref', 'x'.repeat(41))],
  ])('A/validation-errors-03-http-400: the answer is 400 and %s for %s', async (code, _, body) => {
    expect(await refused(pay(body()))).toMatchObject({ httpStatus: 400, code });
  });

  test('P/mxn-account-data: one may say the RFC of its beneficiary', async () => {
    const { wid } = await pay(bodyOf({ rfc: 'XAXX010101000' }));
    expect((await paid(wid)).status).toBe('complete');
  });

  test('P/list-your-withdrawals: several origin ids are asked for at once', async () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    for (const originId of ids) await pay(bodyOf({ originId }));
    const found = await until('both', async () => {
      const { items } = await listBitsoWithdrawals(target.bitso, { originIds: ids });
      return items.length === 2 && items;
    });
    expect(found.map(({ originId }) => originId).toSorted()).toEqual(ids.toSorted());
  });

  test('P/mxn-account-data: a CLABE of Nvio, prefix 710, is refused by SPEI with 0714', async () => {
    const error = await refused(pay(having('clabe', newClabe('710969'))));
    expect(error.code).toBe('0714');
    expect(error).toBeInstanceOf(JunoRejectedError);
  });

  test('P/nvio-clabe-bitso-transfer: a CLABE of prefix 710 is paid by protocol nvio-clabe', async () => {
    const body = encodeBitsoTransfer({
      amount: pesos('50.00'),
      clabe: newClabe('710969'),
      originId: crypto.randomUUID(),
      concept: 'Renta',
    });
    const { wid } = await createBitsoTransfer(target.bitso, { body, guard });
    expect((await paid(wid)).status).toBe('complete');
  });

  test('A/history-of-changes: one of more than the balance is refused', async () => {
    expect(await refused(pay(bodyOf({ amount: pesos('99999999.00') })))).toBeInstanceOf(JunoRejectedError);
  });

  test.skipIf(isRemote)(
    'P/mxn-field-validations: one that its bank rejects is `failed`, with a fail_reason',
    async () => {
      await target.sandbox?.admin('POST', '/faults', { name: 'fail_payout', endpoint: 'POST /v3/withdrawals' });
      const { wid } = await pay(bodyOf());
      expect(await paid(wid)).toMatchObject({ status: 'failed', failReason: expect.any(String) });
    },
  );

  test.skipIf(isRemote)(
    'P/list-deposits: one that came back is a deposit, which names it in refunded_withdrawal',
    async () => {
      const originId = crypto.randomUUID();
      const { wid } = await pay(bodyOf({ originId, amount: pesos('123.45') }));
      const { trackingKey } = await paid(wid);
      await target.sandbox?.admin('POST', '/returns', { id: wid, type: 17 });
      const createdFrom = new Date(Date.now() - 3_600_000);
      const [refund] = await until('the refund', async () => {
        const { items } = await listBitsoDeposits(target.bitso, { createdFrom, onlyRefunds: true });
        return items.length > 0 && items;
      });
      expect(refund).toMatchObject({
        amount: pesos('123.45'),
        refundedWithdrawal: { wid, trackingKey, originId },
      });
    },
  );

  test('P/list-deposits: pages go on by a token, and together hold each deposit once', async () => {
    const { clabe } = await createClabe(target.juno, { guard });
    for (const amount of ['100.01', '100.02', '100.03']) await deposit(target.juno, clabe, amount);
    const createdFrom = new Date(Date.now() - 3_600_000);
    // Before, because others may use the account.
    const { items } = await listBitsoDeposits(target.bitso, { createdFrom });
    const seen: string[] = [];
    for (let token: string | null | undefined; token !== null && seen.length < 1_000; ) {
      const more = token === undefined ? {} : { pageToken: token };
      const page = await listBitsoDeposits(target.bitso, { createdFrom, pageSize: 2, ...more });
      seen.push(...page.items.map(({ id }) => id));
      token = page.nextPageToken;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(items.map(({ id }) => id)));
  });

  test('A/validation-errors-03-http-400: a page token that nobody gave is refused with 0320', async () => {
    const page = listBitsoDeposits(target.bitso, { createdFrom: new Date(), pageToken: 'nobody' });
    expect(await refused(page)).toMatchObject({ httpStatus: 400, code: '0320' });
  });

  test('P/create-an-account: the banks and the methods of withdrawal are listed', async () => {
    expect((await listBitsoBanks(target.bitso)).items.length).toBeGreaterThan(10);
    const { items } = await listBitsoWithdrawalMethods(target.bitso);
    expect(items.map(({ protocol }) => protocol)).toContain('clabe');
  });
});
