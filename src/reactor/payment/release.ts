/** When a leg may leave its custody: the release policy of its payment, what was approved, and the chain's own clock. Pure. */
import { equals, formatMoney } from '../../money/money.ts';
import { isLiveEffect } from '../effects/states.ts';
import { UNRESOLVED } from './beside.ts';
import { ask, wait } from './decisions.ts';
import { type EarlyAct, FROM_RETURN, PARTIES, type Party, type ReleasePolicy } from './states.ts';
import { patience, waitForEffect } from './step.ts';
import type { Decision, EffectView, LegView, PaymentView, SignedEnd } from './view.ts';

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
  /** Two people decided where it goes: back to the payer, all or a part of it, or as a dispute ended. Nobody has to approve that as well. */
  isDecided: boolean;
  /** That is: all of it back to the payer. Then nobody's date has to be waited for. */
  isBack: boolean;
  /** Whether two people let it out, where its amount asks for that. */
  fourEyes: 'not_asked' | 'missing' | 'given';
  /**
   * Its money is back at Juno, and beyond: what let it out did so once, and nobody can approve it any more. What is released now only
   * gives the wallet back what it lent.
   */
  hasLeft?: boolean;
}>;

/** What a release still lacks. */
export type Lacks = 'date' | Party | 'two_people';
export type Release = Readonly<{ may: 'when_due' | 'early' }> | Readonly<{ may: null; lacks: readonly Lacks[] }>;

/**
 * Whether a leg may leave its custody now, and if so whether its deadline has come. `early`: by the policy it may, and the contract lets
 * it out before its deadline only with an approver's signature.
 */
