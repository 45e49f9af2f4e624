/** What a decision of a dispute gives back to the payer, to the centavo. Pure. */
import { centavos, type Money, sum } from '../../money/money.ts';
import type { DisputeOutcome } from './disputed.ts';
import type { LegKind } from './states.ts';

export type Part = Readonly<{ id: string; kind: LegKind; amount: Money<'MXN'> }>;
export type Decided = Readonly<{
  outcome: DisputeOutcome;
  /** Of a split, the payer's part: the one or the other. */
  payerBasisPoints: number | null;
  payerAmount: Money<'MXN'> | null;
}>;
const WHOLE = 10_000n;

/** What a split is of: the recipient's own money. Fees are earned, or go back where all of it does. */
const isSplittable = ({ kind }: Part): boolean => kind === 'custody' || kind === 'immediate';

export const splittable = (parts: readonly Part[]): Money<'MXN'> =>
  sum(
    'MXN',
    parts.filter(isSplittable).map(({ amount }) => amount),
  );

/**
 * How much of each part that has not left goes back to the payer; what is in custody first. A share is rounded down to the centavo, and
 * never more than is there: what is left over is the recipient's.
 */
export function sharesOf(
  { outcome, payerBasisPoints, payerAmount }: Decided,
  parts: readonly Part[],
): { id: string; amount: Money<'MXN'> }[] {
  if (outcome === 'recipient') return [];
  if (outcome === 'payer') return parts.map(({ id, amount }) => ({ id, amount }));
  let left = payerAmount?.units ?? (splittable(parts).units * BigInt(payerBasisPoints ?? 0)) / WHOLE;
  const custodyFirst = (a: Part, b: Part) => Number(b.kind === 'custody') - Number(a.kind === 'custody');
  const shares: { id: string; amount: Money<'MXN'> }[] = [];
  for (const { id, amount } of parts.filter(isSplittable).sort(custodyFirst)) {
    const taken = left < amount.units ? left : amount.units;
    left -= taken;
    if (taken > 0n) shares.push({ id, amount: centavos(taken) });
  }
  return shares;
}
