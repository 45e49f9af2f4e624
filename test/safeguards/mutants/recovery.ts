import { type Mutant, removing } from '../mutant.ts';

const RULE = 'design 3, recovery';
const BITSO = 'src/reactor/recovery/bitso-acts.ts';
const EXPLAINS = 'src/reactor/effects/explains.ts';
const BITSO_ACTS = 'test/recovery/bitso-acts.test.ts';
const BITSO_RESTORED = 'test/recovery/bitso-restored.test.ts';
const SET_BACK = 'test/recovery/set-back.test.ts';
const EXPLAINED = 'test/reconcile/explained.test.ts';
const DISPUTED = 'test/recovery/disputed.test.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const ALLOWED = 'test/recovery/allowed.test.ts';
const REBUILD = 'src/reactor/recovery/rebuild.ts';
const OWED = 'test/recovery/owed.test.ts';
const RECOVER = 'src/reactor/recovery/recover.ts';
const LANE = 'src/reactor/effects/lane.ts';
const READ_BOOKS = 'src/reactor/reconcile/read-books.ts';

/** What a restored backup, or a database that was set back, does not know. */
export const RECOVERY: readonly Mutant[] = [
  removing(
    'lost-bitso-recorded',
    'a payout that a backup has as recorded is asked for at Bitso by its own key',
    RULE,
    [BITSO, "state === 'recorded' ? [last, last + 1] : [last + 1]", '[last + 1]'],
    [BITSO_ACTS, 'of a leg whose attempt a backup has as recorded is a lost act under its own key'],
  ),
  removing(
    'lost-bitso-listed',
    'a payout at Bitso of a leg that the database does not have keeps money off',
    RULE,
    [BITSO, 'const others = await listedWithoutEffect(ctx);', 'const others: BitsoAct[] = [];'],
    [BITSO_RESTORED, 'a payout of a leg that the backup does not have is a lost act'],
  ),
  removing(
    'lost-bitso-paged',
    'Bitso’s list of payouts is read to its end, whatever a page holds',
    RULE,
    [BITSO, 'if (!last || (fresh', 'if (!last || items.length < 100 || (fresh'],
    [BITSO_ACTS, 'is read to an empty page, whatever a page holds'],
  ),
  removing(
    'lost-bitso-list-leads-on',
    'a list of payouts whose pages lead nowhere says nothing',
    'design 3, recovery; fail closed',
    [BITSO, 'if (!last || (fresh.length === 0 && items.length === 1))', 'if (!last || fresh.length === 0)'],
    [BITSO_ACTS, 'that leads nowhere says nothing'],
  ),
  removing(
    'lost-bitso-second-of-a-key',
    'a second payout at Bitso under the key of one that was made is nobody’s',
    RULE,
    [BITSO, "inArray(effect.state, ['sending', 'unknown'])", "ne(effect.state, 'recorded')"],
    [BITSO_ACTS, 'has a second payout under the key of one that was made'],
  ),
  removing(
    'lost-bitso-by-hand',
    'what two people recorded as paid by hand explains a payout of its tracking key and amount that has no key of ours, and no other',
    RULE,
    [BITSO, 'originId === null &&\n    byHand', 'byHand'],
    [BITSO_ACTS, 'its tracking key and amount explain it, and nothing else'],
  ),
  removing(
    'lost-bitso-origin-used',
    'what Bitso refuses as an invalid field may be a payout of this key that is there: it is unknown, never refused',
    'design 3, the allow-list of refusals',
    [
      'src/juno/refusals.ts',
      '  // Not 0304, an invalid field',
      "  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0304', page: 'P/mxn-field-validations' },\n  // Not 0304, an invalid field",
    ],
    [BITSO_RESTORED, 'an origin id that was used is never a refusal'],
  ),
  removing(
    'lost-acts-history',
    'what was set aside as history hides nothing that is lost',
    RULE,
    [
      'src/reactor/recovery/juno-acts.ts',
      "eq(foreignAct.source, 'juno_transaction'), eq(foreignAct.externalId, junoTransaction.id)",
      "eq(foreignAct.source, 'clabe')",
    ],
    ['test/recovery/behind-history.test.ts', 'however much older history was set aside'],
  ),
  removing(
    'lost-acts-destination',
    'a send whose answer is out explains only what went where it goes',
    RULE,
    [EXPLAINS, 'return clabe === null ? raw.includes(to.accountId) : clabe === to.clabe;', 'return true;'],
    ['test/recovery/explained-away.test.ts', 'though the answer to one of its amount for another account is out'],
  ),
  removing(
    'lost-acts-untold',
    'what Juno does not tell where it went is explained by nothing',
    'design 3, recovery; fail closed',
    [READ_BOOKS, 'is_detailed || address !== null || clabe !== null', 'address !== null || clabe !== null'],
    [EXPLAINED, 'nothing of which Juno does not tell where it went'],
  ),
  removing(
    'reconcile-explains-one',
    'a send whose answer is out explains one act, not every act of its amount',
    'design 4, reconciliation',
    [EXPLAINS, 'if (found >= 0) free.splice(found, 1);', ''],
    [EXPLAINED, 'is told at once, though another answer of its amount is out'],
  ),
  removing(
    'reconcile-explained-again',
    'what a send explained is looked at again when its answer turns out to be another act',
    'design 4, reconciliation',
    [READ_BOOKS, 'explained: explained.map(({ id }) => id)', 'explained: explained.slice(0, 0).map(({ id }) => id)'],
    [EXPLAINED, 'is told when that answer turns out to be another act, however late'],
  ),
  removing(
    'set-back-sends-nothing',
    'a process whose database forgot what it saw committed sends nothing',
    RULE,
    [LANE, 'memory?.isThere() ?? sql`true`', 'memory ? sql`true` : sql`true`'],
    [SET_BACK, 'is not sent, before anybody noticed'],
  ),
  removing(
    'set-back-several',
    'of what was under way at once, whatever a copy lacks is missed',
    RULE,
    ['src/reactor/effects/memory.ts', 'const MOST = 8;', 'const MOST = 1;'],
    [SET_BACK, 'lacks what came just before it'],
  ),
  removing(
    'set-back-by-hand',
    'what people did by hand, and what a leg became, is missed though no effect moved with it',
    RULE,
    [
      'src/reactor/effects/memory.ts',
      "['leg_history', 'audit_log'] as const",
      "[] as readonly ('leg_history' | 'audit_log')[]",
    ],
    [SET_BACK, 'a payment by hand that a copy has not got is missed'],
  ),
  removing(
    'set-back-recovered',
    'what a recovery has ended is not noticed once more by a reactor that slept meanwhile',
    RULE,
    [
      'src/reactor/effects/memory.ts',
      'if (!is_there && !is_recovered) return false;',
      'if (!is_there) return is_recovered && false;',
    ],
    [SET_BACK, 'a reactor that slept while the database was set back and recovered'],
  ),
  removing(
    'set-back-not-recovered',
    'a recovery that found money on says nothing of what was lost before anybody noticed',
    'design 3, recovery; fail closed',
    ['src/reactor/recovery/state.ts', 'eq(guardSwitch.isStopped, true)', 'eq(guardSwitch.name, RECOVERY_SWITCH)'],
    [SET_BACK, 'a reactor that slept while the database was set back and recovered'],
  ),
  removing(
    'set-back-money-off',
    'a database that was set back under way turns money off, and is asked anew what it lost',
    RULE,
    ['src/reactor/reactor.ts', '(await noticeSetBack(ctx))', '(await Promise.resolve(false))'],
    [SET_BACK, 'what the database forgot while a reactor runs on is not done again'],
  ),
  removing(
    'lost-acts-disputed',
    'what was done is joined to its payment though that is disputed by then',
    RULE,
    [
      RULES,
      "h.kind = 'dispute')\n      AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN",
      "h.kind = 'dispute') THEN",
    ],
    [DISPUTED, 'is rebuilt, though its payment is disputed by then'],
  ),
  removing(
    'lost-acts-one-throws',
    'a payment that throws while it is rebuilt keeps no other from being rebuilt',
    RULE,
    [
      REBUILD,
      'if (error instanceof StaleViewError) return null;',
      'if (!(error instanceof StaleViewError)) throw error; else return null;',
    ],
    [DISPUTED, 'keeps no other from being rebuilt'],
  ),
  removing(
    'lost-acts-allowed',
    'an attempt that two people had allowed, and that was made, is joined though nothing says any more that they did',
    RULE,
    [REBUILD, 'nextStep(view, asAllowed(leg, mine))', '(asAllowed, nextStep(view, leg))'],
    [ALLOWED, 'and made since the backup, is rebuilt'],
  ),
  removing(
    'db-lost-acts-allowed',
    'the database itself asks nobody to allow what recovery finds was done',
    RULE,
    [
      RULES,
      "subject_kind = 'leg')))\n    AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN",
      "subject_kind = 'leg'))) THEN",
    ],
    [ALLOWED, 'and made since the backup, is rebuilt'],
  ),
  removing(
    'lost-acts-owed',
    'what paid an ordered refund, or a settlement, that was made since the backup is theirs, and never set aside',
    'design 3, recovery; keys are derived',
    ['src/reactor/recovery/survey.ts', 'for (const { act } of owed) spoken.add(keyOf(act));', 'owed.length = 0;'],
    [OWED, 'it is neither set aside nor sent back again'],
  ),
  removing(
    'lost-acts-same-heir',
    'a leg that takes another’s place, made again after a backup was restored, has the keys that were used',
    'design 3, keys are derived',
    [
      'src/reactor/replace/replace.ts',
      'deriveLegId(ctx.settings.keySecret, [legId, ...terms])',
      '(deriveLegId, terms, ctx.newId())',
    ],
    [OWED, 'it is neither set aside nor sent back again'],
  ),
  removing(
    'lost-acts-same-settlement',
    'a settlement of the same legs, made again after a backup was restored, has the keys that were used',
    'design 3, keys are derived',
    [
      'src/reactor/settlement/settle.ts',
      'deriveLegId(ctx.settings.keySecret, [destinationId, ...ids])',
      '(deriveLegId, ids, ctx.newId())',
    ],
    [OWED, 'paid since the backup, is joined and not paid again'],
  ),
  removing(
    'lost-acts-small-sums',
    'what went to an account that is owed small sums is set aside only while nothing more can be paid to whose it is',
    'design 3, recovery; fail closed',
    [RECOVER, 'for (const act of disowned) await assertNotOwed(ctx, act);', 'void assertNotOwed;'],
    [OWED, 'is set aside only once nothing more can be paid'],
  ),
  removing(
    'lost-acts-leg-not-free',
    'while acts are known outside that are not known here, no leg is free to be paid otherwise',
    'design 3, recovery; design 2, a re-payment replaces a leg',
    ['src/reactor/replace/gone.ts', 'if (lost !== null)', 'if (lost === undefined)'],
    [BITSO_RESTORED, 'a payout of a leg that the backup does not have is a lost act'],
  ),
];
