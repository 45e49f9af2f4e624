import type { Mutant } from '../mutant.ts';

const ERASE = 'src/reactor/people/erase.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const ERASED = 'test/people/erase-rules.test.ts';
const RULE = 'design 4, privacy';
const NOWHERE = [{ file: ERASED, title: 'is erased from every column by two people' }];
const SHOWN_TO_NOBODY = [{ file: ERASED, title: 'of a CLABE is known again, so that nobody else gets it' }];
const NOT_YET = [{ file: ERASED, title: 'is not erased while something of theirs is open' }];

/** What is erased of a user, what stays, and when. */
export const ERASURE: readonly Mutant[] = [
  {
    id: 'erase-everywhere',
    safeguard: 'an erased user’s CLABEs are in no column of the database',
    rule: RULE,
    file: ERASE,
    find: 'await replaceEverywhere(tx, secret, clabes);',
    replace: 'void replaceEverywhere;',
    caughtBy: NOWHERE,
  },
  {
    id: 'erase-documents',
    safeguard: 'what Juno said of an erased user is kept without who it was of',
    rule: RULE,
    file: ERASE,
    find: 'WHERE external_id IN ${listOf(records)} OR ${anyIn(sql`body`, clabes)}`',
    replace: 'WHERE false AND external_id IN ${listOf(records)} OR false AND ${anyIn(sql`body`, clabes)}`',
    caughtBy: NOWHERE,
  },
  {
    id: 'erase-quiet',
    safeguard: 'nobody is erased while a payout may still come back',
    rule: 'design 2, may still bounce',
    file: ERASE,
    find: ' OR l.entered_at > reactor.now() - ${QUIET_DAYS} * interval',
    replace: ' OR l.entered_at > reactor.now() + ${QUIET_DAYS} * interval',
    caughtBy: NOT_YET,
  },
  {
    id: 'erase-at-rest',
    safeguard: 'nobody is erased while something of theirs is open',
    rule: RULE,
    file: ERASE,
    find: 'if (open.length > 0) throw',
    replace: 'if (open.length > 99) throw',
    caughtBy: NOT_YET,
  },
  {
    id: 'erase-stops',
    safeguard: 'nothing of an erased user ever moves again',
    rule: 'design 4, guards all fail closed',
    file: ERASE,
    find: "isStopped: true, reason: 'who it was is erased'",
    replace: "isStopped: false, reason: 'who it was is erased'",
    caughtBy: NOWHERE,
  },
  {
    id: 'erase-no-new-payment',
    safeguard: 'no payment is made for an erased user',
    rule: RULE,
    file: 'src/reactor/payment/create.ts',
    find: '        isNull(user.erasedAt),\n      ),\n    );',
    replace: '      ),\n    );',
    caughtBy: NOWHERE,
  },
  {
    id: 'erase-clabe-is-nobodys',
    safeguard: 'the CLABE of an erased user is known again and never given to anybody else',
    rule: 'design 4, intake: one CLABE per user',
    file: 'src/reactor/effects/drivers/clabes.ts',
    find: ' || all.has(erasedClabe(settings.keySecret, clabe))',
    replace: '',
    caughtBy: SHOWN_TO_NOBODY,
  },
  {
    id: 'erase-under-its-proposal',
    safeguard: 'what is kept for ever changes under an erasure that two people approved, and until it is done',
    rule: 'design 3, facts are never edited',
    file: RULES,
    find: "AND p.command = 'user erase' AND p.approved_by IS NOT NULL AND p.executed_at IS NULL)",
    replace: "AND p.command = 'user erase')",
    caughtBy: [{ file: ERASED, title: 'is changed under an approved erasure alone' }],
  },
  {
    id: 'erase-who-it-was-alone',
    safeguard: 'an erasure changes who it was, and nothing else',
    rule: 'design 3, facts are never edited',
    file: RULES,
    find: 'SELECT (before - c.names) = (after - c.names) AND EXISTS (',
    replace: 'SELECT EXISTS (',
    caughtBy: [{ file: ERASED, title: 'is changed under an approved erasure alone' }],
  },
  {
    id: 'erase-auditor-shown-none',
    safeguard: 'the auditor takes no marker of an erasure for a CLABE',
    rule: 'design 4, auditor',
    file: 'src/auditor/books.ts',
    find: "CASE WHEN d.clabe ~ '^[0-9]+$' THEN d.clabe END AS clabe",
    replace: 'd.clabe',
    caughtBy: SHOWN_TO_NOBODY,
  },
  {
    id: 'erase-auditor-agrees',
    safeguard: 'to the auditor a leg whose account is erased differs from no payout that the far end’s names join',
    rule: 'design 4, auditor',
    file: 'src/auditor/compare-payouts.ts',
    find: ' && leg.clabe !== null && clabe !== leg.clabe',
    replace: ' && clabe !== leg.clabe',
    caughtBy: [
      {
        file: 'test/auditor/compare.test.ts',
        title: 'because its owner is erased, is joined by the far end’s names alone',
      },
    ],
  },
];
