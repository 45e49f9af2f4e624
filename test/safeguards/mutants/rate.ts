import type { Mutant } from '../mutant.ts';

const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const TEST = 'test/rate/limit.test.ts';
const HELD = 'test/rate/held.test.ts';
const RULE = 'design 4, Juno client: zero 429';

/** One budget for all processes before Juno. */
export const RATE: readonly Mutant[] = [
  {
    id: 'rate-window',
    safeguard: 'never more calls in a window than the budget',
    rule: RULE,
    file: RULES,
    find: 'room := p_most - used;',
    replace: 'room := p_most;',
    caughtBy: [
      { file: TEST, title: 'whatever is asked and whenever: at most 240 in any minute, and at most 28 under way' },
    ],
  },
  {
    id: 'rate-under-way',
    safeguard: 'calls under way count: one that is late is counted where it arrives',
    rule: RULE,
    file: RULES,
    find: 'p_most_in_flight - coalesce(',
    replace: 'p_most_in_flight - 0 * coalesce(',
    caughtBy: [
      { file: TEST, title: 'whatever is asked and whenever: at most 240 in any minute, and at most 28 under way' },
    ],
  },
  {
    id: 'rate-room-for-looks',
    safeguard: 'sends leave room for looks',
    rule: RULE,
    file: RULES,
    find: 'p_most_sends - coalesce(',
    replace: 'p_most_sends - 0 * coalesce(',
    caughtBy: [{ file: TEST, title: 'what others leave may be borrowed, but for the room that looks keep' }],
  },
  {
    id: 'rate-clock-set-back',
    safeguard: 'a clock that is set back lets nobody call twice',
    rule: RULE,
    file: RULES,
    find: 'let_go := ARRAY[(SELECT sum(n) FROM unnest(let_go) AS n)];',
    replace: 'let_go := ARRAY[0];',
    caughtBy: [
      { file: TEST, title: 'a clock that is set back by an hour stops nobody for an hour and lets nobody go twice' },
    ],
  },
  {
    id: 'rate-lock-out',
    safeguard: 'a 429 stops every process',
    rule: RULE,
    file: RULES,
    find: 'IF p_throttled THEN',
    replace: 'IF p_throttled AND false THEN',
    caughtBy: [{ file: TEST, title: 'a 429 stops all processes for a minute; then one look tries' }],
  },
  {
    id: 'rate-lock-out-memory',
    safeguard: 'a lock-out within a day of the last is twice as long',
    rule: RULE,
    file: RULES,
    find: 'THEN s.lockouts + 1 ELSE 1 END',
    replace: 'THEN 1 ELSE 1 END',
    caughtBy: [{ file: TEST, title: 'a lock-out within a day of the last is twice as long' }],
  },
  {
    id: 'rate-breaker',
    safeguard: 'five failures in a row leave Juno alone for a while',
    rule: 'design 4, Juno client: circuit breaker; incident 25',
    file: RULES,
    find: 'IF s.failures >= most_failures OR',
    replace: 'IF false OR',
    caughtBy: [{ file: TEST, title: 'five failures in a row open it for five seconds' }],
  },
  {
    id: 'rate-one-probe',
    safeguard: 'half open, one look at a time tries',
    rule: 'design 4, Juno client: circuit breaker',
    file: RULES,
    find: 'AND (s.probe_until IS NULL OR s.probe_until <= p_now)',
    replace: '',
    caughtBy: [{ file: TEST, title: 'a look that never came back is tried by another after half a minute' }],
  },
  {
    id: 'rate-without-database',
    safeguard: 'without the database nobody calls: the limiter fails closed',
    rule: 'design 4, guards: all fail closed',
    file: 'src/reactor/rate/juno-limit.ts',
    find: 'for (const { refuse } of line.waiters.splice(0, wants[i])) refuse(new LimiterUnavailableError(cause));',
    replace: 'for (const { go } of line.waiters.splice(0, wants[i])) go();',
    caughtBy: [{ file: TEST, title: 'without the database nobody calls' }],
  },
  {
    id: 'rate-held-second',
    safeguard: 'leave that was taken ahead is used within two seconds or not at all',
    rule: RULE,
    file: 'src/reactor/rate/held.ts',
    find: 'if (left === 0 || isOver()) return false;',
    replace: 'if (left === 0) return false;',
    caughtBy: [{ file: HELD, title: 'a process that stood still uses no leave of before' }],
  },
  {
    id: 'rate-held-given-back',
    safeguard: 'leave that was taken ahead and not used is under way no more',
    rule: RULE,
    file: 'src/reactor/rate/juno-limit.ts',
    find: 'for (let n = 0; n < calls; n++) endings.isOver();',
    replace: 'for (let n = 0; n < 0 * calls; n++) endings.isOver();',
    caughtBy: [{ file: HELD, title: 'what was not used within two seconds is used no more, and is under way no more' }],
  },
  {
    id: 'rate-held-plenty',
    safeguard: 'no leave is taken ahead where half of the budget is used',
    rule: RULE,
    file: 'src/reactor/rate/juno-limit.ts',
    find: 'looks > 0 && used < PLENTY * most ? expected : 0',
    replace: 'looks > 0 ? expected : 0',
    caughtBy: [{ file: HELD, title: 'where half of the window is used nobody takes more than it has need of' }],
  },
  {
    id: 'rate-held-left-alone',
    safeguard: 'leave that was taken ahead is none once Juno wants to be left alone',
    rule: 'design 4, Juno client: circuit breaker',
    file: 'src/reactor/rate/juno-limit.ts',
    find: "if (ending === 'throttled') {\n      giveBack();",
    replace: "if (ending === 'throttled') {",
    caughtBy: [{ file: HELD, title: 'once Juno wants to be left alone, leave that is held is none' }],
  },
];