export function releaseOf(facts: ReleaseFacts): Release {
  const { policy, deadline, isDue, clocks, approvals, isDecided, isBack, fourEyes, hasLeft } = facts;
  const date: Lacks[] = isDue ? [] : ['date'];
  const parties: Lacks[] = PARTIES.filter(
    (party) => !approvals.some((one) => one.party === party && stands(one, deadline, clocks)),
  );
  const first = isBack ? [] : isDecided ? date : LACKS[policy](date, parties);
  const people: Lacks[] = !isDecided && fourEyes === 'missing' ? ['two_people'] : [];
  const asked = first.length > 0 ? first : people;
  const lacks = hasLeft && asked.length > 0 ? date : asked;
  if (lacks.length > 0) return { may: null, lacks };
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

export const CUSTODY_LOOK_MS = 24 * 3600 * 1000;

/** What leaves once nothing keeps it: with an approver's signature where that is before its date. */
export type Leaving = (early: SignedEnd | null) => Decision;

/**
 * The release of a leg in custody, or what it waits for. Before the date the contract lets it out only with an approver's signature, which
 * is asked for as an effect of its own: the intent is written down before it is made, and it is there before a release is recorded.
 */
export function leaveCustody(view: PaymentView, leg: LegView, leave: Leaving): Decision {
  const facts = releaseFacts(view, leg);
  if (!facts) return ask(leg, 'no_deadline', 'The leg is in custody without a deadline from the chain.', 'engineering');
  const release = releaseOf(facts);
  if (release.may === 'early') return leaveEarly(view, leg, facts, leave);
  const unsigned = unsignedOf(leg.effects.approver_signature);
  if (unsigned) return giveUp(leg, unsigned, 'no signature is needed, or wanted, any more');
  return release.may === null ? lacking(view, leg, facts, release.lacks) : leave(null);
}

/** A signature that was asked for and is not here. It moves nothing, so that it may be given up whatever became of the answer. */
export const unsignedOf = (signature: EffectView | undefined): EffectView | undefined =>
  signature && UNRESOLVED.has(signature.state) ? signature : undefined;

/** So long a signature must still be good for a release to be built on it: it has to get into a block. */
const STILL_GOOD_S = 600;

function leaveEarly(view: PaymentView, leg: LegView, facts: ReleaseFacts, leave: Leaving): Decision {
  const { earlyClosed } = leg;
  if (earlyClosed) {
    const why = facts.isBack ? 'all of it goes back to the payer' : 'both have approved';
    const date = `${endOf(facts)}: ${why}, and before that it cannot end, because ${earlyClosed}`;
    return wait(view, leg, date, Math.min(left_s(facts) * 1000, CUSTODY_LOOK_MS));
  }
  if (!leg.facts.escrowNow)
    return wait(view, leg, 'its escrow to be funded and undisputed on the chain', patience(view, leg));
  const signature = leg.effects.approver_signature;
  if (!signature || !isLiveEffect(signature.state))
    return {
      ...{ do: 'record', leg, effect: 'approver_signature', attempt: (signature?.attempt ?? 0) + 1, to: leg.state },
      cause: facts.isBack
        ? 'two people ordered it back to the payer'
        : 'payer and recipient approved its release before its date',
    };
  const { early, externalId, nextLookAt } = signature;
  if (!early || isStale(early, leg, view.chain.headTimestamp + STILL_GOOD_S)) return giveUp(leg, signature, WORTHLESS);
  if (signature.state === 'confirmed' && externalId !== null)
    return leave({ act: early.act, approver: early.approver, expiry: early.expiry, signature: externalId });
  return nextLookAt > view.now
    ? waitForEffect(view, leg, signature)
    : { do: 'send', leg, effect: signature, mayWrite: true };
}

/** The leg stays where it is; what is next is decided anew. */
const giveUp = (leg: LegView, effect: EffectView, cause: string): Decision => ({
  ...{ do: 'move', leg, to: leg.state, cause, claims: [], booking: {}, kills: effect },
});

/** What a release still lacks; nothing where it may be made. */
export function lacksOf(facts: ReleaseFacts): readonly Lacks[] {
  const release = releaseOf(facts);
  return release.may === null ? release.lacks : [];
}

/**
 * A release that nobody has signed yet, and that is no longer to be: an approval was taken back, or the signature in it is worth nothing
 * any more. It gives way, and what is next is decided anew. Null while it is wanted.
 */
export function releaseTakenBack(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  const facts = releaseFacts(view, leg);
  if (release?.state !== 'recorded' || !facts) return null;
  // That the custody is over was decided when it was recorded, and the chain knows.
  const lacks = lacksOf({ ...facts, isDue: release.early === undefined });
  // The call names no disputes; the signature in it does.
  const disputes = leg.effects.approver_signature?.early?.disputes ?? null;
  const isWorthless =
    release.early !== undefined && isStale({ ...release.early, disputes }, leg, view.chain.headTimestamp);
  if (lacks.length === 0 && !isWorthless) return null;
  const isFirst = leg.state === 'releasing';
  return {
    ...{ do: 'move', leg, to: isFirst ? 'in_custody' : leg.state, claims: [], kills: release },
    booking: isFirst ? { void: 'chain_release' } : {},
    cause: isWorthless ? WORTHLESS : `its release lacks the approval of ${namesOf(lacks)} again`,
  };
}
const WORTHLESS =
  'the approver’s signature is worth nothing any more: it expired, its escrow is not as it was, or is to end in another way';

/** Two people ordered all of it back. Of a part of it the rest is the recipient's, and leaves as that may. */
const isBackOf = ({ refund, amount }: LegView): boolean => refund !== undefined && equals(refund.amount, amount);

/** How it ends before its date: for the buyer where all of it goes back. */
export const earlyActOf = (leg: LegView): EarlyAct => (isBackOf(leg) ? 'cancel' : 'release');

/** What was signed is of the escrow as it was then, and for a time. */
function isStale(
  { act, escrowId, disputes, expiry }: NonNullable<EffectView['early']>,
  leg: LegView,
  by_s: number,
): boolean {
  const { escrowNow } = leg.facts;
  if (expiry <= by_s) return true;
  if (act !== earlyActOf(leg)) return true;
  if (!escrowNow) return false;
  return escrowNow.escrowId !== escrowId || (disputes !== null && escrowNow.disputes !== disputes);
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
        isDecided: leg.refund !== undefined || view.payment.isDisputeOver === true,
        isBack: isBackOf(leg),
        fourEyes: leg.fourEyes ?? 'not_asked',
        hasLeft: FROM_RETURN.has(leg.state),
      };

const left_s = ({ deadline, clocks }: ReleaseFacts): number => (deadline ?? 0) - clocks.chain_s;
/** The chain says when; the seconds are for whoever compares it with the chain's own clock. */
const endOf = (facts: ReleaseFacts): string =>
  `the custody to end at ${new Date((facts.deadline ?? 0) * 1000).toISOString()} (${left_s(facts)} s by the chain’s clock)`;

function lacking(view: PaymentView, leg: LegView, facts: ReleaseFacts, lacks: readonly Lacks[]): Decision {
  if (lacks.includes('two_people'))
    return ask(
      leg,
      'release_four_eyes',
      `A release of ${formatMoney(leg.amount)} is over RELEASE_FOUR_EYES: two people let it out. One proposes it (kustodia payment release ${view.payment.id}), another approves; then it goes on by itself.`,
    );
  const parties = lacks.filter((one) => one !== 'date');
  const approvals = `the ${parties.length === 1 ? 'approval' : 'approvals'} of ${parties.join(' and ')}`;
  const toDo = `kustodia payment approve ${view.payment.id} --as ${parties.join('|')} --user USER --reason …, or send them a link: kustodia payment approval-link`;
  if (!lacks.includes('date')) return wait(view, leg, approvals, CUSTODY_LOOK_MS, toDo);
  const pause_ms = Math.min(left_s(facts) * 1000, CUSTODY_LOOK_MS);
  const date = leg.refund
    ? `${endOf(facts)}: before, the escrow lets nothing out. Then ${formatMoney(leg.refund.amount)} go back to the payer`
    : endOf(facts);
  if (parties.length === 0) return wait(view, leg, date, pause_ms);
  const either = facts.policy === 'date_or_approvals';
  return wait(view, leg, `${date} ${either ? 'or' : 'and'} ${approvals}`, pause_ms, either ? undefined : toDo);
}
