import type { Mutant } from '../mutant.ts';

const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const TABLES = 'src/reactor/db/migrations/0000_tables.sql';
const ONCE = 'test/db/once.test.ts';
const KEPT = 'test/db/kept.test.ts';
const FACTS = 'design 3, facts are never edited';
const CLAIMED = 'design 3, evidence is claimed once';

/** A unique index that no longer is one. */
const index = (name: string) => ({
  find: `CREATE UNIQUE INDEX "${name}"`,
  replace: `CREATE INDEX "${name}"`,
});
/** A unique column that is so only together with the row's own key. */
const column = (name: string, of: string, beside: string) => ({
  find: `CONSTRAINT "${name}" UNIQUE("${of}")`,
  replace: `CONSTRAINT "${name}" UNIQUE("${of}","${beside}")`,
});
const once = (
  id: string,
  safeguard: string,
  rule: string,
  change: Readonly<{ find: string; replace: string }>,
  title: string,
): Mutant => ({ id: `db-once-${id}`, safeguard, rule, file: TABLES, ...change, caughtBy: [{ file: ONCE, title }] });

/** One name less in a list of tables that a trigger guards. */
const unguarded = (table: string, id: string, safeguard: string, title: string): Mutant => ({
  ...{ id, safeguard, rule: FACTS, file: RULES, find: `'${table}'`, replace: `'cap'` },
  caughtBy: [{ file: KEPT, title }],
});

