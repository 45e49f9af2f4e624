import { type Mutant, removing } from '../mutant.ts';

const COMPARE = 'src/reactor/reconcile/compare.ts';
const JUDGE = 'src/reactor/reconcile/judge.ts';
const LOOK = 'src/reactor/reconcile/reconcile.ts';
const CHAIN = 'src/reactor/reconcile/read-chain.ts';
const BOOKS = 'src/reactor/reconcile/read-books.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const CLOSING = 'src/reactor/report/closing.ts';
const DAYS = 'src/reactor/reconcile/days.ts';
const CORE = 'test/reconcile/core.test.ts';
const REAL = 'test/reconcile/breaks.test.ts';
const REPORT = 'test/report/closing.test.ts';
const THREE_WAYS = 'design 4, reconciliation: three ways, per account and per payment';
const EXPLAINED = 'design 4, reconciliation: what in-flight effects explain is no break';
const STOPS = 'design 4, reconciliation: an unexplained shortfall older than its bound stops the rail or wallet';
const CLOSED = 'style: fail closed';

/** What compares books, chain and Juno. */
export const RECONCILED: readonly Mutant[] = [
  removing(
    'reconcile-short',
    'an account that holds less than the books say is told',
    THREE_WAYS,
    [COMPARE, 'if (there >= least) return [];', 'return [];'],
    [CORE, 'it is short by exactly what is missing'],
  ),
  removing(
    'reconcile-leaving',
    'what effects under way take out is missing nowhere',
    EXPLAINED,
    [COMPARE, 'posted + leaving - fresh;', 'posted - fresh;'],
    [CORE, 'it is short by exactly what is missing'],
  ),
  removing(
    'reconcile-fresh',
    'what was posted after the outside was asked is missing nowhere',
    EXPLAINED,
    [COMPARE, 'posted + leaving - fresh;', 'posted + leaving;'],
    [CORE, 'it is short by exactly what is missing'],
  ),
  removing(
    'reconcile-later',
    'only what came after it left brings it back',
    THREE_WAYS,
    [COMPARE, 'one.units === out.units && isLater(one)', 'one.units === out.units'],
    [CORE, 'what came in before it left is not its return'],
  ),
  removing(
    'reconcile-one-return',
    'one return covers one departure',
    THREE_WAYS,
    [COMPARE, '!used.has(one.id) &&', ''],
    [CORE, 'one return covers one departure'],
  ),
  removing(
    'reconcile-payment',
    'what the books owe for a payment is what its legs are',
    THREE_WAYS,
    [COMPARE, 'if (owed === held || owed === held + requested) return [];', 'return [];'],
    [CORE, 'a payment owes what its legs are'],
  ),
  removing(
    'reconcile-silence',
    'a side that is silent is told',
    CLOSED,
    [COMPARE, 'if (now.getTime() - at.getTime() < unread_ms) return [];', 'return [];'],
    [CORE, 'a side that is silent for longer than its bound is told'],
  ),
  removing(
    'reconcile-unread-closes-nothing',
    'a side that could not be read closes no break',
    CLOSED,
    [JUDGE, 'explained.has(one.subject) || isRead(one)', 'true'],
    [CORE, 'closed only when it was looked for'],
  ),
  removing(
    'reconcile-unread-forgets-nothing',
    'what a look could not see is suspected as before',
    CLOSED,
    [JUDGE, '!isRead(ofSuspect(subject))', 'false'],
    [CORE, 'closed only when it was looked for'],
  ),
  removing(
    'reconcile-patience',
    'what is under way has its time before it is a break',
    EXPLAINED,
    [JUDGE, 'age(firstSeen) >= patienceOf(finding.kind, bounds)', 'true'],
    [CORE, 'opened once and not too soon'],
  ),
  removing(
    'reconcile-stop-bound',
    'nothing is stopped before the bound is over',
    STOPS,
    [JUDGE, 'age(since) >= bounds.stop_ms &&', ''],
    [CORE, 'stopped for after its bound'],
  ),
  removing(
    'reconcile-stop-once',
    'what two people opened is not thrown again for the same shortfall',
    STOPS,
    [JUDGE, 'shortfall > stoppedFor;', 'shortfall > 0n;'],
    [REAL, 'stop the wallet after the bound, once'],
  ),
  removing(
    'reconcile-stop',
    'a shortfall that stays stops what it concerns',
    STOPS,
    [LOOK, 'await stop(ctx, judged);', ''],
    [REAL, 'stop the wallet after the bound, once'],
  ),
  removing(
    'reconcile-stray',
    'a transfer that no transaction of ours made is looked at',
    THREE_WAYS,
    [CHAIN, 'ours.has(from) !== ours.has(to)', 'false'],
    [REAL, 'stop the wallet after the bound, once'],
  ),
  removing(
    'reconcile-proof',
    'an entry is proved by evidence of its own step',
    THREE_WAYS,
    [BOOKS, "WHEN n.source = 'chain' THEN v.detail ->> 'as' = n.as_what", "WHEN n.source = 'chain' THEN true"],
    [REAL, 'a posting without evidence is seen'],
  ),
  removing(
    'reconcile-break-guard',
    'a break that is closed stays closed, and stays what it is',
    'style: what is written is kept',
    [
      RULES,
      'OLD.first_seen_at, OLD.opened_at)\n     OR OLD.closed_at IS NOT NULL THEN',
      'OLD.first_seen_at, NEW.opened_at) AND false THEN',
    ],
    [REAL, 'neither reopened nor deleted'],
  ),
  removing(
    'reconcile-close-open',
    'a day of which a break is open is not closed',
    'design 4, reconciliation; the closing: open breaks are 0',
    [CLOSING, 'if ((await breaksAt(db, startOf(nextDay(day)))) > 0) return;', ''],
    [REPORT, 'no break of it is open, once, and not before'],
  ),
  removing(
    'reconcile-past-stays',
    'a closed day that the ledger tells otherwise stays told until it does not, however many days come after it',
    'design 4, ledger: append-only',
    [DAYS, ' || told.has(day)', ''],
    [REPORT, 'a closed day of which the ledger says something else later is told'],
  ),
  removing(
    'reconcile-past',
    'a closed day that the ledger tells otherwise later is told',
    'design 4, ledger: append-only',
    [DAYS, 'if (is !== hash) found.push', 'if (is === "") found.push'],
    [REPORT, 'of which the ledger says something else later is told'],
  ),
  removing(
    'db-break-closed-with-reason',
    'a break is closed with a reason',
    THREE_WAYS,
    [RULES, 'break_closed CHECK ((closed_at IS NULL) = (closed_because IS NULL))', 'break_closed CHECK (true)'],
    [REAL, 'a break is closed with a reason, and nothing less than nothing is missing'],
  ),
  removing(
    'db-break-shortfall',
    'of a break nothing less than nothing is missing',
    THREE_WAYS,
    [RULES, 'break_shortfall CHECK (shortfall_units >= 0)', 'break_shortfall CHECK (true)'],
    [REAL, 'a break is closed with a reason, and nothing less than nothing is missing'],
  ),
  removing(
    'db-break-stays',
    'a break stays what it is and is closed once',
    THREE_WAYS,
    [RULES, "RAISE EXCEPTION 'break % stays what", "RAISE NOTICE 'break % stays what"],
    [REAL, 'a break is opened once, keeps what it is, and is neither reopened nor deleted'],
  ),
  removing(
    'reconcile-lost',
    'what a reorganisation took out and the wallet hands over again is no shortfall',
    THREE_WAYS,
    [LOOK, 'lost: chain?.lost ?? []', 'lost: []'],
    ['test/reconcile/late.test.ts', 'a funding that a reorganisation took out is no shortfall'],
  ),
];
