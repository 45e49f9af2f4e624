/** What left for people's accounts, and what came back of it, from the far end alone. Pure. */
import type { BookedEffect, JunoDeposit, JunoFacts } from './facts.ts';

export type Payout = Readonly<{
  /** Juno's transaction id or Bitso's wid. */
  id: string;
  /** All that the far end calls it by. */
  names: readonly string[];
  clabe: string | null;
  centavos: bigint;
  /** The deposit that brought it back, if one did: then its pesos are not out. */
  returnedBy: string | null;
}>;

const isName = (name: string | null): name is string => name !== null && name !== '';

/**
 * Every payout that the far end calls complete. Where Juno does not say whether a redemption went to a bank or to the Bitso
 * balance, what was asked for says it; without that it counts as paid, so that nothing is overlooked.
 */
export function payoutsOf(juno: JunoFacts, effects: readonly BookedEffect[]): Payout[] {
  const asked = new Map(effects.flatMap((effect) => (effect.externalId ? [[effect.externalId, effect] as const] : [])));
  const redeemed = juno.transactions.filter(
    ({ id, type, fate, isToBitso }) =>
      type === 'REDEMPTION' && fate === 'complete' && !(isToBitso ?? asked.get(id)?.isToBitso ?? false),
  );
  const out = [
    ...redeemed.map(({ id, clabe, centavos, trackingKey }) => ({ id, clabe, centavos, names: [id, trackingKey] })),
    ...juno.withdrawals
      .filter(({ fate }) => fate === 'complete')
      .map(({ id, clabe, centavos, originId, trackingKey }) => ({
        id,
        clabe,
        centavos,
        names: [id, originId, trackingKey],
      })),
  ].map((one) => ({ ...one, centavos: one.centavos ?? 0n, names: one.names.filter(isName) }));
  const returned = returnsOf(out, juno.deposits);
  return out.map((payout) => ({ ...payout, returnedBy: returned.get(payout.id) ?? null }));
}

type Sent = Omit<Payout, 'returnedBy'>;

/** Which deposit brought which payout back: the named ones first, then by account and amount, each once. */
function returnsOf(sent: readonly Sent[], deposits: readonly JunoDeposit[]): Map<string, string> {
  const found = new Map<string, string>();
  const returns = deposits.filter(({ isReturn, fate }) => isReturn && fate === 'complete');
  const take = (deposit: JunoDeposit, fits: (payout: Sent) => boolean): boolean => {
    const payout = sent.find((one) => one.centavos === deposit.centavos && !found.has(one.id) && fits(one));
    if (payout) found.set(payout.id, deposit.id);
    return payout !== undefined;
  };
  const unnamed = returns.filter(
    (deposit) => !take(deposit, ({ names }) => names.some((n) => deposit.returnOf.includes(n))),
  );
  for (const deposit of unnamed)
    take(deposit, ({ clabe }) => clabe === null || deposit.senderClabe === null || shows(deposit.senderClabe, clabe));
  return found;
}

/** Whether an account, masked by asterisks or not, can be this one. */
const shows = (shown: string, clabe: string): boolean =>
  shown.length === clabe.length && [...shown].every((digit, at) => digit === '*' || digit === clabe[at]);
