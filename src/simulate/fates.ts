import type { DisputeOutcome, DisputeSide, DisputeVoice } from '../reactor/payment/disputed.ts';
import type { Party, ReleasePolicy } from '../reactor/payment/states.ts';
import type { RefundWhat } from '../reactor/replace/terms.ts';
import type { Chance, Draws } from './chance.ts';

/** What becomes of a payment beside being paid in and out, and of how many in a thousand. The rest are ordinary. */
export const FATES = {
  approved_early: 25,
  either_early: 20,
  either_at_date: 15,
  both_required: 25,
  never_approved: 20,
  disputed_before_funding: 25,
  disputed_in_custody: 40,
  disputed_past_deadline: 25,
  refunded_before_funding: 25,
  refunded_in_custody: 35,
  settled_outside: 25,
  standing_terms: 25,
  cancelled: 15,
} as const;
export type FateName = keyof typeof FATES;
export const FATE_NAMES = Object.keys(FATES) as FateName[];

/** An approval that a side gives: so far into the custody, in thousandths of it. */
export type PlannedApproval = Readonly<{ party: Party; by: 'api' | 'link'; at: number; isTakenBack: boolean }>;

/** How two people decide; `share`: the payer's, of a split. */
export type PlannedDecision =
  | Readonly<{ outcome: Exclude<DisputeOutcome, 'split'> }>
  | Readonly<{ outcome: 'split'; share: Readonly<{ basisPoints: number }> | Readonly<{ custodyInThousand: number }> }>;

export type Moment = 'before_funding' | 'in_custody' | 'past_deadline';
export type PlannedDispute = Readonly<{
  when: Moment;
  by: DisputeVoice;
  evidence: number;
  decision: PlannedDecision;
  /** Who appeals against the first decision, in time or after it, and what is decided then. */
  appeal: Readonly<{ by: DisputeSide; isLate: boolean; decision: PlannedDecision }> | null;
}>;

export type Fate = Readonly<{
  name: FateName | 'ordinary';
  /** A part that it needs to be there, so that it can happen at all. */
  needs: 'custody' | 'immediate' | null;
  release: ReleasePolicy;
  approvals: readonly PlannedApproval[];
  dispute: PlannedDispute | null;
  refund: Readonly<{ when: Moment; what: RefundWhat }> | null;
  /** Of what happens in custody: how far into it, in thousandths. Of a cancellation: how far towards the deposit. */
  at: number;
}>;

const ORDINARY: Fate = {
  ...{ name: 'ordinary', needs: null, release: 'date', approvals: [], dispute: null, refund: null },
  at: 0,
};

function decisionFrom(of: Draws): PlannedDecision {
  const outcome = of.pick<DisputeOutcome>(['recipient', 'payer', 'split']);
  const [basisPoints, custodyInThousand] = [of.int(1, 9_999), of.int(100, 900)];
  if (outcome !== 'split') return { outcome };
  return { outcome, share: of.pick([{ basisPoints }, { custodyInThousand }]) };
}

function disputeFrom(when: Moment, of: Draws): PlannedDispute {
  const made = {
    when,
    by: of.pick<DisputeVoice>(['payer', 'recipient', 'operations']),
    evidence: of.int(0, 2),
    decision: decisionFrom(of),
  };
  const isAppealed = of.oneIn1000(400);
  const appeal = { by: of.pick<DisputeSide>(['payer', 'recipient']), isLate: of.oneIn1000(400) };
  return { ...made, appeal: isAppealed ? { ...appeal, decision: decisionFrom(of) } : null };
}

const approvalsFrom = (of: Draws, [from, to]: readonly [number, number]): PlannedApproval[] =>
  (['payer', 'recipient'] as const).map((party) => ({
    party,
    by: of.pick(['api', 'api', 'link'] as const),
    at: of.int(from, to),
    isTakenBack: of.oneIn1000(150),
  }));

/** One of two who approve, so that the other is waited for. */
const halfFrom = (of: Draws): PlannedApproval[] => approvalsFrom(of, [50, 800]).slice(0, of.int(0, 1));

