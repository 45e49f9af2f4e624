import { type Mutant, removing } from '../mutant.ts';
import { murmur } from './refusals.ts';

const DECIDE = 'src/reactor/effects/decide-by-people.ts';
const BALANCE = 'src/reactor/effects/seen-back.ts';
const READ = 'src/reactor/intake/transactions.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const GIVEN_UP = 'test/effects/given-up.test.ts';
const REPLACE = 'test/replace/replace.test.ts';
const ATTEMPT = 'design 3, a new attempt: the old one is dead and the money is seen back';
const LOOKING = 'design 3, unknown is resolved by looking';
const FENCED = 'design 3, the effect rules: the lease epoch fences';

/** What is decided is asked anew, of an outside that is read to its end, and committed and written by who still has the lane and the time. */
export const ANEW: readonly Mutant[] = [
  {
    id: 'effect-deadline-of-a-sleeper',
    safeguard: 'a deadline passes while the machine is suspended, though its steady clock stands still',
    rule: 'design 3, the fenced write',
    file: 'src/reactor/clock.ts',
    find: 'Math.max(0, now_steady - last_steady, now_wall - last_wall)',
    replace: 'Math.max(0, now_steady - last_steady)',
    caughtBy: [
      {
        file: 'test/effects/clock.test.ts',
        title:
          'a deadline of before a machine was suspended has passed when it wakes, though its steady clock stood still',
      },
    ],
  },
  removing(
    'people-lane-held',
    'what people decide in a lane is committed only while the lane is held',
    FENCED,
    ['src/reactor/approvals/approve.ts', 'if (lane) await assertLane(tx, lane);', 'void assertLane;'],
    [REPLACE, 'is ordered by who still has the lane'],
  ),
  removing(
    'db-replaced-ordered-not-paid',
    'what is ordered back to the payer is paid to nobody else, whoever decided so before',
    FENCED,
    [RULES, murmur('leg % is ordered back to the payer').find, murmur('leg % is ordered back to the payer').replace],
    [REPLACE, 'is not paid to where it was to go, whoever decided so on what was before'],
  ),
  removing(
    'people-list-read-anew',
    'nothing is given up before Juno’s list was read once more',
    LOOKING,
    [DECIDE, 'const unread = (await driver.readAnew?.(ctx, row)) ?? null;', 'const unread: string | null = null;'],
    [GIVEN_UP, 'though nobody has read its list since'],
  ),
  removing(
    'people-list-not-remembered',
    'what a process remembers to have stored is read again before something is given up',
    LOOKING,
    [READ, '(isWhole ? items : notStored(ctx, items))', 'notStored(ctx, items)'],
    [GIVEN_UP, 'though nobody has read its list since'],
  ),
  removing(
    'people-list-to-its-end',
    'nothing is given up while a part of Juno’s list is unread',
    LOOKING,
    [READ, 'if (gap) return', 'if (!ctx) return'],
    [GIVEN_UP, 'while its list cannot be read to its end, or what is in it cannot be read'],
  ),
  removing(
    'people-list-readable',
    'nothing is given up while Juno’s list has what cannot be read',
    LOOKING,
    [READ, 'return read.unreadable > 0', 'return read.unreadable > 1_000'],
    [GIVEN_UP, 'while its list cannot be read to its end, or what is in it cannot be read'],
  ),
  removing(
    'people-last-repeat',
    'nothing is given up before what was repeated last would show',
    LOOKING,
    [DECIDE, 'ctx.settings.junoReplayWindow_ms + SETTLES_MS', 'ctx.settings.junoReplayWindow_ms'],
    [GIVEN_UP, 'before what was repeated last in its window would show'],
  ),
  removing(
    'people-balance-unsent',
    'a balance proves nothing by what was not sent, or may not have been',
    ATTEMPT,
    [BALANCE, "(e.state <> 'confirmed' OR ${isBack})", 'false'],
    [GIVEN_UP, 'by what is recorded and was not sent, nor by what nobody knows of'],
  ),
  removing(
    'people-balance-unbooked',
    'a balance proves nothing by what came in and is in no books',
    ATTEMPT,
    [BALANCE, '(${unbooked}) AS came (amount)', '(${unbooked}) AS came (amount) WHERE false'],
    [GIVEN_UP, 'by what came in and is in no books'],
  ),
  removing(
    'people-failed-money-back',
    'after one that failed another is allowed only once its money is in the balance',
    ATTEMPT,
    [DECIDE, 'await assertInPool(\n    ctx,\n    row,\n', '((..._: unknown[]) => undefined)(\n    ctx,\n    row,\n'],
    [GIVEN_UP, 'while Juno’s balance does not have the money of the one that failed'],
  ),
  removing(
    'people-refused-looked-for',
    'after one that was refused Juno’s list is looked through before another is allowed',
    ATTEMPT,
    [
      DECIDE,
      "else if (row.kind === 'juno_withdrawal' || row.kind === 'juno_redemption') await assertNoneShows",
      'else if (!ctx) await assertNoneShows',
    ],
    [GIVEN_UP, 'beside one that was refused, and that Juno’s list shows all the same'],
  ),
];

