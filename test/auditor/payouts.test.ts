import { describe, expect, test } from 'vitest';
import { compare } from '../../src/auditor/audit.ts';
import type { JunoDeposit, JunoFacts } from '../../src/auditor/facts.ts';
import { payoutsOf } from '../../src/auditor/payouts.ts';
import { CLABE, NVIO_CLABE, type SmallWorld, smallWorld } from './small-world.ts';

const redemption = (id: string, given: Partial<JunoFacts['transactions'][number]> = {}) => ({
  ...{ id, type: 'REDEMPTION', fate: 'complete' as const, centavos: 150_000n, clabe: CLABE },
  ...{ isToBitso: false, trackingKey: null, ...given },
});
const back = (id: string, given: Partial<JunoDeposit> = {}): JunoDeposit => ({
  ...{ id, clabe: '710969000000401454', centavos: 150_000n, fate: 'complete', isReturn: true },
  ...{ returnOf: [], senderClabe: null, ...given },
});
const payouts = (given: Partial<JunoFacts>) =>
  payoutsOf({ transactions: [], deposits: [], withdrawals: [], poolUnits: 0n, ...given }, []);
/** Which payout each return brought back. */
const returned = (transactions: JunoFacts['transactions'], ...deposits: JunoDeposit[]) =>
  payouts({ transactions, deposits }).map(({ returnedBy }) => returnedBy);

describe('a payout that came back', () => {
  const two = [redemption('a', { trackingKey: 'track' }), redemption('b')];
  test('is the one that the return names, by whichever of its names', () => {
    expect(returned(two, back('d', { returnOf: ['b'] }))).toEqual([null, 'd']);
    expect(returned(two, back('d', { returnOf: ['track'] }))).toEqual(['d', null]);
    // An empty name is none.
    expect(
      returned([redemption('a', { trackingKey: '' })], back('d', { returnOf: [''], senderClabe: NVIO_CLABE })),
    ).toEqual([null]);
  });
  test('is never one of another amount, whatever it is named', () => {
    expect(returned(two, back('d', { returnOf: ['a'], centavos: 150_001n }))).toEqual([null, null]);
  });
  test('is brought back once, and the named returns are asked first', () => {
    expect(returned(two, back('unnamed'), back('named', { returnOf: ['a'] }))).toEqual(['named', 'unnamed']);
    expect(returned([redemption('a')], back('d', { returnOf: ['a'] }), back('e', { returnOf: ['a'] }))).toEqual(['d']);
  });
  test('is else the one whose account sent it, masked or not, as far as either is shown', () => {
    const other = [redemption('a', { clabe: NVIO_CLABE }), redemption('b')];
    const masked = `**************${CLABE.slice(-4)}`;
    for (const senderClabe of [CLABE, masked]) expect(returned(other, back('d', { senderClabe }))).toEqual([null, 'd']);
    for (const senderClabe of [masked.slice(1), '*'.repeat(17), '646180157042875764'])
      expect(returned([redemption('b')], back('d', { senderClabe })), senderClabe).toEqual([null]);
    expect(returned(other, back('d'))).toEqual(['d', null]);
    expect(returned([redemption('a', { clabe: null })], back('d', { senderClabe: NVIO_CLABE }))).toEqual(['d']);
  });
  test('is not one that is still on its way back, nor brought back by a deposit that is none', () => {
    expect(returned(two, back('d', { returnOf: ['a'], fate: 'open' }))).toEqual([null, null]);
    expect(returned(two, back('d', { returnOf: ['a'], isReturn: false }))).toEqual([null, null]);
  });
});

test('what counts as paid is what the far end calls complete, with an amount or without', () => {
  const open = { fate: 'open' as const };
  const withdrawal = {
    id: 'w',
    originId: null,
    fate: 'complete' as const,
    centavos: null,
    clabe: null,
    trackingKey: null,
  };
  expect(
    payouts({
      transactions: [redemption('a'), redemption('b', open), redemption('c', { type: 'ISSUANCE' })],
      withdrawals: [withdrawal, { ...withdrawal, id: 'v', ...open }],
    }).map(({ id, centavos }) => [id, centavos]),
  ).toEqual([
    ['a', 150_000n],
    ['w', 0n],
  ]);
});

describe('where the pesos are that came in', () => {
  const found = (change: (world: SmallWorld) => void) => {
    const world = smallWorld();
    change(world);
    return compare(world.chain, world.juno, world.books).findings;
  };
  const book = (
    { books }: SmallWorld,
    account: string,
    owner: string,
    change: { posted?: bigint; pending?: bigint },
  ) => {
    for (const all of [books.balances, books.postings])
      all.push({ account, owner, currency: 'MXN', posted: 0n, pending: 0n, ...change });
  };
  test('a deposit that Juno does not call complete yet is nobody’s to claim', () => {
    expect(
      found(({ juno }) => juno.deposits.push({ ...back('new', { isReturn: false, fate: 'open' }), returnOf: [] })),
    ).toEqual([]);
  });
  test('what is owed counts whether its entry is posted or pending, and what leaves counts as owed', () => {
    for (const account of ['liability', 'paying_out'])
      for (const change of [{ posted: -1n }, { pending: -1n }])
        expect(
          found((world) => book(world, account, 'payment-2', change)).map(({ amount, what }) => [amount, what]),
        ).toEqual([
          [
            '-0.01 MXN',
            '2,000.01 MXN came in for it, 0.00 MXN are paid and 2,000.02 MXN are owed: -0.01 MXN came from nowhere.',
          ],
        ]);
  });
  test('pesos that are nowhere are named with what came, what is paid and what is owed', () => {
    const [one] = found((world) => book(world, 'liability', 'payment-2', { posted: 50_001n }));
    expect(one).toMatchObject({
      code: 'pesos_missing',
      payment: 2,
      amount: '500.01 MXN',
      what: '2,000.01 MXN came in for it, 0.00 MXN are paid and 1,500.00 MXN are owed: 500.01 MXN are nowhere.',
    });
  });
  test('a deposit of which Juno knows nothing brought nothing', () => {
    expect(
      found(({ books }) => {
        const claim = books.evidence.find(({ externalId }) => externalId === 'deposit-2');
        if (claim) books.evidence.push({ ...claim, externalId: 'never-was' });
      }).map(({ code }) => code),
    ).toEqual(['evidence_missing']);
  });
  test('a part of what was in suspense is its payment’s', () => {
    expect(
      found(({ books }) => books.parts.push({ paymentId: 'payment-2', centavos: 7n })).map(({ amount }) => amount),
    ).toEqual(['0.07 MXN']);
  });
  test('suspense is what is open, against what the ledger owes, the pending part included', () => {
    expect(found((world) => book(world, 'suspense', 'general', { pending: -5n }))).toMatchObject([
      { code: 'suspense_differs', amount: '-0.05 MXN' },
    ]);
    expect(
      found(({ books }) => {
        for (const item of books.suspense) item.isOpen = false;
      }),
    ).toMatchObject([{ code: 'suspense_differs', amount: '-500.00 MXN' }]);
    expect(
      found(({ books }) => {
        books.suspense.push({ depositId: 'never-was', centavos: 3n, isOpen: false });
      }),
    ).toMatchObject([
      { code: 'suspense_differs', what: 'Suspense holds 0.03 MXN of a deposit of which Juno shows 0.00 MXN.' },
    ]);
  });
});
