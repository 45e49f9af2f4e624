/**
 * MXNB of a leg that lie in a bridge wallet of before. What is in today's is other payments' then, and nothing is spent from it for the
 * leg until two people record that as much came from there to today's (`wallet/carry-over.ts`). Pure.
 */
import type { EffectKind, EffectState } from '../effects/states.ts';
import { ask } from './decisions.ts';
import type { LegState } from './states.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

/** Of a leg: what says where its MXNB are. */
type Place = Readonly<{ state: LegState; escrowId: bigint | null }>;
/** What was claimed for a leg, as the database has it. */
type Claimed = Readonly<{ source: string; id: string; detail: unknown; claimedAt: number }>;
type Wallets = Readonly<{ bridge: string; bridgesBefore: readonly string[] }>;

const IN_WALLET: ReadonlySet<LegState> = new Set(['withdrawn', 'creating', 'created', 'released']);
/** States in which a call takes them out of the wallet: until it is signed they are in it. */
const LEAVES_BY: Partial<Record<LegState, EffectKind>> = { funding: 'chain_fund', returning: 'chain_return' };
const AFTER_ESCROW: ReadonlySet<LegState> = new Set(['released', 'returning']);

/** States in which MXNB of a leg may be in a wallet of ours. */
export const MAY_LIE_IN_WALLET: readonly LegState[] = [...IN_WALLET, 'funding', 'returning'];
/** What spends from the wallet, or leads to nothing but that. */
export const SPENDS: ReadonlySet<EffectKind> = new Set(['chain_create', 'chain_fund', 'chain_return']);

/** Whether the MXNB of a leg are in a wallet of ours now; `stateOf`: of the newest attempt of a kind. */
export function liesInWallet(state: LegState, stateOf: (kind: EffectKind) => EffectState | undefined): boolean {
  const kind = LEAVES_BY[state];
  return IN_WALLET.has(state) || (kind !== undefined && stateOf(kind) === 'recorded');
}

/**
 * The wallet that a leg's MXNB are in while they are in one: that of the transfer that brought them, or the one that two people have
 * carried them over to since. A claim of before wallets were noted is of the first wallet that the settings name, so that where there
 * was a change, people are asked.
 */
export function walletOf(place: Place, claims: readonly Claimed[], wallets: Wallets): string {
  const brought = broughtBy(place, claims);
  const carried = newest(
    claims.filter(({ source, detail }) => source === 'carried' && read(detail).claim === (brought?.id ?? NO_CLAIM)),
  );
  return read(carried?.detail).to ?? read(brought?.detail).bridge ?? wallets.bridgesBefore[0] ?? wallets.bridge;
}

/** In the place of a claim that is missing. */
export const NO_CLAIM = 'none';

/** The claim of the transfer that brought a leg's MXNB to the wallet. */
export function broughtBy({ state, escrowId }: Place, claims: readonly Claimed[]): Claimed | undefined {
  const as = escrowId !== null && AFTER_ESCROW.has(state) ? 'unlocked' : 'arrival';
  return newest(claims.filter(({ source, detail }) => source === 'chain' && read(detail).as === as));
}

/**
 * So many units still have to come to today's wallet before what lies in a former one may be spent there: all that was ever brought has
 * to cover all that was ever carried over, and what lies there now. What came too many counts the next time.
 */
export function shortOf({ lies, carried, brought }: Readonly<Record<'lies' | 'carried' | 'brought', bigint>>): bigint {
  const short = lies + carried - brought;
  return short > 0n ? short : 0n;
}

/** The decision, unless it would spend from today's wallet what is in another. */
export function fromTodaysWallet(view: PaymentView, leg: LegView, next: Decision): Decision {
  const { formerWallet } = leg.facts;
  if (formerWallet === undefined) return next;
  const isBegun = next.do === 'record' && SPENDS.has(next.effect);
  const isUnsigned = LEAVES_BY[leg.state] !== undefined && (next.do === 'wait' || next.do === 'ask');
  if (!isBegun && !isUnsigned) return next;
  return ask(
    leg,
    'money_in_former_wallet',
    `The MXNB of payment ${view.payment.id} are in ${formerWallet}, which is not the bridge wallet any more. What is in today’s is other payments’, so nothing is sent for this one, and it goes on by itself once as much is brought over and two people have recorded it. kustodia wallet former tells how much lies there; move it to today’s wallet, or if that key is stolen, send as much of Kustodia’s own; then kustodia wallet carry-over ${formerWallet} --tx HASH --reason …`,
  );
}

/** Every detail of a claim was written by this release or one before it, each with some of these. */
const read = (detail: unknown) => (detail ?? {}) as { as?: string; bridge?: string; claim?: string; to?: string };

const newest = (claims: readonly Claimed[]): Claimed | undefined =>
  claims.reduce<Claimed | undefined>((last, one) => (last && last.claimedAt > one.claimedAt ? last : one), undefined);
