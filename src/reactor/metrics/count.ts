/** What a batch of moves changes in the tally. Pure. */
import { type LegState, type PaymentKind, paymentStatus } from '../payment/states.ts';
import { STAY_BOUNDS_S, withinBounds } from './stay.ts';

export type News = Readonly<{
  subject: 'leg' | 'effect';
  owner: string;
  item: string;
  kind: string;
  fromState: string | null;
  toState: string;
  amount: bigint;
  stayed_s: number | null;
}>;

/** A payment as it is once all of the batch has happened. */
export type Counted = Readonly<{ id: string; kind: PaymentKind; legs: readonly { id: string; state: LegState }[] }>;

export type Change = {
  readonly subject: 'payment' | 'leg' | 'effect';
  readonly kind: string;
  readonly state: string;
  present: number;
  amount: bigint;
  entered: number;
  left: number;
  stayed_s: number;
  readonly within: number[];
};

/**
 * The sum of the changes, one for each subject, kind and state. `news` is in the order in which it happened and holds all that is not
 * counted yet of each payment in it, so that what a leg was before is what its first move left.
 */
export function countMoves(news: readonly News[], payments: readonly Counted[]): Change[] {
  const changes = new Map<string, Change>();
  const of = (subject: Change['subject'], kind: string, state: string): Change => {
    const key = `${subject} ${kind} ${state}`;
    const found = changes.get(key);
    if (found) return found;
    const none = { present: 0, amount: 0n, entered: 0, left: 0, stayed_s: 0 };
    const made: Change = { subject, kind, state, ...none, within: STAY_BOUNDS_S.map(() => 0) };
    changes.set(key, made);
    return made;
  };

  const before = new Map<string, string | null>();
  for (const { subject, item, kind, fromState, toState, amount, stayed_s } of news) {
    const to = of(subject, kind, toState);
    to.entered += 1;
    // An effect is counted by what became of it: how many are under way is read off their index.
    if (subject === 'effect') continue;
    to.present += 1;
    to.amount += amount;
    if (!before.has(item)) before.set(item, fromState);
    if (fromState === null) continue;
    const from = of(subject, kind, fromState);
    from.present -= 1;
    from.amount -= amount;
    from.left += 1;
    from.stayed_s += stayed_s ?? 0;
    withinBounds(stayed_s ?? 0).forEach((n, i) => {
      from.within[i] = (from.within[i] ?? 0) + n;
    });
  }

  for (const { kind, legs } of payments) {
    const was = legs.flatMap(({ id, state }) => {
      const earlier = before.has(id) ? before.get(id) : state;
      return earlier ? [{ state: earlier as LegState, attention: null }] : [];
    });
    const is = legs.map(({ state }) => ({ state, attention: null }));
    const [from, to] = [was.length > 0 ? paymentStatus(was, false) : null, paymentStatus(is, false)];
    if (from === to) continue;
    if (from !== null) of('payment', kind, from).present -= 1;
    const now = of('payment', kind, to);
    now.present += 1;
    now.entered += 1;
  }
  return [...changes.values()];
}
