import { type Mutant, removing } from '../mutant.ts';
import { murmur } from './refusals.ts';

const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const LOGINS = 'test/db/roles.test.ts';
const VIEWS = 'test/legacy/views.test.ts';
const LEAST = 'design 1, least-privilege roles';
const PRIVATE = 'design 4, privacy';
const MASKED = 'no name, no address and no whole CLABE, in columns as wide as before';

/** What each login of the database may not do. */
export const LEAST_PRIVILEGE: readonly Mutant[] = [
  removing(
    'role-reader-masked',
    'who reads the earlier views reads no whole CLABE without the grant for it',
    PRIVATE,
    [RULES, 'WHEN is_whole THEN clabe ELSE', 'WHEN true THEN clabe ELSE'],
    [VIEWS, MASKED],
  ),
  removing(
    'role-reader-nameless',
    'who reads the earlier views reads no name without the grant for it',
    PRIVATE,
    [RULES, 'CASE WHEN may.is_whole THEN w.full_name', 'CASE WHEN true THEN w.full_name'],
    [VIEWS, MASKED],
  ),
  removing(
    'role-reader-four-views',
    'who reads the earlier views reads nothing else',
    LEAST,
    [
      RULES,
      'GRANT USAGE ON SCHEMA legacy TO kustodia_reader;',
      'GRANT USAGE ON SCHEMA legacy, reactor TO kustodia_reader; GRANT SELECT ON reactor.person TO kustodia_reader;',
    ],
    [VIEWS, 'read the four views, and nothing else'],
  ),
  removing(
    'earlier-unreleased',
    'an escrow is released in the earlier words once the chain has said so',
    'design 2, the names of the earlier documentation',
    [RULES, "WHEN state IN ('in_custody', 'releasing') THEN 'funded'", "WHEN state IN ('in_custody') THEN 'funded'"],
    [VIEWS, 'is the same for the database as for the code'],
  ),
  removing(
    'role-reactor-kept',
    'the login of the reactor may not even try to edit what is never edited',
    LEAST,
    [RULES, '    CONTINUE WHEN written.is_kept;\n', ''],
    [LOGINS, 'edits nothing that is kept, deletes nothing of the books, and takes no rule away'],
  ),
  removing(
    'role-reactor-rules',
    'the login of the reactor may make no move legal',
    LEAST,
    [RULES, "<> ALL ('{leg_move,", "<> ALL ('{"],
    [LOGINS, 'edits nothing that is kept, deletes nothing of the books, and takes no rule away'],
  ),
  removing(
    'role-login-other',
    'a login that is more than what is asked for is not given another password',
    LEAST,
    ['src/reactor/db/logins.ts', 'if (found.may_more || !isSame)', 'if (false)'],
    [LOGINS, 'a name that is somebody else’s is refused, and the same one again gets another password'],
  ),
  {
    id: 'role-webhook-waits',
    safeguard: 'what somebody is still to be told is not taken away',
    rule: 'design 4, webhooks out from an outbox',
    file: RULES,
    ...murmur('webhook % waits for endpoint %'),
    caughtBy: [{ file: 'test/webhooks-out/prune.test.ts', title: 'what waits cannot be taken away' }],
  },
  removing(
    'role-reactor-makes-no-key-that-acts',
    'a process makes no API key that may act',
    LEAST,
    [RULES, "IF NEW.role <> 'viewer' AND NOT pg_has_role(", "IF NEW.role <> 'viewer' AND false AND NOT pg_has_role("],
    [LOGINS, 'writes no balance but by a posting, and lets nobody act: it makes keys that read, and revokes any'],
  ),
];
