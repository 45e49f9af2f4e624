/** What is, as the alerts are judged by it. */
import type { LegState } from '../payment/states.ts';
import type { BreakerState } from '../rate/state.ts';

export type SeenLeg = Readonly<{
  legId: string;
  paymentId: string;
  kind: string;
  state: LegState;
  centavos: bigint;
  /** In its state; of one in custody since its date. */
  age_s: number;
}>;

/** Null, of any part: it could not be read. What is not known is neither wrong nor well again. */
export type Snapshot = Readonly<{
  /** Legs that nothing holds and no person was asked for, the largest amount times age first; and how long is usual for each kind and state. */
  waiting: Readonly<{ legs: readonly SeenLeg[]; usual_s: ReadonlyMap<string, number> }> | null;
  attention:
    | readonly Readonly<{ legId: string; paymentId: string; code: string; owner: string; text: string }>[]
    | null;
  unknown: readonly Readonly<{ effectId: string; paymentId: string | null; kind: string; age_s: number }>[] | null;
  suspense: readonly Readonly<{ depositId: string; reason: string; centavos: bigint; age_s: number }>[] | null;
  breaks: readonly Readonly<{ kind: string; count: number; oldest_s: number }>[] | null;
  /** Why money is off. */
  lost: string | null;
  /** Whether the database answered that. */
  isLostKnown: boolean;
  automation: Readonly<{
    /** Legs whose time to be looked at passed longer ago than may be. */
    overdue: number;
    /** Loops of this process, and how long ago each had a turn that did not fail. */
    loops: readonly Readonly<{ loop: string; silent_s: number }>[];
  }> | null;
  /** Since when RPC and indexer have not agreed, and what money waits for; null where they agree. */
  chain: Readonly<{ trouble: string; isRpc: boolean; since_s: number; behind_s: number | null }> | 'agreed';
  juno: Readonly<{ breaker: BreakerState; usual_s: number | null }> | null;
  contracts: readonly Readonly<{ address: string; reason: string }>[] | null;
  funds: Readonly<{ gasTransactions: number; floatProofs: number; isAddressProved: boolean }> | null;
  /** Webhooks that nobody took within three days. */
  webhooks: readonly Readonly<{ endpointId: string; failed: number; error: string }>[] | null;
  undelivered: readonly Readonly<{ channel: string; failed: number; error: string }>[] | null;
}>;
