import { describe, expect, test } from 'vitest';
import { previewOf } from '../../src/reactor/payment/preview.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { clabeOf } from '../http/world.ts';

const [PAYER, RECIPIENT, PLATFORM, BROKER] = [1, 2, 3, 4].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const payout = { clabe: clabeOf('64618011041234567'), legalName: 'Juan López' };
const fee = (kind: 'platform' | 'broker', bearer: 'payer' | 'recipient', rate: object) => ({
  ...{ kind, bearer, ...rate, payout },
  beneficiaryId: kind === 'platform' ? PLATFORM : BROKER,
});
const given = (change: object = {}) => ({
  ...{ payerId: PAYER, recipientId: RECIPIENT, amount: '1000.01', custodySeconds: 60, payout, concept: 'Renta' },
  ...change,
});
const preview = (change: object) => previewOf(PAYMENT_TERMS.parse(given(change)));
const wrong = (change: object) =>
  PAYMENT_TERMS.safeParse(given(change)).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('what a payment would come to', () => {
  test('half in custody, a fee of each side: every leg to the centavo, and when it is paid', () => {
    const shown = preview({
      custodyBasisPoints: 5_000,
      fees: [fee('platform', 'payer', { basisPoints: 250 }), fee('broker', 'recipient', { amount: '30.00' })],
    });
    expect(shown).toMatchObject({
      amount: '1000.01',
      payer: { sends: '1025.01', ofWhichFees: '25.00' },
      recipient: { gets: '970.01', atOnce: '485.01', afterCustody: '485.00' },
      rounding: { rule: 'down' },
      accrued: '55.00',
    });
    expect(shown.legs.map(({ kind, to, amount, paid, isAccrued }) => [kind, to, amount, paid, isAccrued])).toEqual([
      ['custody', 'recipient', '485.00', 'after_custody', false],
      ['immediate', 'recipient', '485.01', 'at_once', false],
      ['commission', 'platform', '25.00', 'after_custody', true],
      ['commission', 'broker', '30.00', 'after_custody', true],
    ]);
    expect(shown.legs[2]?.sentence).toMatch(/earned, and paid, when the part in custody is\. Under 100\.00 MXN Juno/);
  });

  test('without custody a commission is paid at once', () => {
    const shown = preview({
      ...{ custodyBasisPoints: 0, custodySeconds: undefined },
      fees: [fee('broker', 'recipient', { amount: '150.00' })],
    });
    expect(shown.legs.map(({ kind, amount, paid, isAccrued }) => [kind, amount, paid, isAccrued])).toEqual([
      ['immediate', '850.01', 'at_once', false],
      ['commission', '150.00', 'at_once', false],
    ]);
  });

  test('a part in custody under Juno’s minimum goes through the escrow all the same, and is settled later', () => {
    const [custody] = preview({ custodyBasisPoints: 500 }).legs;
    expect(custody).toMatchObject({ kind: 'custody', amount: '50.00', isAccrued: true });
    expect(custody?.sentence).toMatch(/^The escrow holds it until the custody is over; then it is paid\. Under 100/);
  });

  test('a basis point of the least amount is a centavo: no fee comes to nothing', () => {
    const shown = preview({ amount: '100.00', fees: [fee('broker', 'payer', { basisPoints: 1 })] });
    expect(shown.fees).toEqual([{ kind: 'broker', bearer: 'payer', amount: '0.01' }]);
  });
});

describe('terms that cannot be', () => {
  const broker = fee('broker', 'recipient', { basisPoints: 100 });
  test.each<[string, object, [string, RegExp][]]>([
    ['custody without a time', { custodySeconds: undefined }, [['custodySeconds', /whole number of seconds/]]],
    ['a time without custody', { custodyBasisPoints: 0 }, [['custodySeconds', /of which a share is in custody/]]],
    ['more than all in custody', { custodyBasisPoints: 10_001 }, [['custodyBasisPoints', /at most 10000/]]],
    ['a fraction of a basis point', { custodyBasisPoints: 0.5 }, [['custodyBasisPoints', /whole number of basis/]]],
    ['a policy nobody knows', { release: 'whenever' }, [['release', /is one of date, approvals/]]],
    [
      'two fees of the platform',
      { fees: [fee('platform', 'payer', { amount: '1' }), fee('platform', 'payer', { amount: '2' })] },
      [['fees', /more than one fee of the platform/]],
    ],
    ['eleven brokers', { fees: Array(11).fill(broker) }, [['fees', /more than 10 commissions/]]],
    ['a fee of two rates', { fees: [{ ...broker, amount: '1.00' }] }, [['fees.0', /either of so many basisPoints/]]],
    ['a fee of none', { fees: [fee('broker', 'payer', {})] }, [['fees.0', /either of so many basisPoints/]]],
    ['a fee of nothing', { fees: [fee('broker', 'payer', { amount: '0.00' })] }, [['fees.0.amount', /more than zero/]]],
    [
      'fees that leave nothing',
      { fees: [fee('broker', 'recipient', { amount: '1000.01' })] },
      [['fees', /leave nothing of 1,000\.01 MXN/]],
    ],
    [
      'everything at once',
      { custodySeconds: undefined, concept: '', release: 'never', fees: [{ ...broker, bearer: 'nobody' }] },
      [
        ['custodySeconds', /whole number/],
        ['concept', /ASCII/],
        ['release', /is one of/],
        ['fees.0.bearer', /payer or recipient/],
      ],
    ],
  ])('%s', (_, change, errors) => {
    const found = wrong(change) ?? [];
    expect(found).toHaveLength(errors.length);
    for (const [field, message] of errors) expect(found).toContainEqual([field, expect.stringMatching(message)]);
  });
});
