/** Documented statements about calls, and parameters of calls, that the product does without. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import {
  bareList,
  ended,
  fundBitso,
  guard,
  isBitsoThere,
  newClabe,
  newKey,
  openTarget,
  payloadOf,
  pesos,
  refused,
  type Target,
  TIMEOUTS,
} from './target.ts';

vi.setConfig(TIMEOUTS);

let target: Target;
beforeAll(async () => {
  target = await openTarget();
  await fundBitso(target.juno, { deposited: '1000.00', redeemed: '500.00' });
});
afterAll(() => target?.close());

const BITSO = '/v3/withdrawals';
const CLABES = '/spei/v1/clabes';

describe.skipIf(!isBitsoThere)('the list of Bitso’s withdrawals', () => {
  const look = async (query: string): Promise<{ wid: string }[]> => {
    const path = `${BITSO}?${query}`;
    const call = { kind: 'look', method: 'GET', route: BITSO, path } as const;
    return payloadOf((await target.bitso.call(call, z.unknown())).raw);
  };
  let wids: string[] = [];
  beforeAll(async () => {
    for (const amount of ['1.01', '1.02', '1.03']) {
      const order = {
        amount: pesos(amount),
        clabe: newClabe(),
        beneficiary: 'Jane Doe',
        originId: crypto.randomUUID(),
      };
      wids.push((await createBitsoWithdrawal(target.bitso, { body: encodeBitsoWithdrawal(order), guard })).wid);
    }
    wids = wids.toSorted();
  });

  test('P/list-your-withdrawals: `wids` gives those, and no others', async () => {
    expect((await look(`wids=${wids[0]},${wids[2]}`)).map(({ wid }) => wid).toSorted()).toEqual([wids[0], wids[2]]);
  });

  test('P/list-your-withdrawals: `limit` is at most 100, and 25 where nothing is said', async () => {
    expect(await look('limit=1')).toHaveLength(1);
    expect(payloadOf(await bareList(target.bitso, BITSO)).length).toBeLessThanOrEqual(25);
    expect((await refused(look('limit=101'))).httpStatus).toBe(400);
  });

  test('P/list-your-withdrawals: `marker` goes on after that withdrawal', async () => {
    const seen: string[] = [];
    for (let marker = ''; seen.length < 1_000; ) {
      const page = await look(`limit=2${marker && `&marker=${marker}`}`);
      seen.push(...page.map(({ wid }) => wid));
      if (page.length < 2) break;
      marker = seen.at(-1) ?? '';
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(wids));
  });

  test.each([
    ['debitcard', '4111111111111111'],
    ['phonenum', '5512345678'],
  ])('P/mxn-account-data: a payout by %s needs the code of its institution', async (protocol, clabe) => {
    const fields = { currency: 'mxn', protocol, amount: '1.00', beneficiary: 'Jane Doe', clabe };
    const call = { kind: 'send', method: 'POST', route: BITSO, guard } as const;
    const without = target.bitso.call({ ...call, body: JSON.stringify(fields) }, z.unknown());
    expect(await refused(without)).toMatchObject({ httpStatus: 400, code: '0304' });
    const body = JSON.stringify({ ...fields, institution_code: '40012' });
    expect(payloadOf((await target.bitso.call({ ...call, body }, z.unknown())).raw)).toMatchObject({ protocol });
  });
});

test('J/list-created-clabes: a page has 25 where nothing is said, and never more than 100', async () => {
  expect(String(payloadOf(await bareList(target.juno, CLABES)).page_size)).toBe('25');
  const call = { kind: 'look', method: 'GET', route: CLABES, path: `${CLABES}?page_size=101` } as const;
  // Refused, or cut to what is allowed: the page does not say which.
  const size = await target.juno.call(call, z.unknown()).then(
    ({ raw }) => Number(payloadOf(raw).page_size),
    () => 0,
  );
  expect(size).toBeLessThanOrEqual(100);
});

describe.skipIf(!isBitsoThere)('an issuance from the Bitso balance', () => {
  const ROUTE = '/mint_platform/v1/issuance';
  const issue = async (amount: string, idempotencyKey: string) => {
    const body = JSON.stringify({ amount, network: 'ARBITRUM', asset: 'MXNB' });
    const call = { kind: 'send', method: 'POST', route: ROUTE, body, idempotencyKey, guard } as const;
    return payloadOf((await target.juno.call(call, z.unknown())).raw);
  };

  test('J/trigger-a-token-issuance-via-bitso-transfer: answers at once, as the page shows it, and ends by itself', async () => {
    const key = newKey();
    const made = await issue('100', key);
    expect(made).toMatchObject({ amount: 100, transaction_type: 'ISSUANCE', method: 'BITSO_TRANSFER' });
    expect((await issue('100', key)).id).toBe(made.id);
    expect(await ended(target.juno, made.id)).toMatchObject({ status: 'complete', amount: pesos('100.00') });
  });

  test('J/trigger-a-token-issuance-via-bitso-transfer: 100 MXN is the least', async () => {
    expect((await refused(issue('99.99', newKey()))).httpStatus).toBe(400);
  });
});
