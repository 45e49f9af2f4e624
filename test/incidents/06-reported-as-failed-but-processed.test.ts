import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classify } from '../../src/juno/classify.ts';
import { JunoRejectedError, JunoUnknownError } from '../../src/juno/errors.ts';
import { givenEffect, HOUR_MS, openRail, type Rail } from '../effects/rail.ts';

const WITHDRAWALS = 'POST /mint_platform/v1/withdrawals';
const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';
const SEND = { kind: 'send', idempotencyKey: 'key' } as const;
const answered = (status: number, code: string) =>
  classify(SEND, WITHDRAWALS, status, JSON.stringify({ success: false, error: { code, message: 'failed' } }));

let rail: Rail;
beforeAll(async () => {
  rail = await openRail();
});
afterAll(() => rail?.close());

test('error 34003, and every code that is on no list, says nothing of whether the money left', () => {
  expect(answered(400, '34003')).toBeInstanceOf(JunoUnknownError);
  for (const [status, code] of [
    [400, '99999'],
    [409, '0303'],
    [422, '0304'],
    [500, '0379'],
    [404, '1404'],
  ] as const)
    expect(answered(status, code)).toBeInstanceOf(JunoUnknownError);
  expect(answered(400, '0379')).toBeInstanceOf(JunoRejectedError);
});

describe.each([
  ['withdrawal', 'juno_withdrawal', WITHDRAWALS, 'CRYPTO_WITHDRAWAL'],
  ['payout', 'juno_redemption', REDEMPTIONS, 'REDEMPTION'],
] as const)(
  'a %s that Juno processed and called failed, and one of the same amount that it did not process',
  (_name, kind, endpoint, type) => {
    const bothFail = async () => {
      const processed = await givenEffect(rail, kind);
      const untouched = await givenEffect(rail, kind, { amount: processed.amount });
      await rail.fault('error_34003_after_success', endpoint);
      await processed.send(rail.context());
      await rail.fault('error_5xx_before', endpoint);
      await untouched.send(rail.context());
      const [only, ...more] = await rail.at(type, processed.amount);
      expect(more).toEqual([]);
      // Neither is called failed, for nobody knows it.
      for (const one of [processed, untouched]) expect(await one.row()).toMatchObject({ state: 'unknown', sends: 1 });
      return { processed, untouched, id: only?.id };
    };

    test('the second never takes the record of the first, when it may only be looked for', async () => {
      const { processed, untouched, id } = await bothFail();
      // The buyer disputes it: it is not repeated, but looked for by amount and account.
      await untouched.open('dispute');
      await untouched.send(rail.context());
      expect(await untouched.row()).toMatchObject({ state: 'unknown', externalId: null });
      // The first repeats its own key, and Juno answers with what it did then.
      await processed.send(rail.context());
      expect(await processed.row()).toMatchObject({ state: 'confirmed', externalId: id });
      expect(await rail.at(type, processed.amount)).toHaveLength(1);
      await untouched.send(rail.context());
      expect(await untouched.row()).toMatchObject({
        state: 'unknown',
        externalId: null,
        error: { code: 'look_found_none' },
      });
    });

    test('past the replay window neither is sent again, and neither takes what the other may have done', async () => {
      const { processed, untouched } = await bothFail();
      for (const one of [processed, untouched]) {
        await one.age(HOUR_MS);
        await one.send(rail.context());
        expect(await one.row()).toMatchObject({ state: 'unknown', sends: 1, error: { code: 'look_found_several' } });
      }
      expect(await rail.at(type, processed.amount)).toHaveLength(1);
    });
  },
);
