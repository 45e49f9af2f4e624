import { decodeEventLog, type Hex } from 'viem';
import { KUSTODIA_ESCROW_ABI } from './abi/kustodiaEscrow.ts';
import { MXNB_ABI } from './abi/mxnb.ts';
import type { LogContent } from './witness.ts';

/** What a log says of a Transfer of the token; null where it says none. */
export function readTransfer(token: string, log: LogContent) {
  const event = isSame(log.address, token) ? decoded(() => decodeEventLog({ abi: MXNB_ABI, ...raw(log) })) : null;
  return event?.eventName === 'Transfer' ? event.args : null;
}

/** Whether a log is an MXNB transfer of `value` base units between these; a `from` of null is anybody. */
export const isTransfer =
  ({ token, from, to, value }: { token: string; from: string | null; to: string; value: bigint }) =>
  (log: LogContent): boolean => {
    const told = readTransfer(token, log);
    return told !== null && (from === null || isSame(told.from, from)) && isSame(told.to, to) && told.value === value;
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
const isOut = ({ token, escrow }: { token: string; escrow: string }, log: LogContent): boolean => {
  const told = readTransfer(token, log);
  return told !== null && isSame(told.from, escrow) && told.value > 0n;
};

/** Whether a log says that an admin took tokens out: the Transfer after it pays no escrow. */
const isRescue = (escrow: string, { address, ...log }: LogContent): boolean =>
  isSame(address, escrow) &&
  decoded(() => decodeEventLog({ abi: KUSTODIA_ESCROW_ABI, ...raw(log) }))?.eventName === 'TokensRescued';

/** The order in which a contract tells of an end and pays for it: ours always `after` its event, of the predecessor's it is not known. */
export type PaysIn = 'after' | 'either';

/**
 * Whether a log is the Transfer that paid an escrow which ended in this transaction. Each end brings one out of the contract, right beside
 * its event: what else the transaction holds, which may be anybody's, changes nothing.
 */
export const paysFor =
  (want: { token: string; escrow: string; escrowId: bigint; pays: PaysIn }) =>
  (log: LogContent, others: readonly LogContent[]): boolean => {
    const kinds = kindsOf(want, others);
    const at = others.findIndex((one) => endedId(want.escrow, one) === want.escrowId);
    if (at < 0) return false;
    const place = want.pays === 'after' ? at + 1 : besideEnd(kinds, at);
    return place !== null && kinds[place] === 'out' && others[place] === log;
  };

/**
 * Whether a log may be what paid an escrow that ended in this transaction, as far as it tells: tokens leave the contract, no admin took
 * them out, and they paid none of the others that ended. Of ours it stands behind its own end, before the next and before any rescue,
 * whatever else the token writes down between them.
 */
export const mayPayFor =
  (want: Parameters<typeof paysFor>[0]) =>
  (log: LogContent, others: readonly LogContent[]): boolean => {
    const at = others.indexOf(log);
    if (kindsOf(want, others)[at] !== 'out') return false;
    if (want.pays === 'after') {
      const told = others
        .slice(0, at)
        .findLast((one) => endedId(want.escrow, one) !== null || isRescue(want.escrow, one));
      return told !== undefined && endedId(want.escrow, told) === want.escrowId;
    }
    const ended = others.flatMap((one) => endedId(want.escrow, one) ?? []);
    return (
      ended.includes(want.escrowId) &&
      !ended.some((escrowId) => escrowId !== want.escrowId && paysFor({ ...want, escrowId })(log, others))
    );
  };

type Kind = 'end' | 'out' | 'other';

const kindsOf = (want: { token: string; escrow: string }, logs: readonly LogContent[]): Kind[] =>
  logs.map((log, i) => {
    if (endedId(want.escrow, log) !== null) return 'end';
    const before = logs[i - 1];
    return isOut(want, log) && !(before && isRescue(want.escrow, before)) ? 'out' : 'other';
  });

/**
 * Where the Transfer of the end at this place is, before or after it; null where nobody can tell. With one on each side, those tell that
 * follow on one another without a gap: they begin with an event, or with a Transfer. Of an odd number one is of something else, such as
 * the end of an escrow of another token, and may be the first.
 */
function besideEnd(kinds: readonly Kind[], at: number): number | null {
  const sides = [at - 1, at + 1].filter((i) => kinds[i] === 'out');
  if (sides.length < 2) return sides[0] ?? null;
  const goesOn = (one: number, next: number) => kinds[next] === (kinds[one] === 'end' ? 'out' : 'end');
  let [first, last] = [at, at];
  while (goesOn(first, first - 1)) first--;
  while (goesOn(last, last + 1)) last++;
  if ((last - first) % 2 === 0) return null;
  return kinds[first] === 'out' ? at - 1 : at + 1;
}

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
