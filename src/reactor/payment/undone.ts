/**
 * Calls to the escrow contract that a reorganisation undid: their events are gone, and their own transaction failed in the new
 * history, as deep as a success would have to be. Until it has failed it may be mined again as it was, and nothing is done. Pure.
 */
import { isLiveEffect, MAX_ATTEMPTS } from '../effects/states.ts';
import { ask, chainClaim, confirms, wait } from './decisions.ts';
import type { LegState } from './states.ts';
import { settled } from './step.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

type Undone = 'chain_fund' | 'chain_release';
const EVENT = { chain_fund: 'funded', chain_release: 'released' } as const;

const isUndone = (leg: LegView, kind: Undone): boolean =>
  leg.effects[kind]?.state === 'dead' &&
  leg.facts.standing?.some(({ as, verdict }) => as === EVENT[kind] && verdict === 'mismatch') === true;

const why = (kind: Undone) =>
  `a reorganisation undid ${kind}: its transaction failed in the blocks that took their place`;

/** The leg goes back to where the step began, and the books with it. Null while nothing was undone. */
export function undone(leg: LegView, kind: Undone, back: LegState): Decision | null {
  if (!isUndone(leg, kind)) return null;
  const common = { do: 'move', leg, to: back, cause: why(kind), claims: [] } as const;
  return kind === 'chain_fund'
    ? { ...common, claims: [], booking: { undo: [kind] }, escrow: null }
    : { ...common, claims: [], booking: { undo: [kind] } };
}

/**
 * A release that was undone after its money had gone on, out of what else the wallet had: the leg stays where its money is, and the
 * release is made again, so that the wallet has it back; the books say so already. Where the funding was undone as well, there is
 * nothing to release, and the books forget both. Null while nothing was undone.
 */
export function released(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (release && isLiveEffect(release.state) && release.state !== 'confirmed') return releasedAgain(view, leg);
  if (!release || !isUndone(leg, 'chain_release')) return null;
  const cause = why('chain_release');
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
  return {
    do: 'record',
    leg,
    effect: 'chain_release',
    attempt: release.attempt + 1,
    to: leg.state,
    cause,
    isBooked: true,
  };
}

function releasedAgain(view: PaymentView, leg: LegView): Decision {
  const { released, unlocked } = leg.facts;
  if (!released || !unlocked) return wait(view, leg, 'the release that a reorganisation undid to be made again');
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
