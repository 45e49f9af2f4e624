import type { Mutant } from '../mutant.ts';
import { murmur, unchecked } from './refusals.ts';

const OUTSIDE = 'test/replace/outside.test.ts';
const HOLDER = 'test/replace/holder.test.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const TESTS = 'test/replace/replace.test.ts';
const ANY = 'test/payment/any-view.test.ts';
const ANY_TITLE = 'it always answers; moves are legal; nothing is begun or sent past a hold';
const REPLACES = 'design 2, a refund or a re-payment replaces a leg in one transaction';
const BY_HAND = 'design 4, settled outside';
const SEEN = 'design 4, a re-payment’s rail follows where the returned money is seen';

/** What takes the place of a leg: another one, or what a person paid by hand. */
export const REPLACED: readonly Mutant[] = [
  {
    id: 'replaced-to-the-centavo',
    safeguard: 'a leg is replaced by legs of its own payment that sum to it, and only once',
    rule: REPLACES,
    file: RULES,
    ...murmur('leg % of % centavos is % and replaced by % centavos'),
    caughtBy: [{ file: TESTS, title: 'once, and by legs of its own payment that sum to it, whoever writes them' }],
  },
  {
    id: 'replaced-once-a-kind',
    safeguard: 'at most one leg of a kind takes the place of another (unique index)',
    rule: REPLACES,
    file: 'src/reactor/db/migrations/0000_tables.sql',
    find: 'CREATE UNIQUE INDEX "leg_replaces_once"',
    replace: 'CREATE INDEX "leg_replaces_once"',
    caughtBy: [{ file: TESTS, title: 'once, and by legs of its own payment that sum to it, whoever writes them' }],
  },
  {
    id: 'replaced-not-while-it-may-be-paid',
    safeguard: 'nothing takes the place of a leg with an unresolved payout',
    rule: REPLACES,
    file: RULES,
    ...murmur('leg % may still be paid: it cannot be %'),
    caughtBy: [{ file: TESTS, title: 'never beside what may still pay it, and nothing is begun for it afterwards' }],
  },
  {
    id: 'replaced-commission-owed',
    safeguard: 'what takes the place of an earned commission finds what is owed where it pays it from',
    rule: REPLACES,
    file: 'src/reactor/replace/money.ts',
    find: 'if (!(await isOwedAsCommission(db, row))) return found;',
    replace: 'if (row.amount >= 0n) return found;',
    caughtBy: [{ file: TESTS, title: 'goes back to the payer as what is owed to them' }],
  },
  {
    id: 'replaced-begins-nothing',
    safeguard: 'nothing is begun for a leg that has ended',
    rule: REPLACES,
    file: RULES,
    ...murmur('leg % has ended: nothing is begun for it'),
    caughtBy: [{ file: TESTS, title: 'never beside what may still pay it, and nothing is begun for it afterwards' }],
  },
  {
    id: 'replaced-has-the-money',
    safeguard: 'only a leg that takes the place of another begins where money is',
    rule: REPLACES,
    file: RULES,
    ...murmur('leg % takes the place of none and begins without money'),
    caughtBy: [
      { file: TESTS, title: 'by one that begins where its money is; a leg that takes the place of none does not' },
    ],
  },
  {
    id: 'closed-by-hand-alone',
    safeguard: 'a leg with money is closed only by a payment by hand',
    rule: BY_HAND,
    file: RULES,
    ...murmur('leg % has money and is closed by no payment outside'),
    caughtBy: [{ file: TESTS, title: 'alone closes a leg that has money' }],
  },
  {
    id: 'refund-order-amount',
    safeguard: 'a refund is of more than nothing',
    rule: REPLACES,
    file: RULES,
    ...unchecked('refund_order_amount', 'amount_centavos > 0'),
    caughtBy: [{ file: TESTS, title: 'is ordered once a leg, not more than the leg, and waits for its money' }],
  },
  {
    id: 'repaid-only-if-none-arrived',
    safeguard: 'the rail is asked again whether a payout that came to nothing arrived after all',
    rule: REPLACES,
    file: 'src/reactor/replace/gone.ts',
    find: "if (status === 'failed' || status === 'none') continue;",
    replace: 'if (status) continue;',
    caughtBy: [
      {
        file: 'test/replace/gone.test.ts',
        title: 'that is complete at Bitso by now is not paid again, whatever its webhook said before',
      },
    ],
  },
  {
    id: 'repaid-where-it-was-seen',
    safeguard: 'returned money that no record places is not paid again by a guess',
    rule: SEEN,
    file: 'src/reactor/replace/money.ts',
    find: 'if (!told || !back.isOld) throw notSeen();',
    replace: 'if (!back.isOld) throw notSeen();',
    caughtBy: [{ file: TESTS, title: 'is paid again from the pool once Juno has issued it, and from nowhere before' }],
  },
  {
    id: 'repaid-not-against-the-record',
    safeguard: 'people cannot say that returned money is elsewhere than its record says',
    rule: SEEN,
    file: 'src/reactor/replace/money.ts',
    find: 'if (told && told !== found.at) throw toldWrong(found.at);',
    replace: 'void toldWrong;',
    caughtBy: [{ file: TESTS, title: 'of which a record says where it is, is not paid from elsewhere' }],
  },
  {
    id: 'repaid-if-the-balance-agrees',
    safeguard: 'returned money is not paid again from a balance that does not have it',
    rule: SEEN,
    file: 'src/reactor/replace/repay.ts',
    find: 'await assertThere(ctx, row, found);',
    replace: 'void assertThere;',
    caughtBy: [
      {
        file: 'test/replace/gone.test.ts',
        title: 'is paid from where people say that it came back only if the balance there agrees',
      },
    ],
  },
  {
    id: 'refund-to-the-payer',
    safeguard: 'a refund goes to an account of the payer’s own',
    rule: 'design 2, a refund goes to the payer’s verified account',
    file: 'src/reactor/replace/account.ts',
    find: 'throw notThePayers();',
    replace: 'void notThePayers;',
    caughtBy: [
      { file: HOLDER, title: 'goes to the account that the deposit came from, in whatever name, and to no other' },
    ],
  },
  {
    id: 'outside-key-folded',
    safeguard: 'a tracking key in small letters is the same payment by hand',
    rule: 'rule 9, evidence is claimed once',
    file: 'src/reactor/replace/settle-outside.ts',
    find: '    .toUpperCase()\n',
    replace: '',
    caughtBy: [{ file: OUTSIDE, title: 'neither its tracking key, however it is written, nor its receipt' }],
  },
  {
    id: 'outside-receipt-once',
    safeguard: 'one receipt of Banxico’s settles one leg',
    rule: 'rule 9, evidence is claimed once',
    file: 'src/reactor/replace/settle-outside.ts',
    find: ' OR cep_link = ${cepLink}',
    replace: '',
    caughtBy: [{ file: OUTSIDE, title: 'neither its tracking key, however it is written, nor its receipt' }],
  },
  {
    id: 'refund-masked-sender',
    safeguard: 'a refund goes to who sent all that the payment got, by a whole CLABE',
    rule: 'design 2, a refund goes to the payer’s verified account',
    file: 'src/reactor/replace/account.ts',
    find: 'deposits.length > 0 && deposits.every(({ sender, isRefund }) => isTheirs(sender) && !isRefund)',
    replace: 'deposits.length > 0 && isTheirs',
    caughtBy: [{ file: HOLDER, title: 'goes to no account that Juno shows masked' }],
  },
  {
    id: 'refund-repaid-to-the-payer',
    safeguard: 'another account of a refund is the payer’s own as well',
    rule: 'design 2, a refund goes to the payer’s verified account',
    file: 'src/reactor/replace/account.ts',
    find: 'await assertPayers(ctx, row, account);',
    replace: '',
    caughtBy: [{ file: HOLDER, title: 'of what goes back is the payer’s own, whatever is said' }],
  },
  {
    id: 'repaid-to-the-payee',
    safeguard: 'another account of a payout is the payee’s own, unless both people see that it is another’s',
    rule: 'design 2, a returned payout: a new account by two people',
    file: 'src/reactor/replace/account.ts',
    find: 'if (!isAnothers) throw notThePayees();',
    replace: '',
    caughtBy: [{ file: HOLDER, title: 'of what is paid on is the payee’s own, or said to be another’s' }],
  },
  {
    id: 'refund-before-the-payout',
    safeguard: 'what goes back to the payer is not paid to the recipient first',
    rule: REPLACES,
    file: 'src/reactor/payment/payout.ts',
    find: 'reserved: (view, leg) => refunded(leg) ?? ',
    replace: 'reserved: (view, leg) => ',
    caughtBy: [{ file: ANY, title: ANY_TITLE }],
  },
  {
    id: 'replaced-not-past-a-hold',
    safeguard: 'a held or disputed payment’s legs are not replaced by themselves',
    rule: 'design 2, a dispute holds the money where it is',
    file: 'src/reactor/payment/decide.ts',
    find: "decision.do !== 'send' && decision.do !== 'replace') return decision;",
    replace: "decision.do !== 'send') return decision;",
    caughtBy: [{ file: ANY, title: ANY_TITLE }],
  },
  {
    id: 'audit-paid-beside',
    safeguard: 'the auditor tells what was paid beside what takes its place',
    rule: 'design 4, auditor',
    file: 'src/auditor/compare-payouts.ts',
    find: 'if (ENDED_UNPAID.has(leg.state) && all.length > back)',
    replace: 'if (ENDED_UNPAID.has(leg.state) && all.length < back)',
    caughtBy: [{ file: 'test/auditor/rules.test.ts', title: 'is paid beside it, where it was paid after all' }],
  },
];
