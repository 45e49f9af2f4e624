import { type Mutant, removing } from '../mutant.ts';

const RULES = 'src/reactor/db/migrations/0001_rules.sql';
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
];
