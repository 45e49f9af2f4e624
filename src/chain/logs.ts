import { decodeEventLog, type Hex } from 'viem';
import { KUSTODIA_ESCROW_ABI } from './abi/kustodiaEscrow.ts';
import { MXNB_ABI } from './abi/mxnb.ts';
import type { LogContent } from './witness.ts';

/** Whether a log is an MXNB transfer of `value` base units between these; a `from` of null is anybody. */
export const isTransfer =
  ({ token, from, to, value }: { token: string; from: string | null; to: string; value: bigint }) =>
  (log: LogContent): boolean => {
    if (!isSame(log.address, token)) return false;
    const event = decoded(() => decodeEventLog({ abi: MXNB_ABI, ...raw(log) }));
    if (event?.eventName !== 'Transfer') return false;
    const { args } = event;
    return (from === null || isSame(args.from, from)) && isSame(args.to, to) && args.value === value;
  };

const NAMES = {
  funded: 'EscrowFunded',
  disputed: 'EscrowDisputed',
  dispute_resolved: 'EscrowDisputeResolved',
  released: 'EscrowReleased',
  cancelled: 'EscrowCancelled',
} as const;
export type EscrowLogKind = keyof typeof NAMES;
export const isLogKind = (kind: string): kind is EscrowLogKind => Object.hasOwn(NAMES, kind);

/** Whether a log is one of these changes of this escrow, in a contract of any version: the events of all are the same; `amount`, in base units, is that of a funding. */
export const isEscrowChange =
  (want: { escrow: string; kinds: readonly EscrowLogKind[]; escrowId: bigint; amount: bigint | null }) =>
  (log: LogContent): boolean => {
    if (!isSame(log.address, want.escrow)) return false;
    const event = decoded(() => decodeEventLog({ abi: KUSTODIA_ESCROW_ABI, ...raw(log) }));
    if (!event || !want.kinds.some((kind) => NAMES[kind] === event.eventName)) return false;
    if (!('escrowId' in event.args) || event.args.escrowId !== want.escrowId) return false;
    return want.amount === null || ('amount' in event.args && event.args.amount === want.amount);
  };

/** The id of the escrow that a log says was made under this reference, of so many base units; null for any other log. */
export const createdId =
  (want: { escrow: string; reference: string; units: bigint }) =>
  (log: LogContent): bigint | null => {
    if (!isSame(log.address, want.escrow)) return null;
    const event = decoded(() => decodeEventLog({ abi: KUSTODIA_ESCROW_ABI, ...raw(log) }));
    if (event?.eventName !== 'EscrowCreated') return null;
    const { escrowId, clabe, amount } = event.args;
    return clabe === want.reference && amount === want.units ? escrowId : null;
  };

/** The id of the escrow of this contract that a log says ended; null for any other log. */
const endedId = (escrow: string, { address, ...log }: LogContent): bigint | null => {
  const event = isSame(address, escrow)
    ? decoded(() => decodeEventLog({ abi: KUSTODIA_ESCROW_ABI, ...raw(log) }))
    : null;
  return event?.eventName === 'EscrowReleased' || event?.eventName === 'EscrowCancelled' ? event.args.escrowId : null;
};

/** Whether a log is a Transfer of the token from this contract, to whomever. One of nothing anybody can make, without an allowance. */
const isOut = ({ token, escrow }: { token: string; escrow: string }, { address, ...log }: LogContent): boolean => {
  const event = isSame(address, token) ? decoded(() => decodeEventLog({ abi: MXNB_ABI, ...raw(log) })) : null;
  return event?.eventName === 'Transfer' && isSame(event.args.from, escrow) && event.args.value > 0n;
};

/** Whether a log says that an admin took tokens out: the Transfer after it pays no escrow. */
const isRescue = (escrow: string, { address, ...log }: LogContent): boolean =>
  isSame(address, escrow) &&
  decoded(() => decodeEventLog({ abi: KUSTODIA_ESCROW_ABI, ...raw(log) }))?.eventName === 'TokensRescued';

/**
 * Whether a log is the Transfer that paid an escrow which ended in this transaction. Each end brings one out of the contract, right beside
 * its event: with ours after it, with others before it. Which it is, the logs tell that follow on one another without a gap: they
 * begin with an event, or with a Transfer. What else the transaction holds, which may be anybody's, changes nothing.
 */
export const paysFor =
  (want: { token: string; escrow: string; escrowId: bigint }) =>
  (log: LogContent, others: readonly LogContent[]): boolean => {
    const kinds = others.map((one, i) => {
      if (endedId(want.escrow, one) !== null) return 'end';
      const before = others[i - 1];
      return isOut(want, one) && !(before && isRescue(want.escrow, before)) ? 'out' : 'other';
    });
    const at = others.findIndex((one) => endedId(want.escrow, one) === want.escrowId);
    if (at < 0) return false;
    const first = kinds.slice(0, at).findLastIndex((kind, i) => kind === 'other' || kind === kinds[i + 1]) + 1;
    const place = kinds[first] === 'out' ? at - 1 : at + 1;
    return kinds[place] === 'out' && others[place] === log;
  };

/** Whether a log is the Transfer that brought what this very escrow held: one transaction may end several of one amount. */
export const paidTo = (want: Parameters<typeof paysFor>[0] & { to: string; value: bigint }) => {
  const [isIt, isOfIt] = [isTransfer({ ...want, from: want.escrow }), paysFor(want)];
  return (log: LogContent, others: readonly LogContent[]): boolean => isIt(log) && isOfIt(log, others);
};

const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

const raw = ({ topics, data }: Pick<LogContent, 'topics' | 'data'>) => ({
  topics: [...topics] as [Hex, ...Hex[]],
  data,
});

/** Undefined where the log is of no event of this contract. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
