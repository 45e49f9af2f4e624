import { expect, test } from 'vitest';
import { FINDINGS, type FindingCode } from '../../src/auditor/findings.ts';
import { pageOf } from '../../src/auditor/page.ts';
import { CLABE, compared, hash, one, type SmallWorld, STRANGER, smallWorld, without } from './small-world.ts';

test('a world in which all agree gives a zero for each kind of finding', () => {
  const { counts, findings, read } = compared(smallWorld());
  expect(findings).toEqual([]);
  expect(counts).toEqual(Object.fromEntries(Object.keys(FINDINGS).map((code) => [code, 0])));
  expect(read).toMatchObject({ payments: 6, legs: 6, payouts: 3, deposits: 7, escrows: 3 });
});

/** What is forged, which findings it gives, and no others. */
const FORGED: readonly [string, (world: SmallWorld) => void, readonly FindingCode[]][] = [
  [
    'a payout at the far end that no leg owes',
    ({ juno }) => {
      const paid = one(juno.transactions, ({ id }) => id === 'redemption-1');
      juno.transactions.push({ ...paid, id: 'redemption-9', centavos: 77_777n });
      juno.poolUnits -= 777_770_000n;
    },
    ['payout_unowed'],
  ],
  [
    'a payout of Bitso that no leg owes',
    ({ juno }) => {
      juno.withdrawals.push({
        id: 'wid-9',
        originId: 'x',
        fate: 'complete',
        centavos: 5_000n,
        clabe: CLABE,
        trackingKey: null,
      });
    },
    ['payout_unowed'],
  ],
  [
    'one leg paid twice, under two names of its own',
    ({ juno, books }) => {
      juno.transactions.push({ ...one(juno.transactions, ({ id }) => id === 'redemption-1'), id: 'redemption-9' });
      books.effects.push({
        ...one(books.effects, ({ externalId }) => externalId === 'redemption-1'),
        externalId: 'redemption-9',
      });
      juno.poolUnits -= 1_500_000_000n;
    },
    // The recipient has twice what came in.
    ['paid_twice', 'pesos_missing', 'balance_differs'],
  ],
  [
    'the same account and amount paid again, beyond what is owed',
    ({ juno }) => {
      juno.transactions.push({ ...one(juno.transactions, ({ id }) => id === 'redemption-1'), id: 'redemption-9' });
      juno.poolUnits -= 1_500_000_000n;
    },
    ['paid_twice'],
  ],
  [
    'a payout to another account than the leg names',
    ({ juno }) => {
      one(juno.transactions, ({ id }) => id === 'redemption-1').clabe = '012180015040777779';
    },
    ['payout_differs'],
  ],
  [
    'a payout of another amount than the leg owes',
    ({ juno }) => {
      one(juno.transactions, ({ id }) => id === 'redemption-1').centavos = 150_001n;
    },
    ['payout_differs', 'pesos_missing'],
  ],
  [
    'a leg said to be completed whose payout failed',
    ({ juno }) => {
      one(juno.transactions, ({ id }) => id === 'redemption-1').fate = 'failed';
      juno.poolUnits += 1_500_000_000n;
    },
    ['completed_unpaid', 'pesos_missing', 'balance_differs'],
  ],
  [
    'a leg said to be completed whose payout came back',
    ({ juno, books }) => {
      juno.deposits.push({
        ...one(juno.deposits, ({ id }) => id === 'deposit-5'),
        id: 'deposit-9',
        centavos: 150_000n,
        returnOf: ['redemption-1'],
      });
      books.evidence.push({
        ...one(books.evidence, ({ externalId }) => externalId === 'deposit-5'),
        externalId: 'deposit-9',
        subjectId: 'leg-1',
      });
    },
    ['completed_unpaid', 'pesos_missing'],
  ],
  [
    'a deposit that neither a payment nor suspense has',
    ({ juno }) => {
      juno.deposits.push({ ...one(juno.deposits, ({ id }) => id === 'deposit-1'), id: 'deposit-9' });
    },
    ['deposit_unclaimed'],
  ],
  [
    'a deposit booked for more than came in',
    ({ juno }) => {
      one(juno.deposits, ({ id }) => id === 'deposit-2').centavos = 200_000n;
    },
    ['pesos_missing'],
  ],
  [
    'a debt to a payment that was struck from the books',
    ({ books }) => {
      for (const all of [books.balances, books.postings])
        one(all, ({ account, owner }) => account === 'liability' && owner === 'payment-2').posted = 0n;
    },
    ['pesos_missing'],
  ],
  [
    'suspense that the ledger does not owe',
    ({ books }) => {
      for (const all of [books.balances, books.postings])
        one(all, ({ account }) => account === 'suspense').posted += 1n;
    },
    ['suspense_differs'],
  ],
  [
    'an escrow on the chain without a payment',
    ({ chain }) => {
      chain.escrows.push({
        contract: chain.contracts[0] ?? '',
        escrowId: 9n,
        reference: hash(999),
        units: 1n,
        status: 'funded',
        txHash: hash(900),
      });
    },
    ['escrow_without_payment'],
  ],
  [
    'an escrow of another amount',
    ({ chain }) => {
      one(chain.escrows, ({ escrowId }) => escrowId === 2n).units += 1n;
    },
    ['escrow_differs'],
  ],
  [
    'an escrow under another id than the leg names',
    ({ books }) => {
      one(books.legs, ({ id }) => id === 'leg-2').escrowId = 112n;
    },
    ['escrow_differs'],
  ],
  [
    'an escrow released on the chain and in custody in the books',
    ({ chain }) => {
      one(chain.escrows, ({ escrowId }) => escrowId === 2n).status = 'released';
    },
    ['escrow_state_differs'],
  ],
  [
    'a leg in custody whose escrow the chain does not have',
    ({ chain }) => {
      chain.escrows = without(chain.escrows, ({ escrowId }) => escrowId === 2n);
    },
    ['escrow_missing'],
  ],
  [
    'tokens that left the bridge wallet for a stranger',
    ({ chain }) => {
      chain.transfers.push({
        ...one(chain.transfers, () => true),
        txHash: hash(900),
        from: chain.bridge,
        to: STRANGER,
        units: 1_000_000n,
      });
      chain.bridgeUnits -= 1_000_000n;
    },
    ['transfer_unexplained'],
  ],
  [
    'tokens that the bridge sent to Juno and no effect of ours did',
    ({ chain }) => {
      chain.transfers.push({
        ...one(chain.transfers, () => true),
        txHash: hash(900),
        from: chain.bridge,
        to: chain.junoAddress,
        units: 1_000_000n,
      });
      chain.bridgeUnits -= 1_000_000n;
    },
    ['transfer_unexplained'],
  ],
  [
    'tokens rescued from the escrow contract',
    ({ chain }) => {
      chain.transfers.push({
        ...one(chain.transfers, () => true),
        txHash: hash(900),
        from: chain.contracts[0] ?? '',
        to: STRANGER,
        units: 2_000_010_000n,
      });
      chain.escrowUnits = 0n;
    },
    ['transfer_unexplained'],
  ],
  [
    'logs that were not all read',
    ({ chain }) => {
      chain.transfers = without(chain.transfers, ({ txHash }) => txHash === hash(1));
    },
    ['chain_logs_incomplete', 'balance_differs'],
  ],
  [
    'a pool at Juno that holds less than it should',
    ({ juno }) => {
      juno.poolUnits -= 1n;
    },
    ['balance_differs'],
  ],
  [
    'an escrow account that books more than the contract holds',
    ({ books }) => {
      for (const all of [books.balances, books.postings]) one(all, ({ account }) => account === 'escrow').posted += 1n;
    },
    ['balance_differs'],
  ],
  [
    'an entry of the ledger that is not zero',
    ({ books }) => {
      books.unbalanced.push({ entry: 'deposit:9', currency: 'MXN', units: 1n });
    },
    ['ledger_not_zero'],
  ],
  [
    'a balance that is not the sum of its postings',
    ({ books }) => {
      one(books.balances, ({ account }) => account === 'escrow').posted += 1n;
    },
    ['ledger_balance_differs'],
  ],
  [
    'a transaction hash that the chain does not have',
    ({ books }) => {
      books.evidence.push({
        ...one(books.evidence, ({ source }) => source === 'chain'),
        externalId: `31337:${hash(901)}:0`,
        blockHash: null,
      });
    },
    ['evidence_missing'],
  ],
  [
    'a block that the chain has, and the log not in it',
    ({ books, chain }) => {
      const { externalId } = one(books.evidence, ({ source }) => source === 'chain');
      const other = [...chain.logs.keys()].find((place) => !externalId.endsWith(place)) ?? '';
      chain.logs.set(other, hash(902));
      one(books.evidence, ({ source }) => source === 'chain').blockHash = hash(902);
    },
    ['evidence_missing'],
  ],
  [
    'a log that the chain has, of an effect that the books say was undone',
    ({ books }) => {
      const { externalId } = one(books.evidence, ({ source }) => source === 'chain');
      const [first] = books.effects;
      if (first)
        books.effects.push({
          ...first,
          kind: 'chain_fund',
          externalId: externalId.split(':').at(-2) ?? '',
          isUndone: true,
        });
    },
    ['balance_differs', 'evidence_missing'],
  ],
  [
    'a transaction of Juno that Juno does not have',
    ({ books }) => {
      books.evidence.push({
        ...one(books.evidence, ({ source }) => source === 'juno_transaction'),
        externalId: 'never-was',
      });
    },
    ['evidence_missing'],
  ],
  [
    'a deposit that Juno does not have',
    ({ books }) => {
      const claim = one(books.evidence, ({ source }) => source === 'juno_deposit');
      books.evidence.push({ ...claim, externalId: 'never-was', subjectKind: 'suspense', subjectId: 'never-was' });
    },
    ['evidence_missing'],
  ],
];

test.each(FORGED)('finds %s', (_what, forge, codes) => {
  const world = smallWorld();
  forge(world);
  const { findings } = compared(world);
  expect([...new Set(findings.map(({ code }) => code))].sort()).toEqual([...codes].sort());
  for (const { what, todo, evidence } of findings) {
    expect(what).toMatch(/\.$/);
    expect(todo).toMatch(/\.$/);
    expect(evidence.length).toBeGreaterThan(0);
    // A whole account number is nobody's to read here.
    expect(JSON.stringify(findings)).not.toContain(CLABE);
  }
});

test('every kind of finding has a forgery that provokes it', () => {
  expect([...new Set(FORGED.flatMap(([, , codes]) => codes))].sort()).toEqual(Object.keys(FINDINGS).sort());
});

test('the page says what was read, a zero or a number for each kind, and what to do', () => {
  const world = smallWorld();
  expect(pageOf(compared(world))).toMatch(/Nothing found/);
  world.juno.poolUnits -= 1n;
  const page = pageOf(compared(world));
  expect(page).toMatch(/ 1 {2}balance_differs/);
  expect(page).toContain(FINDINGS.balance_differs);
});
