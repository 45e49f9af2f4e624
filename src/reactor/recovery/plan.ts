/** Which leg's each act outside was. Pure: no input or output, clock or randomness. */
import type { EffectKind, EffectState } from '../effects/states.ts';
import type { LegKind, LegState, Rail } from '../payment/states.ts';

/** A leg that is not at its end, with what the chain shows of its escrow. */
export type PlannedLeg = Readonly<{
  id: string;
  paymentId: string;
  kind: LegKind;
  state: LegState;
  rail: Rail;
  centavos: bigint;
  reference: string;
  /** Null before there is one, or while none is known here. */
  contract: string | null;
  escrowId: bigint | null;
  escrow: 'none' | 'funded' | 'released';
  clabe: string;
  /** Juno's id of the payout account. */
  accountId: string | null;
  createdAt: Date;
  /** The state of the newest attempt of each kind. */
  newest: Partial<Record<EffectKind, EffectState>>;
}>;

export type PlannedAct =
  | { key: string; is: 'withdrawal'; centavos: bigint }
  | { key: string; is: 'redemption'; centavos: bigint; clabe: string | null; raw: string }
  | { key: string; is: 'bitso_payout'; legId: string }
  | { key: string; is: 'fund'; reference: string; units: bigint }
  | { key: string; is: 'create'; contract: string; reference: string; units: bigint; escrowId: bigint }
  | { key: string; is: 'fund_made'; contract: string; escrowId: bigint }
  | { key: string; is: 'release'; contract: string; escrowId: bigint }
  | { key: string; is: 'return'; units: bigint };

export type Assigned = Readonly<{ key: string; legId: string; paymentId: string; kind: EffectKind }>;

const UNITS_PER_CENTAVO = 10_000n;
const RANK = { none: 0, funded: 1, released: 2 } as const;
const BEFORE_WITHDRAWAL: ReadonlySet<LegState> = new Set(['requested', 'deposited', 'withdrawing']);
const UNTIL_RELEASE: ReadonlySet<LegState> = new Set([
  ...BEFORE_WITHDRAWAL,
  'withdrawn',
  'creating',
  'created',
  'funding',
  'in_custody',
  'releasing',
]);

/**
 * Gives each act to the leg whose act it was. What names its leg (a reference, an escrow id, a derived key) goes there; what does
 * not goes by exact amount and account to the legs that could have made it, those first that the chain shows to be furthest. Among
 * equal legs equal acts are interchangeable. What is left is nobody's here.
 */
export function assignActs(
  acts: readonly PlannedAct[],
  legs: readonly PlannedLeg[],
): { assigned: Assigned[]; left: string[] } {
  const free = new Map(acts.map((act) => [act.key, act]));
  const assigned: Assigned[] = [];
  const take = (leg: PlannedLeg, kind: EffectKind, fits: (act: PlannedAct) => boolean): PlannedAct | null => {
    if (!isMissing(leg.newest[kind])) return null;
    const act = [...free.values()].find(fits);
    if (!act) return null;
    free.delete(act.key);
    assigned.push({ key: act.key, legId: leg.id, paymentId: leg.paymentId, kind });
    return act;
  };
  /** Of several escrows under one reference, the leg's is the one that was funded, else the last one that was made. */
  const takeCreation = (leg: PlannedLeg, units: bigint): Escrow | null => {
    const made = [...free.values()].filter(
      (a) => a.is === 'create' && a.reference === leg.reference && a.units === units,
    );
    const isFunded = (a: PlannedAct) => [...free.values()].some((f) => f.is === 'fund_made' && isOf(f, a));
    const chosen = made.find(isFunded) ?? made.at(-1);
    const act = chosen ? take(leg, 'chain_create', (a) => a === chosen) : null;
    return act?.is === 'create' ? act : null;
  };
  const furthestFirst = [...legs].sort(
    (a, b) =>
      RANK[b.escrow] - RANK[a.escrow] || a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1),
  );
  for (const leg of furthestFirst) {
    const { centavos, state, reference, contract, escrowId } = leg;
    const units = centavos * UNITS_PER_CENTAVO;
    let isBack = leg.kind !== 'custody' || !UNTIL_RELEASE.has(state);
    if (leg.kind === 'custody') {
      if (BEFORE_WITHDRAWAL.has(state))
        take(leg, 'juno_withdrawal', (a) => a.is === 'withdrawal' && a.centavos === centavos);
      const own = takeCreation(leg, units) ?? { contract, escrowId };
      take(
        leg,
        'chain_fund',
        (a) =>
          (a.is === 'fund' && a.reference === reference && a.units === units) || (a.is === 'fund_made' && isOf(a, own)),
      );
      take(leg, 'chain_release', (a) => a.is === 'release' && isOf(a, own));
      if (leg.escrow === 'released' || state === 'released' || state === 'returning')
        isBack =
          take(leg, 'chain_return', (a) => a.is === 'return' && a.units === units) !== null ||
          isBack ||
          leg.newest.chain_return !== undefined;
    }
    if (isBack) take(leg, 'juno_redemption', (a) => a.is === 'redemption' && a.centavos === centavos && goesTo(leg, a));
    take(leg, 'bitso_payout', (a) => a.is === 'bitso_payout' && a.legId === leg.id);
  }
  return { assigned, left: [...free.keys()] };
}

type Escrow = Readonly<{ contract: string | null; escrowId: bigint | null }>;
const isOf = (act: Escrow, other: PlannedAct | Escrow): boolean =>
  'contract' in other && act.contract === other.contract && act.escrowId === other.escrowId;

/** A redemption names its account by CLABE or by Juno's id of it; one to the Bitso balance says so. What says neither proves nothing. */
export const goesTo = (
  leg: Pick<PlannedLeg, 'rail' | 'clabe' | 'accountId'>,
  { clabe, raw }: Readonly<{ clabe: string | null; raw: string }>,
): boolean => {
  if (leg.rail !== 'bank_redemption') return clabe === null && raw.includes('BITSO_TRANSFER');
  return clabe === null ? leg.accountId !== null && raw.includes(leg.accountId) : clabe === leg.clabe;
};

/** Nothing here can have made the act: there is no attempt, it was never sent, or it came to nothing. */
const isMissing = (state: EffectState | undefined): boolean =>
  state === undefined || state === 'recorded' || state === 'dead' || state === 'rejected';
