import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWithdrawal, encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import { JunoThrottledError, JunoUnauthorisedError } from '../../src/juno/errors.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { centavos, toMxnb } from '../../src/money/money.ts';
import { guard, isRemote, newKey, openTarget, refused, type Target, TIMEOUTS } from './target.ts';

vi.setConfig(TIMEOUTS);

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target?.close());

const withNonce = (nonce: string) => listBalances(target.clientWith({ nonce: () => nonce }));
const salted = (salt: string) => `${Date.now()}${salt}`;

describe('signed requests', () => {
  test('J/create-signed-requests: a request signed over nonce, method, path and body is let in', async () => {
    expect((await listBalances(target.juno)).raw).toContain('"success":true');
  });

  test('J/create-signed-requests: a path is signed precisely as it was sent', async () => {
    expect((await listClabes(target.juno, { pageSize: 7 })).raw).toContain('"success":true');
  });

  test('J/create-signed-requests: the body is signed byte for byte, white space and all', async () => {
    const address = `0x${'1'.repeat(40)}`;
    const body = encodeWithdrawal({ amount: toMxnb(centavos(1_000_000_000_000n)), address }).replaceAll(':', ' :\n ');
    const { httpStatus } = await refused(createWithdrawal(target.juno, { body, idempotencyKey: newKey(), guard }));
    // It is refused for what it says, the balance being less: not for its signature, which would be 401.
    expect(httpStatus).toBe(400);
  });

  test('J/create-signed-requests: the nonce of a call is used up', async () => {
    const nonce = salted('123456');
    await withNonce(nonce);
    const error = await refused(withNonce(nonce));
    expect(error).toBeInstanceOf(JunoUnauthorisedError);
    expect(error).toMatchObject({ httpStatus: 401, code: '0207' });
  });

  test('J/create-signed-requests: a UNIX timestamp in milliseconds is a nonce, and each must be greater', async () => {
    const now = Date.now();
    await withNonce(`${now}`);
    await withNonce(`${now + 1}`);
    expect(await refused(withNonce(`${now}`))).toMatchObject({ httpStatus: 401, code: '0207' });
  });

  test('A/nonce-v2-rollout: nonces are epoch milliseconds and a salt of 1 to 6 digits', async () => {
    for (const salt of ['1', '12', '123', '1234', '12345', '123457']) await withNonce(salted(salt));
  });

  test('A/nonce-v2-rollout: a nonce that comes after a later one is let in', async () => {
    const [earlier, later] = [`${Date.now() - 50}000001`, `${Date.now()}000002`];
    await withNonce(later);
    await withNonce(earlier);
  });

  test.each([
    ['0201 for an unknown key', { apiKey: 'nobody' }, '0201'],
    ['0206 for a nonce that is no integer', { nonce: () => '12.5' }, '0206'],
    ['0215 for a wrong signature', { apiSecret: 'another secret' }, '0215'],
  ])('A/authentication-error-02-http-401: the answer is %s, with HTTP 401', async (_, change, code) => {
    const error = await refused(listBalances(target.clientWith(change)));
    expect(error).toBeInstanceOf(JunoUnauthorisedError);
    expect(error).toMatchObject({ httpStatus: 401, code });
  });
});

describe('errors and limits', () => {
  test('A/general-concepts: a failure is {success: false, error: {message, code}}, the code being text', async () => {
    const { raw } = await refused(listBalances(target.clientWith({ apiSecret: 'another secret' })));
    expect(JSON.parse(raw ?? '')).toMatchObject({
      success: false,
      error: { code: expect.stringMatching(/^\d{4}$/), message: expect.any(String) },
    });
  });

  test('A/error-categories: what does not exist is of category 14, and never an empty success', async () => {
    const error = await refused(getTransaction(target.juno, { id: crypto.randomUUID() }));
    expect(error.httpStatus).toBeGreaterThanOrEqual(400);
    expect(error.httpStatus).toBeLessThan(500);
  });

  test.skipIf(isRemote)('A/general-concepts: more than 300 private requests in a minute lock the account', async () => {
    const limited = await openTarget({ SANDBOX_RATE_PER_MINUTE: '300' });
    try {
      for (let i = 0; i < 300; i++) await listBalances(limited.juno);
      for (let i = 0; i < 2; i++) expect(await refused(listBalances(limited.juno))).toBeInstanceOf(JunoThrottledError);
    } finally {
      await limited.close();
    }
  });
});
