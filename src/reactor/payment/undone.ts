/**
 * Calls to the chain that a reorganisation undid: their events are gone, and their own transaction failed in the new history, as
 * every RPC has it in a block that it calls finalised (`wallet/final.ts` lets no confirmed effect die on less). Until then it may be
 * mined again as it was, and nothing is done. While indexer and RPC disagree nothing is taken back either. Pure.
 */
import { isLiveEffect, MAX_ATTEMPTS } from '../effects/states.ts';
import { ask, chainClaim, confirms, wait } from './decisions.ts';
import { mootOf } from './ended.ts';
import { leaveCustody, releaseTakenBack } from './release.ts';
import type { LegState } from './states.ts';
import { patience, settled, underWay } from './step.ts';
import type { Decision, EffectView, LegView, Move, PaymentView } from './view.ts';

type Undone = 'chain_create' | 'chain_fund' | 'chain_release';

const isDead = (leg: LegView, kind: Undone): boolean => leg.effects[kind]?.state === 'dead';
const isGone = (leg: LegView, event: 'created' | 'funded' | 'released'): boolean =>
  leg.facts.standing?.some(({ as, verdict }) => as === event && verdict === 'mismatch') === true;

/** A funding is undone only where the contract was not given the leg’s money: whoever gave it, what is in the escrow is released. */
const isFundUndone = (leg: LegView): boolean =>
  isDead(leg, 'chain_fund') && isGone(leg, 'funded') && leg.facts.wasFunded === false;
const isReleaseUndone = (leg: LegView): boolean => isDead(leg, 'chain_release') && isGone(leg, 'released');

const why = (kind: Undone | 'chain_return') =>
  `a reorganisation undid ${kind}: its transaction came to nothing in the blocks that took their place`;

/** Null while the indexer and the RPC agree. */
const trouble = (view: PaymentView, leg: LegView): Decision | null =>
  view.chain.trouble === null ? null : wait(view, leg, view.chain.trouble, patience(view, leg));

type Back = Omit<Move, 'do' | 'leg' | 'claims'>;
const goBack = (view: PaymentView, leg: LegView, move: Back): Decision =>
  trouble(view, leg) ?? { do: 'move', leg, claims: [], ...move };

/** Made, and its creation undone: it moved nothing. Null while it was not. */
export const createUndone = (view: PaymentView, leg: LegView): Decision | null =>
  isDead(leg, 'chain_create') && isGone(leg, 'created')
    ? goBack(view, leg, { to: 'withdrawn', cause: why('chain_create'), booking: {}, escrow: null })
    : null;

/**
 * In custody, its funding undone: the leg and the books go back to where the step began; an escrow that was made by itself outlives
 * that. Null while it was not.
 */
export function fundUndone(view: PaymentView, leg: LegView): Decision | null {
  if (!isFundUndone(leg)) return null;
  const moot = mootOf(leg);
  if (moot) return goBack(view, leg, { to: leg.state, cause: why('chain_fund'), kills: moot, booking: {} });
  const back = { cause: why('chain_fund'), booking: { undo: ['chain_fund'] } } as const;
  return goBack(view, leg, leg.fundsInTwo ? { ...back, to: 'created' } : { ...back, to: 'withdrawn', escrow: null });
}

/** Somebody else’s release that is gone: ours, which it had confirmed, did nothing either. From then on it is undone like one of ours. */
function releaseLost(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (!leg.facts.isReleaseLost || release?.state !== 'confirmed') return null;
  const cause = 'a reorganisation took out the transaction of somebody else that had released its escrow';
  return goBack(view, leg, { to: leg.state, cause, kills: release, booking: {} });
}

/** Released, its release undone: in custody again. Null while it was not. */
export const releaseUndone = (view: PaymentView, leg: LegView): Decision | null =>
  releaseLost(view, leg) ??
  (isReleaseUndone(leg)
    ? goBack(view, leg, { to: 'in_custody', cause: why('chain_release'), booking: { undo: ['chain_release'] } })
    : null);

/**
 * A release that nobody has signed yet and that can no longer be: its escrow’s funding was undone, or it has another id now. It gives
 * way, and what is next is decided anew. Null while it can be signed.
 */
export function releaseVoid(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (release?.state !== 'recorded' || !(isFundUndone(leg) || leg.facts.moved)) return null;
  const isFirst = leg.state === 'releasing';
  return goBack(view, leg, {
    to: isFirst ? 'in_custody' : leg.state,
    cause: leg.facts.moved ? 'a reorganisation gave its escrow another id or another end' : why('chain_fund'),
    kills: release,
    // One that is made again is in the books since the first time.
    booking: isFirst ? { void: 'chain_release' } : {},
  });
}

