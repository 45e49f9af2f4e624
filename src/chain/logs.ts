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

const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

const raw = ({ topics, data }: LogContent) => ({ topics: [...topics] as [Hex, ...Hex[]], data });

/** Undefined where the log is of no event of this contract. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
