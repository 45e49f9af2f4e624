import type { Mutant } from '../mutant.ts';
import { murmur } from './refusals.ts';

const DECIDE = 'src/reactor/effects/decide-by-people.ts';
const APPROVE = 'src/reactor/approvals/approve.ts';
const TAKEN = 'src/reactor/wallet/taken.ts';
const CLEAR = 'src/reactor/wallet/clear-nonce.ts';
const DECIDED = 'test/effects/people.test.ts';
const KEYS = 'test/people/keys.test.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const CLEARED = 'test/wallet/clear-nonce.test.ts';
const ATTEMPT = 'design 3, a new attempt: a person’s, with reason and second person';
const AFTER_24_H = 'design 3, a person may override after 24 h if origin_id and the balance agree';

/** What two people may decide of an effect, and what the outside refuses them. */
export const TWO_PEOPLE: readonly Mutant[] = [
  {
    id: 'people-second-person',
    safeguard: 'who proposed it does not approve it',
    rule: 'design 4, guards: four eyes',
    file: APPROVE,
    find: 'row.proposedBy === actor.id || isSameName(row.proposerName, actor.name);',
    replace: 'row.proposedBy === actor.name;',
    caughtBy: [{ file: DECIDED, title: 'is given up by two people, after the window' }],
  },
  {
    id: 'people-same-name',
    safeguard: 'one person has one name, however it is written, with whichever key',
    rule: 'design 4, guards: four eyes',
    file: APPROVE,
    find: 'isSameName(row.proposerName, actor.name);',
    replace: 'row.proposerName === actor.name;',
    caughtBy: [{ file: KEYS, title: 'does not approve what it proposed' }],
  },
  {
    id: 'people-one-spelling',
    safeguard: 'a living key’s name is not written in another way for a second one',
    rule: 'design 4, guards: four eyes',
    file: 'src/reactor/people/api-key.ts',
    find: 'if (other) throw',
    replace: 'if (!tx) throw',
    caughtBy: [{ file: KEYS, title: 'is written in one way' }],
  },
  {
    id: 'db-people-one-spelling',
    safeguard: 'the database has one way to write a living key’s name',
    rule: 'design 4, guards: four eyes',
    file: RULES,
    ...murmur('a living key has the name'),
    caughtBy: [{ file: KEYS, title: 'is written in one way in the database as well' }],
  },
  {
    id: 'people-asked-again',
    safeguard: 'the outside is asked again before what was proposed is done',
    rule: ATTEMPT,
    file: APPROVE,
    find: 'if (!row.executedAt) await command.check(ctx, proposed);',
    replace: '',
    caughtBy: [{ file: DECIDED, title: 'cannot be given up once Juno shows it' }],
  },
  {
    id: 'people-window',
    safeguard: 'what may still show, or still be repeated, is not given up',
    rule: AFTER_24_H,
    file: DECIDE,
    find: 'if (!aged?.isOld)',
    replace: 'if (!aged)',
    caughtBy: [{ file: DECIDED, title: 'is given up by two people, after the window' }],
  },
  {
    id: 'people-look-first',
    safeguard: 'what the outside shows is not given up',
    rule: AFTER_24_H,
    file: DECIDE,
    find: "if (seen.found === 'one')",
    replace: "if (seen.found === 'one' && !row)",
    caughtBy: [{ file: DECIDED, title: 'cannot be given up once Juno shows it' }],
  },
  {
    id: 'people-pool-agrees',
    safeguard: 'what left the pool at Juno, by its balance, is not given up',
    rule: AFTER_24_H,
    file: DECIDE,
    find: "if (row.kind === 'juno_withdrawal' || row.kind === 'juno_redemption') await assertInPool(ctx, row);",
    replace: 'void assertInPool;',
    caughtBy: [{ file: DECIDED, title: ', while the pool at Juno has less than the books and it' }],
  },
  {
    id: 'people-bitso-agrees',
    safeguard: 'what left Bitso, by its balance, is not given up',
    rule: AFTER_24_H,
    file: DECIDE,
    find: "if (row.kind === 'bitso_payout') await assertAtBitso(ctx, row);",
    replace: 'void assertAtBitso;',
    caughtBy: [{ file: DECIDED, title: 'while its pesos are not in the balance there' }],
  },
  {
    id: 'people-fits',
    safeguard: 'an effect is resolved only with a record that can be its own',
    rule: 'design 3, evidence is claimed once; incident 6',
    file: DECIDE,
    find: 'if (problem) throw notFitting(problem);',
    replace: 'void notFitting;',
    caughtBy: [{ file: DECIDED, title: 'is resolved as happened only with a record of Juno’s that can be it' }],
  },
  {
    id: 'people-failed-only',
    safeguard: 'what Juno has not let fail is not tried again',
    rule: ATTEMPT,
    file: DECIDE,
    find: "if (status !== 'failed') throw",
    replace: 'if (!status) throw',
    caughtBy: [{ file: DECIDED, title: 'gets another attempt from two people, once Juno says FAILED' }],
  },
  ...(
    [
      [
        'told',
        'a nonce is cleared only when it was told, as deep as it has to be, that another transaction used it',
        CLEAR,
        'if (!row || !isTold(row))',
        'if (!row)',
        'before anybody was told',
      ],
      [
        'named',
        'a nonce is cleared only under the name of the transaction that used it',
        CLEAR,
        'if (takenBy?.hash !== hash)',
        'if (!takenBy)',
        'another transaction than the one that it has there',
      ],
      [
        'own-receipt',
        'a nonce of which the chain has our own transaction is not cleared',
        TAKEN,
        'if (receipts.some((receipt) => receipt !== null) || ours.includes(found.hash))',
        'if (receipts.length === 0)',
        'while our own transaction has a receipt',
      ],
      [
        'both-rpcs',
        'both RPCs must have the transaction that used a nonce before it is cleared',
        TAKEN,
        'for (const rpc of second ? [first, second] : [first]) {',
        'for (const rpc of second === undefined ? [] : [first]) {',
        'where the second RPC does not have the other transaction',
      ],
      [
        'deep',
        'the transaction that used a nonce is as deep as a success would have to be before it is cleared',
        TAKEN,
        'if (depth < ctx.settings.finality.largeBlocks)',
        'if (depth < 0n)',
        'what is not as deep as a success would have to be',
      ],
      [
        'same-call',
        'a nonce is not cleared where the transaction that used it made the very same call',
        TAKEN,
        'if (isSameCall && receipt?.',
        'if (isSameCall && !to && receipt?.',
        'where the other transaction made the very same call: it happened',
      ],
      [
        'funded',
        'a funding is not given up while the contract has an escrow under its reference',
        TAKEN,
        'return escrow && !escrow.isPending',
        'return escrow && !kind',
        'a funding whose escrow is there already',
      ],
      [
        'released',
        'a release is not given up once the contract has let the tokens go',
        TAKEN,
        'return escrow?.isHeld',
        'return escrow',
        'a release whose escrow is empty already',
      ],
    ] as const
  ).map(
    ([id, safeguard, file, find, replace, title]): Mutant => ({
      ...{ id: `clear-${id}`, safeguard, rule: 'design 3, a new attempt; unknown is resolved by looking' },
      ...{ file, find, replace, caughtBy: [{ file: CLEARED, title }] },
    }),
  ),
  {
    id: 'people-pool-agrees-payout',
    safeguard: 'a payout is not given up while Juno’s balance does not agree that it did not leave',
    rule: 'design 3, the effect rules',
    file: DECIDE,
    find: "if (row.kind === 'juno_withdrawal' || row.kind === 'juno_redemption') await assertInPool",
    replace: "if (row.kind === 'juno_withdrawal') await assertInPool",
    caughtBy: [{ file: DECIDED, title: ', while the pool at Juno has less than the books and it' }],
  },
  {
    id: 'people-several',
    safeguard: 'nothing is given up while several records outside could be it',
    rule: 'incident 6; design 3, the effect rules',
    file: DECIDE,
    find: "if (seen.found === 'several')",
    replace: "if (seen.found === 'several' && row.sends === 0)",
    caughtBy: [{ file: DECIDED, title: 'what is unknown is not given up while several records outside could be it' }],
  },
  {
    id: 'people-unknown-in-lane',
    safeguard: 'what an answer has confirmed since the people were asked is not given up',
    rule: 'design 3, the effect rules',
    file: DECIDE,
    find: `    const row = await lockEffect(tx, subjectId);
    assertUnknown(row);`,
    replace: '    const row = await lockEffect(tx, subjectId);',
    caughtBy: [{ file: DECIDED, title: 'an answer has come: what is confirmed by now is not given up' }],
  },
  {
    id: 'people-spent-in-lane',
    safeguard: 'no attempt is allowed beside one that was sent again since the people were asked',
    rule: 'design 3, the effect rules',
    file: DECIDE,
    find: `    const row = await lockEffect(tx, subjectId);
    assertSpent(row);`,
    replace: '    const row = await lockEffect(tx, subjectId);',
    caughtBy: [{ file: DECIDED, title: 'it was sent again: no other attempt is allowed beside it' }],
  },
];