const DRAWN: Readonly<Record<FateName, (of: Draws) => Partial<Fate>>> = {
  approved_early: (of) => ({ needs: 'custody', release: 'approvals', approvals: approvalsFrom(of, [50, 800]) }),
  either_early: (of) => ({ needs: 'custody', release: 'date_or_approvals', approvals: approvalsFrom(of, [50, 800]) }),
  either_at_date: (of) => ({ needs: 'custody', release: 'date_or_approvals', approvals: halfFrom(of) }),
  // Some only once the custody is over.
  both_required: (of) => ({
    needs: 'custody',
    release: 'date_and_approvals',
    approvals: approvalsFrom(of, [50, 1_100]),
  }),
  never_approved: (of) => ({
    needs: 'custody',
    release: of.pick<ReleasePolicy>(['approvals', 'date_and_approvals']),
    approvals: halfFrom(of),
    refund: { when: 'past_deadline', what: of.pick<RefundWhat>(['full', 'custody']) },
  }),
  disputed_before_funding: (of) => ({ needs: 'custody', dispute: disputeFrom('before_funding', of) }),
  disputed_in_custody: (of) => ({ needs: 'custody', dispute: disputeFrom('in_custody', of), at: of.int(50, 900) }),
  // What nobody has approved is still there.
  disputed_past_deadline: (of) => ({
    needs: 'custody',
    release: of.pick<ReleasePolicy>(['approvals', 'date_and_approvals']),
    dispute: disputeFrom('past_deadline', of),
  }),
  refunded_before_funding: (of) => ({
    needs: 'custody',
    refund: { when: 'before_funding', what: of.pick<RefundWhat>(['full', 'custody']) },
  }),
  refunded_in_custody: (of) => ({
    needs: 'custody',
    refund: { when: 'in_custody', what: of.pick<RefundWhat>(['full', 'custody']) },
    at: of.int(50, 700),
  }),
  settled_outside: () => ({ needs: 'immediate' }),
  standing_terms: () => ({}),
  // Before its payer pays in, if that happens at all, or after.
  cancelled: (of) => ({ at: of.int(100, 1_900) }),
};

/**
 * What becomes of a payment, drawn from its own number; `without` are fates that a shorter history does without, `rarer` how many times
 * rarer each is than its share.
 */
export function fateOf(index: number, chance: Chance, without: ReadonlySet<string>, rarer = 1): Fate {
  const of = chance.of(`fate ${index}`);
  let left = of.int(1, 1_000 * rarer);
  const name = FATE_NAMES.find((one) => {
    left -= FATES[one];
    return left <= 0;
  });
  return name === undefined || without.has(name) ? ORDINARY : { ...ORDINARY, ...DRAWN[name](of), name };
}

/** What a reader of a report is to see that it came to pass, and was not only drawn. */
export type Act =
  | `approval_by_${'api' | 'link'}`
  | 'approval_taken_back'
  | 'released_early'
  | 'cancelled_early'
  | 'released_by_two_people'
  | `dispute_${Moment}`
  | `dispute_by_${DisputeVoice}`
  | `decided_for_${'recipient' | 'payer'}`
  | 'decided_split'
  | 'evidence'
  | 'appeal'
  | 'appeal_too_late'
  | `refund_${RefundWhat}`
  | `refund_${Moment}`
  | 'paid_again'
  | 'commission_back'
  | 'settled_outside'
  | 'paid_in_unasked'
  | 'cancelled'
  | 'cancel_too_late'
  | `hold_on_${'payment' | 'user' | 'rail'}`
  | 'hold_lifted'
  | 'kill_switch'
  | 'blacklisted'
  | `suspense_${'refund' | 'split' | 'by_two'}`
  | `cap_${'lowered' | 'raised'}`
  | 'user_erased';

/** How often each thing came to pass. */
export type Tally = Readonly<{ count: (what: Act) => void; counts: () => Record<string, number> }>;

export function createTally(): Tally {
  const counts: Record<string, number> = {};
  return {
    count: (what) => {
      counts[what] = (counts[what] ?? 0) + 1;
    },
    counts: () => counts,
  };
}
