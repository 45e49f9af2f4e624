import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAllDeposits } from '../../src/juno/listAllDeposits.ts';
import { type Deposit, type MatchFacts, matchDeposits } from '../../src/reactor/intake/match.ts';
import { openDesk } from '../intake/desk.ts';

const CLABE = '710969000000401454';
const deposit = (id: string, amount: bigint): Deposit => ({
  id,
  clabe: CLABE,
  amount,
  seenAt: Number(id),
  isRefund: false,
  isUnexplained: false,
  refundOf: [],
  senderClabe: null,
});
const facts = (...amounts: bigint[]): MatchFacts => ({
  minimum: 10_000n,
  clabes: new Map([[CLABE, null]]),
  open: amounts.map((amount, i) => ({ id: `payment-${i}`, clabe: CLABE, amount })),
  past: [],
  held: [],
  payouts: [],
});

let desk: Awaited<ReturnType<typeof openDesk>>;
beforeAll(async () => {
  desk = await openDesk({ pageSize: 5 });
});
afterAll(() => desk?.close());

test('one deposit funds one payment, and a second one of the same amount none', () => {
  const matches = matchDeposits([deposit('1', 150_000n), deposit('2', 150_000n)], facts(150_000n));
  expect(matches).toMatchObject([
    { deposit: { id: '1' }, to: 'payment' },
    { deposit: { id: '2' }, to: 'suspense', reason: 'duplicate_amount' },
  ]);
});

test('too much, too little and a total in two parts are told as what they are, and never lost', () => {
  expect(matchDeposits([deposit('1', 150_001n)], facts(150_000n))).toMatchObject([{ to: 'suspense', reason: 'over' }]);
  expect(matchDeposits([deposit('1', 149_999n)], facts(150_000n))).toMatchObject([{ to: 'suspense', reason: 'under' }]);
  expect(matchDeposits([deposit('1', 100_000n), deposit('2', 50_000n)], facts(150_000n))).toMatchObject([
    { to: 'suspense', reason: 'split' },
    { to: 'suspense', reason: 'split' },
  ]);
});

test('all pages are read, and an error is an error, never “no deposits”', async () => {
  const ids = Array.from({ length: 23 }, () => desk.deposit(CLABE, '1500.00'));
  const read = async () => {
    const found: string[] = [];
    for await (const { id } of listAllDeposits(desk.juno)) found.push(id);
    return found;
  };
  expect((await read()).sort()).toEqual([...ids].sort());
  desk.fails.add('/spei/v1/deposits?page=3');
  await expect(read()).rejects.toThrow();
});
