/** Who is to be paid what of a payment, told from what was asked for and what people did about it, by no arithmetic of the reactor's. */
import type { Resolution } from '../reactor/disputes/resolve.ts';
import type { RefundWhat } from '../reactor/replace/terms.ts';
import type { Part, Planned } from './population.ts';

/** How a payment ended that did not end as it was asked for. `isCustodyThere`: what was in custody cannot have left it by then. */
export type Ended = Readonly<{
  what: RefundWhat | Resolution | 'settled_outside' | 'cancelled';
  isCustodyThere: boolean;
}>;

/** `to`: an account, or the payer. */
export type Owed = Readonly<{ to: string; amount: bigint }>;
export const TO_PAYER = 'payer';

const WHOLE = 10_000n;
const toItsOwn = ({ clabe, amount }: Part): Owed => ({ to: clabe, amount });
const isSplittable = ({ kind }: Part): boolean => kind !== 'commission';

/**
 * Every way, once, in which a payment may have ended: all of it accounted for, to the centavo, in each of them. There is more than one only where
 * it hangs on the moment what of it had left already: what is paid at once may have, and what is in custody has not.
 */
export function waysOf({ parts }: Pick<Planned, 'parts'>, ended: Ended | undefined): Owed[][] {
  const asAsked = [parts.map(toItsOwn)];
  if (!ended || ended.what === 'settled_outside') return asAsked;
  // Nobody is: what is paid in all the same waits for a person.
  if (ended.what === 'cancelled') return [[]];
  const { what, isCustodyThere } = ended;
  if (typeof what === 'object' && what.outcome === 'recipient') return asAsked;
  // Fees are earned when the custody is released.
  const mustBeThere = ({ kind }: Part): boolean => isCustodyThere && kind !== 'immediate';
  const all = subsetsOf(parts)
    .filter((there) => parts.every((part) => !mustBeThere(part) || there.includes(part)))
    .flatMap((there) => {
      const halves = parts.map((part) => {
        const back = backOf(part, there, what);
        return { part, back, rest: part.amount - back };
      });
      // With nothing of the custody left, nothing says that a fee is earned: people send it back, and with it whatever has not left by then.
      const isUnearned = halves.every(({ part, rest }) => part.kind !== 'custody' || rest === 0n);
      const alsoBack = (kinds: readonly Part['kind'][]) =>
        halves.flatMap(({ part, back, rest }): Owed[] =>
          [
            { to: TO_PAYER, amount: back },
            { to: there.includes(part) && kinds.includes(part.kind) ? TO_PAYER : part.clabe, amount: rest },
          ].filter(({ amount }) => amount > 0n),
        );
      return isUnearned ? [alsoBack(['commission']), alsoBack(['commission', 'immediate'])] : [alsoBack([])];
    });
  return [...new Map(all.map((way) => [inWords(way), way])).values()];
}

/** What of a part goes back, with these parts of the payment still there. */
function backOf(part: Part, there: readonly Part[], what: RefundWhat | Resolution): bigint {
  if (!there.includes(part)) return 0n;
  if (what === 'full') return part.amount;
  if (what === 'custody') return part.kind === 'custody' ? part.amount : 0n;
  if (what.outcome !== 'split') return part.amount;
  if (!isSplittable(part)) return 0n;
  const pot = there.filter(isSplittable).reduce((sum, { amount }) => sum + amount, 0n);
  const share =
    what.payerAmount === undefined
      ? (pot * BigInt(what.payerBasisPoints ?? 0)) / WHOLE
      : BigInt(what.payerAmount.replace('.', ''));
  // Out of what is in custody first.
  const before =
    part.kind === 'custody'
      ? 0n
      : there.reduce((sum, { kind, amount }) => sum + (kind === 'custody' ? amount : 0n), 0n);
  const left = share > before ? share - before : 0n;
  return left < part.amount ? left : part.amount;
}

/** Each choice of some of them, none and all among them. */
const subsetsOf = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: 2 ** items.length }, (_, choice) => items.filter((_item, at) => (choice >> at) % 2 === 1));

/** The same payouts, whatever their order. */
export const isSame = (a: readonly Owed[], b: readonly Owed[]): boolean => inWords(a) === inWords(b);
export const inWords = (all: readonly Owed[]): string =>
  all
    .map(({ to, amount }) => `${to}:${amount}`)
    .sort()
    .join(', ');