/** What there is once in the database, and what of it is kept for ever. */
export const THERE_IS_ONE: readonly Mutant[] = [
  once(
    'attempt',
    'an attempt of a number is made once',
    'design 3, the effect rules',
    index('effect_attempt'),
    'attempt of a number, though nothing else counted attempts',
  ),
  once(
    'nonce-of-an-effect',
    'an effect has one nonce',
    'design 4, wallet lane',
    index('wallet_transaction_one_nonce'),
    'nonce of an effect',
  ),
  once(
    'reference',
    'a reference on chain names one leg',
    'design 3, keys are derived; incident 9',
    column('leg_reference_unique', 'reference', 'id'),
    'leg of a reference on chain',
  ),
  once(
    'issuance-in-suspense',
    'an ISSUANCE makes one deposit in suspense good',
    CLAIMED,
    column('suspense_issuance_id_unique', 'issuance_id', 'deposit_id'),
    'deposit in suspense of an ISSUANCE',
  ),
  once(
    'part-of-a-payment',
    'a payment is made of one part of a deposit',
    'design 4, intake: suspense',
    column('suspense_part_payment_id_unique', 'payment_id', 'id'),
    'part of a deposit for a payment',
  ),
  once(
    'snapshot',
    'the same payout account is written down once',
    'design 4, payout rails',
    index('destination_snapshot'),
    'snapshot of a payout account',
  ),
  once(
    'terms-version',
    'a version of standing terms is written once',
    'design 4, intake: standing terms, versioned',
    index('standing_terms_version'),
    'version of a number of a user’s standing terms',
  ),
  once(
    'terms-in-force',
    'a user has one version of standing terms in force',
    'design 4, intake: standing terms',
    index('standing_terms_one_active'),
    'version of a user’s standing terms in force',
  ),
  once(
    'webhook',
    'a webhook of the same bytes is kept once',
    'design 4, webhooks in: deduplicated',
    column('webhook_in_digest_unique', 'digest', 'id'),
    'webhook of the same bytes',
  ),
  once(
    'observation',
    'the same words of Juno are kept once',
    'design 3, facts',
    index('juno_observation_once'),
    'observation of the same words',
  ),
  once(
    'foreign-act',
    'of an act it is said once that it is nobody’s here',
    'design 3, recovery',
    {
      find: 'CONSTRAINT "foreign_act_source_external_id_pk" PRIMARY KEY("source","external_id")',
      replace: 'CONSTRAINT "foreign_act_source_external_id_pk" PRIMARY KEY("source","external_id","at")',
    },
    'word about an act of nobody’s here',
  ),
  once(
    'api-key',
    'a secret is one key’s',
    'design 4, people',
    column('api_key_hash_unique', 'hash', 'id'),
    'key of a secret',
  ),
  once(
    'line-of-an-entry',
    'a line of an entry is written once',
    'design 4, ledger',
    {
      find: 'CONSTRAINT "ledger_posting_entry_id_line_pk" PRIMARY KEY("entry_id","line")',
      replace: 'CONSTRAINT "ledger_posting_entry_id_line_pk" PRIMARY KEY("entry_id","line","account")',
    },
    'line of a number in an entry',
  ),
  once(
    'reference-of-a-row',
    'a signed transaction has an intent: what points at a row points at one that is there',
    'design 3, intent before effect',
    {
      find: 'ADD CONSTRAINT "wallet_transaction_effect_id_effect_id_fk" FOREIGN KEY ("effect_id") REFERENCES "reactor"."effect"("id") ON DELETE no action ON UPDATE no action;',
      replace: 'ADD CONSTRAINT "wallet_transaction_effect_id_check" CHECK (effect_id IS NOT NULL);',
    },
    'the database has every key and every reference of the code',
  ),
  {
    id: 'db-account-kinds',
    safeguard: 'an account of the books is an asset, a liability or an exchange: each has its floor or is none',
    rule: 'design 4, ledger',
    file: RULES,
    find: "text NOT NULL CHECK (kind IN ('asset', 'liability', 'exchange'))",
    replace: 'text NOT NULL',
    caughtBy: [{ file: ONCE, title: 'kind of account but asset, liability and exchange there is none' }],
  },
  {
    id: 'db-takeover-waits',
    safeguard: 'a takeover of a lane waits for whoever writes under it (FOR SHARE)',
    rule: 'design 3, fencing; incident 1',
    file: RULES,
    find: 'AND l.epoch = assert_epoch.lane_epoch FOR SHARE;',
    replace: 'AND l.epoch = assert_epoch.lane_epoch;',
    caughtBy: [{ file: ONCE, title: 'a takeover of the lane waits for whoever is moving an effect under it' }],
  },
  {
    id: 'db-parts-wait',
    safeguard: 'two parts of a deposit in suspense at the same moment are counted together (FOR UPDATE)',
    rule: 'design 4, intake: suspense',
    file: RULES,
    find: 'WHERE deposit_id = NEW.deposit_id FOR UPDATE;',
    replace: 'WHERE deposit_id = NEW.deposit_id;',
    caughtBy: [{ file: ONCE, title: 'two parts of a deposit in suspense: the second waits for the first' }],
  },
  unguarded('leg_history', 'db-append-only-leg-history', 'the history of a leg is append-only', 'the history of a leg'),
  unguarded(
    'effect_history',
    'db-append-only-effect-history',
    'the history of an effect is append-only',
    'the history of an effect',
  ),
  unguarded(
    'foreign_act',
    'db-append-only-foreign-act',
    'what was said of an act outside is append-only',
    'a word about an act of nobody’s here',
  ),
  unguarded('leg_move', 'db-append-only-leg-move', 'the legal moves of a leg are append-only', 'the moves of a leg'),
  unguarded(
    'effect_move',
    'db-append-only-effect-move',
    'the legal moves of an effect are append-only',
    'the moves of an effect',
  ),
  unguarded('effect', 'db-never-deleted-effect', 'an effect is never deleted', 'an effect'),
  unguarded(
    'ledger_entry',
    'db-never-deleted-entry',
    'an entry of the books is never deleted',
    'an entry of the books',
  ),
  unguarded(
    'wallet_transaction',
    'db-never-deleted-transaction',
    'a signed transaction is never deleted',
    'a signed transaction',
  ),
  unguarded('proposal', 'db-never-deleted-proposal', 'a proposal is never deleted', 'a proposal'),
  {
    id: 'db-effect-history',
    safeguard: 'each move of an effect leaves a line that nobody can leave out',
    rule: 'design 3, facts; incident 23',
    file: RULES,
    find: 'VALUES (NEW.id, OLD.state, NEW.state, NEW.lane, NEW.lane_epoch, NEW.error, NEW.updated_at);',
    replace: 'SELECT NEW.id, OLD.state, NEW.state, NEW.lane, NEW.lane_epoch, NEW.error, NEW.updated_at WHERE false;',
    caughtBy: [{ file: KEPT, title: 'each move of an effect leaves its line, its birth too' }],
  },
  {
    id: 'db-balance-kept',
    safeguard: 'the balances that the floor stands on are the sums of the postings',
    rule: 'design 3, the last line of defence',
    file: RULES,
    find: 'DO UPDATE SET posted = b.posted + excluded.posted, pending',
    replace: 'DO UPDATE SET posted = b.posted, pending',
    caughtBy: [{ file: KEPT, title: 'the balances are the sums of the postings' }],
  },
  {
    id: 'db-balance-settled',
    safeguard: 'an entry that is settled is pending in no balance any more',
    rule: 'design 3, the last line of defence',
    file: RULES,
    find: 'SET pending = b.pending - p.amount,',
    replace: 'SET pending = b.pending,',
    caughtBy: [{ file: KEPT, title: 'the balances are the sums of the postings' }],
  },
  {
    id: 'db-one-clock',
    safeguard: 'everything in the database is dated by one clock',
    rule: 'design 3; incident 16',
    file: RULES,
    find: 'NEW.settled_at := reactor.now();',
    replace: 'NEW.settled_at := clock_timestamp();',
    caughtBy: [
      {
        file: 'test/db/rules.test.ts',
        title: 'no default and no function reads another one than reactor.now()',
      },
    ],
  },
  {
    id: 'db-auditor-reads-only',
    safeguard: 'the auditor’s role writes nothing',
    rule: 'design 4, auditor: read-only rights',
    file: RULES,
    find: 'GRANT SELECT ON reactor.payment,',
    replace: 'GRANT ALL ON reactor.payment,',
    caughtBy: [{ file: 'test/auditor/books.test.ts', title: 'the auditor’s role reads the books, writes nothing' }],
  },
  {
    id: 'db-auditor-sees-no-people',
    safeguard: 'the auditor’s role sees no name, e-mail or key',
    rule: 'design 4, privacy',
    file: RULES,
    find: 'GRANT SELECT ON reactor.payment,',
    replace: 'GRANT SELECT ON reactor.person, reactor.api_key, reactor.payment,',
    caughtBy: [{ file: 'test/auditor/books.test.ts', title: 'sees no name, e-mail or key' }],
  },
  {
    id: 'auditor-own-role',
    safeguard: 'the auditor reads as its own role, whoever connects',
    rule: 'design 4, auditor: read-only rights',
    file: 'src/auditor/books.ts',
    find: '-c role=kustodia_auditor ',
    replace: '',
    caughtBy: [
      { file: 'test/auditor/books.test.ts', title: 'the books are read as the auditor’s role, whoever connects' },
    ],
  },
];