const FACTS = 'src/reactor/intake/facts.ts';
const BACK = 'test/intake/bitso-returns.test.ts';
const ONCE = 'design 3, evidence is claimed once';

/** What comes back after its rail had called it failed. */
export const TOLD_BEFORE: readonly Mutant[] = [
  removing(
    'intake-return-told-before',
    'what came back of a payout that had failed already is in the books once',
    ONCE,
    [FACTS, "e.kind = 'bitso_payout' AND e.state = 'dead'", "e.kind = 'bitso_payout' AND false"],
    [BACK, 'the pesos are in the books once, and people pay them again'],
  ),
  removing(
    'intake-return-of-its-attempt',
    'what names an attempt that came to nothing brings back none that was made after it',
    ONCE,
    [
      FACTS,
      "UNION SELECT e.external_id FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind IN ${PAYS} AND e.state <> 'dead'",
      "UNION SELECT e.external_id FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind IN ${PAYS}",
    ],
    [BACK, 'a return that names an attempt which came to nothing is none of the attempt after it'],
  ),
];

const UNSENT = 'test/db/unsent.test.ts';
const refuses = (id: string, safeguard: string, rule: string, text: string, title: string): Mutant => {
  const { find, replace } = murmur(text);
  return removing(id, safeguard, rule, [RULES, find, replace], [UNSENT, title]);
};

/** What only the code kept once, and the database keeps as well. */
export const KEPT_TWICE: readonly Mutant[] = [
  refuses(
    'db-not-sent-again',
    'what nobody promises to be the same act is not sent again once its answer was lost',
    'design 3, the effect rules: a sending without outcome is never posted again',
    'effect % is a % whose answer was lost',
    'is not sent again once its answer was lost',
  ),
  refuses(
    'db-never-sent',
    'what was never sent is confirmed by the chain alone',
    'design 3, evidence ends a step',
    'effect % was never sent',
    'that was never sent is not confirmed, but by the chain',
  ),
  refuses(
    'db-settles-what-accrued',
    'a settlement pays only what has accrued for its account',
    'design 4, settlement',
    'leg % has not accrued for the account',
    'does not pay what has not accrued',
  ),
  refuses(
    'db-settles-to-the-centavo',
    'a settlement is over what was put into it',
    'design 4, settlement',
    'settlement % is not over what was put into it',
    'is not over more than was put into it',
  ),
  removing(
    'db-account-of-one-clabe',
    'an account at Juno that several are paid to is of one CLABE',
    'design 4, payout rails; incident 14',
    [
      RULES,
      murmur('account % at Juno is of another CLABE').find,
      murmur('account % at Juno is of another CLABE').replace,
    ],
    ['test/intake/accounts.test.ts', 'and that two users are paid to is both users’'],
  ),
  removing(
    'sweep-goes-on',
    'a sweep goes on behind what it found before, whatever throws at each look',
    'design 3, a sweep finds all that is due',
    ['src/reactor/watch/rescan.ts', 'before.from[name] ?? START', 'START'],
    ['test/watch/rescan.test.ts', 'however many others fail at each look'],
  ),
];
