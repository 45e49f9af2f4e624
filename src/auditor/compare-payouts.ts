/** Who was owed what, who got what, and where the pesos are that came in. Pure. */
import { maskClabe } from '../money/clabe.ts';
import { centavos } from '../money/money.ts';
import type { BookedLeg, Books, JunoFacts } from './facts.ts';
import { type Finding, finding, pesos } from './findings.ts';
import { type Payout, payoutsOf } from './payouts.ts';

const ENDED_UNPAID = new Set(['expired', 'replaced', 'closed']);
/** A leg in one of these is owed nothing (more) by a payout of its own. */
const OWED_NOTHING = new Set(['requested', ...ENDED_UNPAID, 'accrued']);
/** While a leg is in one of these, its pesos may be on either side of the payout. */
const LEAVING = new Set(['redeeming', 'paying_out']);

/** The payouts of each leg whose effect the far end's own names say that they are; those of none under ''. */
function joinPayouts(juno: JunoFacts, books: Books): ReadonlyMap<string, readonly Payout[]> {
  const payouts = payoutsOf(juno, books.effects);
  const legs = new Map<string, string>();
  for (const { legId, kind, key, externalId } of books.effects) {
    if (legId === null || (kind !== 'juno_redemption' && kind !== 'bitso_payout')) continue;
    if (externalId) legs.set(externalId, legId);
    // Only Bitso is given our key as its own name.
    if (kind === 'bitso_payout') legs.set(key, legId);
  }
  return Map.groupBy(payouts, ({ names }) => names.flatMap((name) => legs.get(name) ?? [])[0] ?? '');
}

/** Payouts that nobody is owed, or that went elsewhere, or twice; legs said to be paid that are not. */
export function comparePayouts(juno: JunoFacts, books: Books): Finding[] {
  const ofLeg = joinPayouts(juno, books);
  const legs = new Map(books.legs.map((leg) => [leg.id, leg]));
  const number = numbersOf(books);
  const claimed = new Set(books.evidence.flatMap((e) => (e.source === 'juno_deposit' ? [e.externalId] : [])));
  const found: Finding[] = [];
  const add = (...all: Finding[]) => found.push(...all);
  const standing = (all: readonly Payout[]) => all.filter(({ returnedBy }) => returnedBy === null);

  for (const [legId, all] of ofLeg) {
    const leg = legs.get(legId);
    if (!leg) continue;
    const payment = number(leg.paymentId);
    for (const { id, clabe, centavos: paid } of all)
      if (paid !== leg.centavos || (clabe !== null && leg.clabe !== null && clabe !== leg.clabe))
        add(
          finding('payout_differs', {
            payment,
            amount: centavos(paid),
            evidence: [id, leg.id],
            what: `${pesos(paid)} went to ${shown(clabe)}; the leg owes ${pesos(leg.centavos)} to ${shown(leg.clabe)}.`,
          }),
        );
    if (standing(all).length > 1)
      add(
        finding('paid_twice', {
          payment,
          amount: centavos(leg.centavos * BigInt(standing(all).length - 1)),
          evidence: [...standing(all).map(({ id }) => id), leg.id],
          what: `One leg was paid ${standing(all).length} times.`,
        }),
      );
    // Others pay in its place, or a person did: whatever it had paid must have come back.
    const back = books.evidence.filter(({ subjectId, isReturn }) => isReturn && subjectId === legId).length;
    if (ENDED_UNPAID.has(leg.state) && all.length > back)
      add(
        finding('paid_twice', {
          payment,
          amount: centavos(leg.centavos * BigInt(all.length - back)),
          evidence: [...all.map(({ id }) => id), leg.id],
          what: `The leg is ${leg.state}, so that it is paid otherwise, and ${all.length} payouts left for it, of which ${back} came back.`,
        }),
      );
  }

  // Those that no name joins: a lost answer, which a leg that waits for it explains, or nobody's.
  const owed = books.legs.filter((leg) => isOwed(leg));
  const free = owed.filter((leg) => LEAVING.has(leg.state) && !ofLeg.has(leg.id));
  for (const payout of standing(ofLeg.get('') ?? [])) {
    const at = free.findIndex((leg) => leg.centavos === payout.centavos && (payout.clabe ?? leg.clabe) === leg.clabe);
    if (at >= 0) {
      free.splice(at, 1);
      continue;
    }
    const same = owed.filter((leg) => leg.centavos === payout.centavos && leg.clabe === payout.clabe);
    add(
      finding(same.length > 0 ? 'paid_twice' : 'payout_unowed', {
        payment: same[0] && number(same[0].paymentId),
        amount: centavos(payout.centavos),
        evidence: [payout.id],
        what: `${pesos(payout.centavos)} left for ${shown(payout.clabe)}, ${same.length > 0 ? 'beyond what legs of that account and amount are owed' : 'and no leg owes it'}.`,
      }),
    );
  }

  for (const leg of books.legs.filter(({ state }) => state === 'completed')) {
    if (leg.settledBy !== null && isSettled(legs.get(leg.settledBy)?.paymentId, books)) continue;
    const own = ofLeg.get(leg.id) ?? [];
    if (standing(own).length > 0 || own.some(({ returnedBy }) => returnedBy !== null && !claimed.has(returnedBy)))
      continue;
    add(
      finding('completed_unpaid', {
        payment: number(leg.paymentId),
        amount: centavos(leg.centavos),
        evidence: [leg.id, ...own.map(({ id }) => id)],
        what: `The leg is said to be completed, and the far end shows no payout of ${pesos(leg.centavos)} to ${shown(leg.clabe)} for it.`,
      }),
    );
  }
  return found;
}