/**
 * A return that nobody has signed yet, of MXNB that are in the escrow again because their release was undone: it would go out of
 * another payment’s. Null while it was not; what was signed ends first, and where the money is then decides.
 */
export function returnVoid(view: PaymentView, leg: LegView): Decision | null {
  const sent = leg.effects.chain_return;
  if (sent?.state !== 'recorded') return null;
  const lost = releaseLost(view, leg);
  if (lost || !isReleaseUndone(leg)) return lost;
  return goBack(view, leg, {
    ...{ to: 'released', cause: why('chain_release'), kills: sent },
    booking: { void: 'chain_return' },
  });
}

/**
 * A release that was undone after its money had gone on, out of what else the wallet had: the leg stays where its money is, and the
 * release is made again once the custody is over, so that the wallet has it back; the books say so already. Where the funding was
 * undone as well, there is nothing to release, and the books forget both. Null while nothing was undone.
 */
export function releasedAgain(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (!release || release.state === 'confirmed') return releaseLost(view, leg);
  if (isLiveEffect(release.state)) return followAgain(view, leg);
  if (!isReleaseUndone(leg)) return null;
  const cause = why('chain_release');
  if (isFundUndone(leg))
    return goBack(view, leg, {
      ...{ to: leg.state, cause, escrow: null },
      booking: { undo: ['chain_fund', 'chain_release'] },
    });
  const stays = trouble(view, leg);
  if (stays) return stays;
  if (leg.facts.moved) return { do: 'rebind', leg, escrow: leg.facts.moved };
  if (release.attempt >= MAX_ATTEMPTS && !release.isNextAllowed)
    return ask(
      leg,
      'attempts_used_up',
      `chain_release came to nothing ${release.attempt} times, though its money went on to Juno: the escrow holds what the wallet lacks. A person decides whether to try again.`,
    );
  const attempt = release.attempt + 1;
  return leaveCustody(view, leg, (early) => ({
    ...{ do: 'record', leg, effect: 'chain_release', attempt, to: leg.state, cause, isBooked: true },
    ...(early ? { early } : {}),
  }));
}

/** A release that is made again, until the RPC itself has it. */
function followAgain(view: PaymentView, leg: LegView): Decision | null {
  const { released, unlocked } = leg.facts;
  const release = leg.effects.chain_release;
  if (!release) return null;
  // How long it has taken is told from the first send: the leg has been where it is for longer.
  if (!released || !unlocked)
    return (
      releaseVoid(view, leg) ??
      releaseTakenBack(view, leg) ??
      underWay(view, leg, release, release.firstSentAt ?? view.now)
    );
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

/** States in which the return was credited, so that a dead one was undone; what took the leg's place begins in the later ones. */
const CREDITED: ReadonlySet<LegState> = new Set(['returned', 'redeeming', 'accrued', 'reserved', 'paying_out']);

/** The return that brought what a leg is paid with: its own, or that of the leg whose place it took, and so on. */
function returnBehind({ legs }: PaymentView, leg: LegView): EffectView | undefined {
  let behind: LegView | undefined = leg;
  for (let steps = 0; behind && steps <= legs.length; steps++) {
    if (behind.effects.chain_return) return behind.effects.chain_return;
    const { replaces }: LegView = behind;
    behind = legs.find(({ id }) => id === replaces);
  }
  return undefined;
}

/**
 * A return that Juno has credited and that a reorganisation undid: Juno's word and the chain's are against each other, and pesos
 * leave on neither, under whatever leg: also one that took the place of the leg, and whatever was paid and came back between. A redemption
 * that was not sent gives way; one that may have been is only looked for. Null while nothing was undone.
 */
export function returnUndone(view: PaymentView, leg: LegView): Decision | null {
  const sent = returnBehind(view, leg);
  if (!CREDITED.has(leg.state) || sent?.state !== 'dead') return null;
  const redemption = leg.effects.juno_redemption;
  if (leg.state === 'redeeming') {
    if (redemption?.state === 'recorded')
      return goBack(view, leg, {
        ...{ to: leg.effects.chain_return ? 'returned' : 'reserved', cause: why('chain_return'), kills: redemption },
        booking: { void: 'juno_redemption' },
      });
    // What has gone on is read to its end.
    return null;
  }
  return (
    trouble(view, leg) ??
    ask(
      leg,
      'return_undone',
      `Juno credited the return ${sent.externalId}, and a reorganisation undid it: the transaction came to nothing in the blocks that took their place, so the MXNB never reached Juno. Nothing is paid and nothing is sent again. Ask Juno’s support whether its credit stands; what they answer is booked by engineering, and until then the leg waits.`,
    )
  );
}

/** Whether a redemption of the leg may be written: not while its return is known to have come to nothing. */
export const isReturned = (view: PaymentView, leg: LegView): boolean => returnBehind(view, leg)?.state !== 'dead';
