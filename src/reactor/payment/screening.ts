import type { PaymentView } from './view.ts';

export type Uncleared = PaymentView['uncleared'][number];

const WHY_UNCLEARED = {
  missing: 'no screening of them has been reported',
  listed: 'they are on a blacklist',
  refused: 'their identity check was refused',
  pending: 'their identity check is not finished',
  stale: 'their last screening is too old',
} as const satisfies Record<Uncleared['why'], string>;

/** Why somebody's money may not move, in words that go on a line. Pure. */
export const sentenceOf = ({ userId, why }: Uncleared): string => `user ${userId}: ${WHY_UNCLEARED[why]}`;

/** What people do about it. */
export const toClear = ({ userId, why }: Uncleared): string =>
  why === 'listed' || why === 'refused'
    ? `a person decides what becomes of the money: kustodia user screening ${userId} has what was found`
    : `have them screened, then kustodia user screen ${userId} …`;
