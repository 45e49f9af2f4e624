/** What is put around the doors of a process so that what goes through them for a payment is a span of its trace. */
import type { Transport } from 'viem';
import type { JunoCallLine } from '../../juno/client.ts';
import { type Traced, workHere } from '../work.ts';

/** A call to Juno or Bitso that is over: by its route, with what varies left out. */
export function traceCall({ tracer }: Traced, { endpoint, httpStatus, duration_ms, outcome }: JunoCallLine): void {
  const from = new Date(Date.now() - duration_ms);
  tracer?.past(`rail ${endpoint}`, workHere(), { from, took_ms: duration_ms }, { outcome, status: httpStatus ?? 0 });
}

/** Questions to the RPC, and what is handed to it. */
export const traceTransport =
  ({ tracer }: Traced, transport: Transport): Transport =>
  (options) => {
    const carried = transport(options);
    if (!tracer) return carried;
    const request: typeof carried.request = async (asked, ...rest) => {
      const { method } = asked as { method: string };
      // The types of what each method answers go through as they are.
      return (await tracer.span(`rpc ${method}`, workHere(), () => carried.request(asked, ...rest))) as never;
    };
    return { ...carried, request };
  };