const shown = (clabe: string | null): string => (clabe === null ? 'an account not shown' : maskClabe(clabe));

const isOwed = ({ state, settledBy }: BookedLeg): boolean => !OWED_NOTHING.has(state) && settledBy === null;

/** Whether a settlement is paid: by each of its legs that no other one replaced. */
function isSettled(paymentId: string | undefined, books: Books): boolean {
  const paying = books.legs.filter(
    (leg) => leg.paymentId === paymentId && (leg.isSettledOutside || !ENDED_UNPAID.has(leg.state)),
  );
  return paying.length > 0 && paying.every(({ state, isSettledOutside }) => isSettledOutside || state === 'completed');
}

/** The numbers by which people know the payments. */
export function numbersOf({ payments }: Books): (paymentId: string) => number | null {
  const numbers = new Map(payments.map(({ id, number }) => [id, number]));
  return (paymentId) => numbers.get(paymentId) ?? null;
}

/** Every peso that came in is paid, owed, or in suspense; what it is while it leaves, nobody can say. */
export function comparePesos(juno: JunoFacts, books: Books): Finding[] {
  const ofLeg = joinPayouts(juno, books);
  const number = numbersOf(books);
  const deposits = new Map(juno.deposits.map((deposit) => [deposit.id, deposit]));
  const legs = new Map(books.legs.map((leg) => [leg.id, leg]));
  const claims = new Map(
    books.evidence.flatMap((e) => (e.source === 'juno_deposit' ? [[e.externalId, e] as const] : [])),
  );
  const found: Finding[] = [];

  for (const deposit of juno.deposits) {
    if (deposit.fate !== 'complete' || claims.has(deposit.id)) continue;
    found.push(
      finding('deposit_unclaimed', {
        amount: centavos(deposit.centavos),
        evidence: [deposit.id],
        what: `${pesos(deposit.centavos)} came in at ${maskClabe(deposit.clabe)}${deposit.isReturn ? ' as a payout that came back' : ''}, and neither a payment nor suspense has them.`,
      }),
    );
  }

  const came = new Map<string, bigint>();
  const bring = (paymentId: string, amount: bigint) => came.set(paymentId, (came.get(paymentId) ?? 0n) + amount);
  for (const [id, claim] of claims) {
    if (claim.subjectKind === 'payment') bring(claim.subjectId, deposits.get(id)?.centavos ?? 0n);
  }
  for (const { paymentId, centavos: part } of books.parts) bring(paymentId, part);
  for (const leg of books.legs) {
    const settlement = leg.settledBy === null ? undefined : legs.get(leg.settledBy);
    if (settlement) bring(settlement.paymentId, leg.centavos);
  }

  const owed = new Map<string, bigint>();
  for (const { account, owner, posted, pending } of books.postings)
    if (account === 'liability' || account === 'commission' || account === 'paying_out')
      owed.set(owner, (owed.get(owner) ?? 0n) - posted - pending);
  const byPayment = Map.groupBy(books.legs, ({ paymentId }) => paymentId);
  for (const { id } of books.payments) {
    const own = byPayment.get(id) ?? [];
    const all = own.flatMap((leg) => ofLeg.get(leg.id) ?? []);
    const isUnseen = all.some(({ returnedBy }) => returnedBy !== null && !claims.has(returnedBy));
    if (isUnseen || own.some(({ state }) => LEAVING.has(state))) continue;
    const paid = all.reduce((sum, one) => sum + (one.returnedBy === null ? one.centavos : 0n), 0n);
    const accrued = own.reduce(
      (sum, leg) => sum + (leg.state === 'accrued' || leg.settledBy !== null ? leg.centavos : 0n),
      0n,
    );
    const byHand = own.reduce((sum, leg) => sum + (leg.isSettledOutside ? leg.centavos : 0n), 0n);
    const missing = (came.get(id) ?? 0n) - paid - accrued - byHand - (owed.get(id) ?? 0n);
    if (missing === 0n) continue;
    found.push(
      finding('pesos_missing', {
        payment: number(id),
        amount: centavos(missing),
        evidence: [id],
        what: `${pesos(came.get(id) ?? 0n)} came in for it, ${pesos(paid)} are paid and ${pesos(accrued + (owed.get(id) ?? 0n))} are owed: ${pesos(missing)} ${missing > 0n ? 'are nowhere' : 'came from nowhere'}.`,
      }),
    );
  }
  return [...found, ...compareSuspense(juno, books)];
}

function compareSuspense(juno: JunoFacts, books: Books): Finding[] {
  const deposits = new Map(juno.deposits.map((deposit) => [deposit.id, deposit]));
  const open = books.suspense.filter(({ isOpen }) => isOpen);
  const held = open.reduce((sum, item) => sum + item.centavos, 0n);
  const booked = books.postings.reduce((sum, b) => sum - (b.account === 'suspense' ? b.posted + b.pending : 0n), 0n);
  const differing = books.suspense.filter((item) => deposits.get(item.depositId)?.centavos !== item.centavos);
  return [
    ...differing.map((item) =>
      finding('suspense_differs', {
        amount: centavos(item.centavos),
        evidence: [item.depositId],
        what: `Suspense holds ${pesos(item.centavos)} of a deposit of which Juno shows ${pesos(deposits.get(item.depositId)?.centavos ?? 0n)}.`,
      }),
    ),
    ...(held === booked
      ? []
      : [
          finding('suspense_differs', {
            amount: centavos(held - booked),
            evidence: open.map(({ depositId }) => depositId),
            what: `${pesos(held)} are in suspense, and the ledger says ${pesos(booked)}.`,
          }),
        ]),
  ];
}
