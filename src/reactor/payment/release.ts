/** When a leg may leave its custody: the release policy of its payment, what was approved, and the chain's own clock. Pure. */
import { formatMoney } from '../../money/money.ts';
import { ask, wait } from './decisions.ts';
import { PARTIES, type Party, type ReleasePolicy } from './states.ts';
import { begin } from './step.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

/** An approval that nobody withdrew. */
export type GivenApproval = Readonly<{
  party: Party;
  givenAt: Date;
  /** Seconds. */
  valid_s: number;
}>;

type Clocks = Readonly<{ now: Date; chain_s: number }>;

/**
 * Until when an approval counts, in Unix seconds. Its time runs from the end of the custody, or from when it was given if that is later,
 * so that none is ever over sooner than the custody. Null while the custody has no end yet.
 */
export const approvalEnd = ({ givenAt, valid_s }: GivenApproval, deadline: number | null): number | null =>
  deadline === null ? null : Math.max(Math.ceil(givenAt.getTime() / 1000), deadline) + valid_s;

/** It is over by both clocks, the chain's and ours: one that runs ahead ends nothing. */
export function stands(approval: GivenApproval, deadline: number | null, { now, chain_s }: Clocks): boolean {
  const end = approvalEnd(approval, deadline);
  return end === null || Math.min(now.getTime() / 1000, chain_s) < end;
}

export type ReleaseFacts = Readonly<{
  policy: ReleasePolicy;
  /** Null while the custody has no end yet. */
  deadline: number | null;
  /** The custody is over: by the chain's clock, or as a call says that only the chain itself lets through then. */
  isDue: boolean;
  clocks: Clocks;
  approvals: readonly GivenApproval[];
  /** All or a part of it goes back to the payer, as two people ordered: what was approved is another release. */
  isRefund: boolean;
  /** Whether two people let it out, where its amount asks for that. */
  fourEyes: 'not_asked' | 'missing' | 'given';
}>;

/** What a release still lacks. */
export type Lacks = 'date' | Party | 'two_people';
export type Release = Readonly<{ may: 'when_due' | 'early' }> | Readonly<{ may: null; lacks: readonly Lacks[] }>;

/**
 * Whether a leg may leave its custody now, and if so whether its deadline has come. `early`: by the policy it may, and the contract lets
 * it out before its deadline only with an approver's signature.
 */
export function releaseOf({ policy, deadline, isDue, clocks, approvals, isRefund, fourEyes }: ReleaseFacts): Release {
  const date: Lacks[] = isDue ? [] : ['date'];
  const parties: Lacks[] = PARTIES.filter(
    (party) => !approvals.some((one) => one.party === party && stands(one, deadline, clocks)),
  );
  const lacks = isRefund ? date : LACKS[policy](date, parties);
  if (lacks.length > 0) return { may: null, lacks };
  // What goes back was two people's decision already.
  if (!isRefund && fourEyes === 'missing') return { may: null, lacks: ['two_people'] };
  return { may: isDue ? 'when_due' : 'early' };
}

const LACKS: Readonly<Record<ReleasePolicy, (date: Lacks[], parties: Lacks[]) => Lacks[]>> = {
  date: (date) => date,
  approvals: (_date, parties) => parties,
  date_or_approvals: (date, parties) => (date.length === 0 || parties.length === 0 ? [] : [...date, ...parties]),
  date_and_approvals: (date, parties) => [...parties, ...date],
};

/** Whether the approvals of payer and recipient can have anything to do with a release. */
export const asksApprovals = (policy: ReleasePolicy): boolean => policy !== 'date';

const CUSTODY_LOOK_MS = 24 * 3600 * 1000;

/** The release of a leg in custody, or what it waits for. */
export const leaveCustody = (view: PaymentView, leg: LegView): Decision =>
  custodyHolds(view, leg) ?? begin(leg, 'chain_release', 'releasing');

