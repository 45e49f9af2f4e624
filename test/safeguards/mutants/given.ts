import type { Mutant } from '../mutant.ts';
import { murmur } from './refusals.ts';

const ALONE = 'src/reactor/suspense/beyond-one.ts';
const SCOPE = 'src/reactor/guards/scope.ts';
const TESTS = 'test/suspense/two-people.test.ts';
const RULE = 'design 4, guards: four eyes; intake: suspense';

/** What one person may do with a deposit in suspense, and who stands over a payment that was given somebody else’s. */
export const GIVEN_BY_TWO: readonly Mutant[] = [
  {
    id: 'suspense-two-another-payer',
    safeguard: 'a deposit goes to another payer’s payment by two people',
    rule: RULE,
    file: ALONE,
    find: 'if (clabe !== item.clabe) return',
    replace: 'if (clabe === item.depositId) return',
    caughtBy: [{ file: TESTS, title: 'is given a deposit by two people: assign' }],
  },
  {
    id: 'suspense-two-another-account',
    safeguard:
      'a deposit goes back to an account that is neither sender’s nor the owner’s before by two people, whatever name is typed',
    rule: RULE,
    file: ALONE,
    find: 'if (clabe === item.senderClabe) return null;',
    replace: 'if (clabe !== item.senderClabe) return null;',
    caughtBy: [
      {
        file: TESTS,
        title: 'to an account that is neither the sender’s nor the owner’s before needs a second person',
      },
    ],
  },
  {
    id: 'suspense-two-verified-before',
    safeguard:
      'an account of the owner’s counts as theirs for one person only as it was verified before the deposit came',
    rule: RULE,
    file: ALONE,
    find: 'lt(destination.verifiedAt, item.cameAt),',
    replace: '',
    caughtBy: [{ file: TESTS, title: 'to the owner’s own account takes one person' }],
  },
  {
    id: 'suspense-two-same-account',
    safeguard: 'an account that Juno shows otherwise is no account of the owner’s for one person to pay',
    rule: RULE,
    file: ALONE,
    find: 'eq(destination.differs, false),',
    replace: '',
    caughtBy: [{ file: TESTS, title: 'to the owner’s own account takes one person' }],
  },
  {
    id: 'suspense-two-paid-before',
    safeguard: 'an account that nothing was ever paid to is nobody’s for sure',
    rule: RULE,
    file: ALONE,
    find: ", eq(leg.state, 'completed'))",
    replace: ')',
    caughtBy: [{ file: TESTS, title: 'to the owner’s own account takes one person' }],
  },
  {
    id: 'suspense-two-made-after',
    safeguard: 'a payment that was made after the deposit came is given it by two people',
    rule: RULE,
    file: ALONE,
    find: 'if (createdAt >= item.cameAt) return',
    replace: 'if (createdAt < new Date(0)) return',
    caughtBy: [{ file: TESTS, title: 'is given a deposit by two people, if it was made after the deposit came' }],
  },
  {
    id: 'suspense-two-own-payment',
    safeguard: 'a payment that somebody made is given a deposit by another person',
    rule: RULE,
    file: ALONE,
    find: ' && id !== actor.id && !isSameName(name, actor.name)',
    replace: '',
    caughtBy: [{ file: TESTS, title: 'is given a deposit by another person than who made it, with whichever key' }],
  },
  {
    id: 'suspense-two-returned',
    safeguard: 'a payout that came back and that is nobody’s for sure leaves suspense by two people',
    rule: RULE,
    file: ALONE,
    find: 'RETURNS.has(item.reason)',
    replace: "item.reason === ''",
    caughtBy: [{ file: TESTS, title: 'of a payout that came back needs a second person, whoever it goes to' }],
  },
  {
    id: 'db-suspense-two-people',
    safeguard: 'a deposit is given to a payment at another CLABE by a proposal of its own that two people made',
    rule: RULE,
    file: 'src/reactor/db/migrations/0001_rules.sql',
    ...murmur('deposit % came to another CLABE than that of payment %'),
    caughtBy: [{ file: TESTS, title: 'is given none by the database either' }],
  },
  {
    id: 'guards-depositor-cleared',
    safeguard: 'whose deposit a payment was given is cleared as well',
    rule: 'design 4, guards: screening',
    file: SCOPE,
    find: 'c ON c.clabe = j.clabe WHERE given.payment_id IN ${holders}\n',
    replace: 'c ON c.clabe = j.clabe WHERE false AND given.payment_id IN ${holders}\n',
    caughtBy: [{ file: TESTS, title: 'stands under the screening, the switch and the holds of whose deposit it was' }],
  },
  {
    id: 'guards-depositor-switch',
    safeguard: 'switch and holds of whose deposit a payment was given stand over it',
    rule: 'design 4, guards: switches, holds',
    file: SCOPE,
    find: "  SELECT 'user:' || user_id FROM ${depositorsOf(holders)} AS depositors UNION\n",
    replace: '',
    caughtBy: [{ file: TESTS, title: 'stands under the screening, the switch and the holds of whose deposit it was' }],
  },
];
