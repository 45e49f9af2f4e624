import type { Mutant } from '../mutant.ts';
import { murmur, unchecked } from './refusals.ts';

const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const TABLES = 'src/reactor/db/migrations/0000_tables.sql';
const MOVES = 'test/db/rules.test.ts';
const CONSTRAINTS = 'test/db/constraints.test.ts';
const LEDGER = 'design 4, ledger';

/** What the database refuses of the books, and what can never be right. */
export const BOOKS: readonly Mutant[] = [
  {
    id: 'db-zero-sum',
    safeguard: 'an entry sums to zero at commit',
    rule: LEDGER,
    file: RULES,
    ...murmur('ledger entry % is out by'),
    caughtBy: [{ file: MOVES, title: 'an entry that is not zero in each currency is refused at commit' }],
  },
  {
    id: 'db-zero-sum-per-currency',
    safeguard: 'an entry sums to zero in each currency, not only over all together',
    rule: LEDGER,
    file: RULES,
    find: 'SELECT currency, sum(amount) AS total INTO bad FROM reactor.ledger_posting WHERE entry_id = NEW.entry_id GROUP BY currency',
    replace:
      "SELECT 'MXN' AS currency, sum(amount) AS total INTO bad FROM reactor.ledger_posting WHERE entry_id = NEW.entry_id",
    caughtBy: [{ file: MOVES, title: 'an entry that is not zero in each currency is refused at commit' }],
  },
  {
    id: 'db-floor',
    safeguard: 'no account of anybody is overdrawn at commit',
    rule: 'design 3, the last line of defence; incidents 5 and 15',
    file: RULES,
    ...murmur('account % of % would be overdrawn'),
    caughtBy: [{ file: MOVES, title: 'a second payout of a payment is refused: its liability would fall below zero' }],
  },
  {
    id: 'db-liability-floor',
    safeguard: 'a payment’s liability cannot fall below zero: the last line against paying twice',
    rule: 'design 3, the last line of defence; incident 5',
    file: RULES,
    find: "OR (account_kind = 'liability' AND total > 0)",
    replace: '',
    caughtBy: [{ file: CONSTRAINTS, title: 'what is owed to a payment is not paid twice, though the pool has more' }],
  },
  {
    id: 'db-asset-floor',
    safeguard: 'nobody is paid with another’s money from the pool',
    rule: 'design 4, pooled money; incident 15',
    file: RULES,
    find: "(account_kind = 'asset' AND total < 0) OR",
    replace: '',
    caughtBy: [{ file: MOVES, title: 'nobody is paid with another’s money, though the pool is full' }],
  },
  {
    id: 'db-floor-counts-pending',
    safeguard: 'what is pending counts against the floor',
    rule: 'design 3, the recording transaction',
    file: RULES,
    find: 'SELECT posted + pending INTO total',
    replace: 'SELECT posted INTO total',
    caughtBy: [{ file: MOVES, title: 'a second payout of a payment is refused: its liability would fall below zero' }],
  },
  {
    id: 'db-entry-settles-once',
    safeguard: 'an entry is posted or voided once',
    rule: LEDGER,
    file: RULES,
    ...murmur('ledger entry % is % and stays as it is'),
    caughtBy: [{ file: CONSTRAINTS, title: 'an entry is settled once, and keeps whose it is' }],
  },
  {
    id: 'db-entry-once',
    safeguard: 'the same entry is not written twice',
    rule: LEDGER,
    file: TABLES,
    find: 'CONSTRAINT "ledger_entry_key_unique" UNIQUE("key")',
    replace: 'CONSTRAINT "ledger_entry_key_unique" UNIQUE("key","id")',
    caughtBy: [{ file: MOVES, title: 'the same entry cannot be written twice' }],
  },
  {
    id: 'db-known-accounts',
    safeguard: 'only the accounts of the books are booked to',
    rule: LEDGER,
    file: RULES,
    ...murmur('no ledger account'),
    caughtBy: [{ file: CONSTRAINTS, title: 'an account that is not in the books is refused' }],
  },
  {
    id: 'db-cap-check',
    safeguard: 'a cap is not exceeded, whatever the code believes',
    rule: 'design 3, caps',
    file: RULES,
    ...unchecked('cap_not_exceeded', 'used_centavos >= 0 AND used_centavos <= limit_centavos'),
    caughtBy: [{ file: MOVES, title: 'a cap cannot be exceeded, however many try at once' }],
  },
  {
    id: 'db-cap-given-back',
    safeguard: 'what came to nothing gives the day’s cap back',
    rule: 'design 3, caps',
    file: RULES,
    find: 'SET used_centavos = used_centavos - NEW.amount',
    replace: 'SET used_centavos = used_centavos',
    caughtBy: [{ file: MOVES, title: 'gives back what it took of the day’s cap when it comes to nothing, once' }],
  },
  {
    id: 'db-suspense-conserved',
    safeguard: 'the parts of a deposit in suspense never exceed it',
    rule: 'design 4, intake',
    file: RULES,
    ...murmur('the parts of deposit'),
    caughtBy: [{ file: CONSTRAINTS, title: 'the parts of a deposit in suspense never exceed it' }],
  },
  {
    id: 'db-one-settlement',
    safeguard: 'an accrued leg is in one settlement for ever',
    rule: 'design 4, settlement',
    file: TABLES,
    find: '"leg_id" uuid PRIMARY KEY NOT NULL,\n\t"settlement_leg_id"',
    replace: '"leg_id" uuid NOT NULL,\n\t"settlement_leg_id"',
    caughtBy: [{ file: CONSTRAINTS, title: 'an accrued leg is in one settlement' }],
  },
  ...(
    [
      [
        'payment_amount',
        "amount_centavos >= CASE kind WHEN 'refund' THEN 1 ELSE 10000 END",
        'a payment is at least Juno’s minimum',
      ],
      [
        'payment_custody',
        "(kind = 'escrow' AND custody_basis_points > 0) = (custody_seconds > 0) AND custody_seconds >= 0",
        'an escrow has a custody, and nothing else has',
      ],
      ['payment_custody_share', 'custody_basis_points BETWEEN 0 AND 10000', 'no more than the whole is in custody'],
      ['payment_deposit_clabe', "kind <> 'escrow' OR deposit_clabe IS NOT NULL", 'an escrow has a CLABE to be paid at'],
      ['payment_awaits', "kind = 'escrow' OR NOT awaits_deposit", 'only an escrow waits for a deposit'],
      ['leg_amount', 'amount_centavos > 0', 'a leg is more than nothing'],
      ['leg_reference', "reference ~ '^0x[0-9a-f]{64}$'", 'a reference is 32 bytes'],
      [
        'leg_attention',
        '(attention_code IS NULL) = (attention_text IS NULL) AND (attention_code IS NULL) = (attention_owner IS NULL)',
        'who needs a person says why, and whom',
      ],
      [
        'standing_terms_custody',
        '(custody_basis_points > 0) = (custody_seconds > 0) AND custody_seconds >= 0',
        'standing terms have a custody',
      ],
      [
        'standing_terms_custody_share',
        'custody_basis_points BETWEEN 0 AND 10000',
        'no more than the whole of what came unasked is in custody',
      ],
      [
        'standing_terms_limits',
        'minimum_centavos >= 10000 AND maximum_centavos >= minimum_centavos',
        'standing terms have sane limits',
      ],
      ['destination_clabe', "clabe ~ '^([0-9]{18}|erased:[0-9a-f]{32})$'", 'a payout CLABE has 18 digits'],
      ['deposit_clabe_shape', "clabe ~ '^([0-9]{18}|erased:[0-9a-f]{32})$'", 'a deposit CLABE has 18 digits'],
      ['suspense_part_amount', 'amount_centavos > 0', 'a part of a deposit is more than nothing'],
      ['effect_amount', 'amount >= 0', 'an effect moves no negative amount'],
      ['effect_attempt_positive', 'attempt > 0', 'attempts count from one'],
    ] as const
  ).map(
    ([name, check, safeguard]): Mutant => ({
      id: `db-check-${name.replaceAll('_', '-')}`,
      safeguard,
      rule: 'the database refuses what can never be right',
      file: RULES,
      ...unchecked(name, check),
      caughtBy: [{ file: CONSTRAINTS, title: `${name}: ${safeguard}` }],
    }),
  ),
];