/** What a release still lacks; nothing where it may be made. */
export function lacksOf(facts: ReleaseFacts): readonly Lacks[] {
  const release = releaseOf(facts);
  return release.may === null ? release.lacks : [];
}

/**
 * A release that nobody has signed yet, and of which an approval was taken back: it gives way, and the leg stays in custody. Null while
 * it is wanted.
 */
export function releaseTakenBack(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  const facts = releaseFacts(view, leg);
  if (release?.state !== 'recorded' || !facts) return null;
  // That the custody is over was decided when it was recorded, and the chain knows.
  const lacks = lacksOf({ ...facts, isDue: true });
  if (lacks.length === 0) return null;
  return {
    ...{ do: 'move', leg, to: 'in_custody', claims: [], kills: release, booking: { void: 'chain_release' } },
    cause: `its release lacks the approval of ${namesOf(lacks)} again`,
  };
}

/** For a sentence. */
export const namesOf = (lacks: readonly Lacks[]): string => lacks.join(' and ').replace('two_people', 'two people');

/** What a leg's release is decided on. Null while the chain has given it no deadline. */
export const releaseFacts = (view: PaymentView, leg: LegView): ReleaseFacts | null =>
  leg.deadline === null
    ? null
    : {
        policy: view.payment.release,
        deadline: leg.deadline,
        isDue: leg.deadline <= view.chain.headTimestamp,
        clocks: { now: view.now, chain_s: view.chain.headTimestamp },
        approvals: leg.approvals ?? [],
        isRefund: leg.refund !== undefined,
        fourEyes: leg.fourEyes ?? 'not_asked',
      };

/**
 * Null when the leg may leave its custody and its deadline has come. A contract lets an escrow end before that only when an approver
 * signs for it, so that where approvals come first the date is waited for all the same.
 */
export function custodyHolds(view: PaymentView, leg: LegView): Decision | null {
  const facts = releaseFacts(view, leg);
  if (!facts) return ask(leg, 'no_deadline', 'The leg is in custody without a deadline from the chain.', 'engineering');
  const release = releaseOf(facts);
  if (release.may === null) return lacking(view, leg, facts, release.lacks);
  return release.may === 'early' ? untilDue(view, leg, facts) : null;
}

const left_s = ({ deadline, clocks }: ReleaseFacts): number => (deadline ?? 0) - clocks.chain_s;
const endOf = (facts: ReleaseFacts): string => `the custody to end (${left_s(facts)} s by the chain’s clock)`;
const untilDue = (view: PaymentView, leg: LegView, facts: ReleaseFacts): Decision =>
  wait(view, leg, endOf(facts), Math.min(left_s(facts) * 1000, CUSTODY_LOOK_MS));

function lacking(view: PaymentView, leg: LegView, facts: ReleaseFacts, lacks: readonly Lacks[]): Decision {
  if (lacks.includes('two_people'))
    return ask(
      leg,
      'release_four_eyes',
      `A release of ${formatMoney(leg.amount)} is over RELEASE_FOUR_EYES: two people let it out. One proposes it (kustodia payment release ${view.payment.id}), another approves; then it goes on by itself.`,
    );
  const parties = lacks.filter((one) => one !== 'date');
  const approvals = `the ${parties.length === 1 ? 'approval' : 'approvals'} of ${parties.join(' and ')}`;
  if (!lacks.includes('date')) return wait(view, leg, approvals, CUSTODY_LOOK_MS);
  const pause_ms = Math.min(left_s(facts) * 1000, CUSTODY_LOOK_MS);
  const date = leg.refund
    ? `${endOf(facts)}: before, the escrow lets nothing out. Then ${formatMoney(leg.refund.amount)} go back to the payer`
    : endOf(facts);
  if (parties.length === 0) return wait(view, leg, date, pause_ms);
  const either = facts.policy === 'date_or_approvals';
  return wait(view, leg, `${date} ${either ? 'or' : 'and'} ${approvals}`, pause_ms);
}
