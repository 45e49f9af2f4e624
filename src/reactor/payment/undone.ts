/**
 * Calls to the chain that a reorganisation undid: their events are gone, and their own transaction failed in the new history, as
 * every RPC has it in a block that it calls finalised (`wallet/final.ts` lets no effect die on less). Until then it may be mined
 * again as it was, and nothing is done. While indexer and RPC disagree nothing is taken back either. Pure.
 */
import { isLiveEffect, MAX_ATTEMPTS } from '../effects/states.ts';
import { ask, chainClaim, confirms, wait } from './decisions.ts';
import type { LegState } from './states.ts';
import { custodyLeft, patience, settled, underWay } from './step.ts';
import type { Decision, EffectView, LegView, PaymentView } from './view.ts';

type Undone = 'chain_create' | 'chain_fund' | 'chain_release' | 'chain_return';
const EVENT = {
  chain_create: 'created',
  chain_fund: 'funded',
  chain_release: 'released',
  chain_return: 'sentBack',
} as const;

const isUndone = (leg: LegView, kind: Undone): boolean =>
  leg.effects[kind]?.state === 'dead' &&
  leg.facts.standing?.some(({ as, verdict }) => as === EVENT[kind] && verdict === 'mismatch') === true;

const why = (kind: Undone) =>
  `a reorganisation undid ${kind}: its transaction failed in the blocks that took their place`;

/** Null while the indexer and the RPC agree. */
const trouble = (view: PaymentView, leg: LegView): Decision | null =>
  view.chain.trouble === null ? null : wait(view, leg, view.chain.trouble, patience(view, leg));

/** The leg goes back to where the step began, and the books with it. Null while nothing was undone. */
export function undone(
  view: PaymentView,
  leg: LegView,
  kind: 'chain_create' | 'chain_fund' | 'chain_release',
  back: LegState,
): Decision | null {
  if (!isUndone(leg, kind)) return null;
  const move = { do: 'move', leg, to: back, cause: why(kind), claims: [] } as const;
  // That an escrow is made moves nothing, and one that was made by itself outlives its funding.
  const isGone = kind === 'chain_create' || (kind === 'chain_fund' && !leg.fundsInTwo);
  return (
    trouble(view, leg) ?? {
      ...move,
      claims: [],
      booking: kind === 'chain_create' ? {} : { undo: [kind] },
      ...(isGone ? { escrow: null } : {}),
    }
  );
}

/**
 * A release that nobody has signed yet, of an escrow whose funding was undone: it never can be, and the leg does not wait for it. Null
 * while the escrow stands.
 */
export function unfunded(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (release?.state !== 'recorded' || !isUndone(leg, 'chain_fund')) return null;
  const isFirst = leg.state === 'releasing';
  return (
    trouble(view, leg) ?? {
      do: 'move',
      leg,
      to: isFirst ? 'in_custody' : leg.state,
      cause: why('chain_fund'),
      claims: [],
      kills: release,
      // One that is made again is in the books since the first time.
      booking: isFirst ? { void: 'chain_release' } : {},
    }
  );
}

/**
 * A release that was undone after its money had gone on, out of what else the wallet had: the leg stays where its money is, and the
 * release is made again once the custody is over, so that the wallet has it back; the books say so already. Where the funding was
 * undone as well, there is nothing to release, and the books forget both. Null while nothing was undone.
 */
export function released(view: PaymentView, leg: LegView): Decision | null {
  const again = releasedAgain(view, leg);
  if (again) return again;
  const release = leg.effects.chain_release;
  if (!release || !isUndone(leg, 'chain_release')) return null;
  const cause = why('chain_release');
  const stays = trouble(view, leg);
  if (stays) return stays;
  if (isUndone(leg, 'chain_fund'))
    return {
      ...{ do: 'move', leg, to: leg.state, cause, claims: [], escrow: null },
      booking: { undo: ['chain_fund', 'chain_release'] },
    };
  if (leg.facts.moved) return { do: 'rebind', leg, escrow: leg.facts.moved };
  if (release.attempt >= MAX_ATTEMPTS && !release.isNextAllowed)
    return ask(
      leg,
      'attempts_used_up',
      `chain_release came to nothing ${release.attempt} times, though its money went on to Juno: the escrow holds what the wallet lacks. A person decides whether to try again.`,
    );
  return (
    custodyLeft(view, leg) ?? {
      do: 'record',
      leg,
      effect: 'chain_release',
      attempt: release.attempt + 1,
      to: leg.state,
      cause,
      isBooked: true,
    }
  );
}

/** Follows a release that is made again, wherever its leg has come to. Null where none is under way. */
export function releasedAgain(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (!release || !isLiveEffect(release.state) || release.state === 'confirmed') return null;
  const { released, unlocked } = leg.facts;
  if (!released || !unlocked) return unfunded(view, leg) ?? underWay(view, leg, release, since(release, leg));
  return (
    settled(view, leg, [released, unlocked]) ?? {
      do: 'move',
      leg,
      to: leg.state,
      cause: 'escrow unlocked to the bridge wallet again',
      claims: [chainClaim('released', released), chainClaim('unlocked', unlocked)],
      booking: {},
      ...confirms(leg, 'chain_release'),
    }
  );
}
const since = ({ firstSentAt }: EffectView, { enteredAt }: LegView): Date => firstSentAt ?? enteredAt;

/**
 * A return that Juno has credited and that a reorganisation undid: Juno's word and the chain's are against each other, and pesos
 * leave on neither. Null while nothing was undone.
 */
export function returnUndone(view: PaymentView, leg: LegView): Decision | null {
  if (!isUndone(leg, 'chain_return')) return null;
  return (
    trouble(view, leg) ??
    ask(
      leg,
      'return_undone',
      `Juno credited the return ${leg.effects.chain_return?.externalId}, and a reorganisation undid it: the transaction failed in the blocks that took their place, so the MXNB never reached Juno. Nothing is paid and nothing is sent again. Ask Juno’s support whether its credit stands, and settle with them before anything else.`,
      'operations',
    )
  );
}
