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
    find: 'return part.depositClabe === item.clabe\n',
    replace: 'return part.depositClabe\n',
    caughtBy: [{ file: TESTS, title: 'is given a deposit by two people: assign' }],
  },
  {
    id: 'suspense-two-another-account',
    safeguard: 'a deposit goes back to an account that is neither sender’s nor owner’s by two people',
    rule: RULE,
    file: ALONE,
    find: 'return clabe === item.senderClabe || isOwners(legalName)',
    replace: 'return clabe !== item.senderClabe || isOwners(legalName)',
    caughtBy: [
      {
        file: TESTS,
        title: 'to an account that is neither the sender’s nor in the owner’s name needs a second person',
      },
    ],
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
    find: '  UNION SELECT * FROM ${depositorsOf(payments)} AS depositors\n',
    replace: '',
    caughtBy: [{ file: TESTS, title: 'stands under the screening, the switch and the holds of whose deposit it was' }],
  },
  {
    id: 'guards-depositor-switch',
    safeguard: 'switch and holds of whose deposit a payment was given stand over it',
    rule: 'design 4, guards: switches, holds',
    file: SCOPE,
    find: "  SELECT 'user:' || user_id FROM ${depositorsOf(holdersOf(paymentId))} AS depositors UNION\n",
    replace: '',
    caughtBy: [{ file: TESTS, title: 'stands under the screening, the switch and the holds of whose deposit it was' }],
  },
];
