import { UNITS_PER_CENTAVO } from './amounts.ts';
import type { SandboxContext } from './context.ts';
import { type Faults, saidOf } from './faults.ts';
import type { Outbox, PayoutKind, SpeiOrder, SpeiReturn } from './outbox.ts';

const USUAL_TYPE = 17;

/** Payouts that completed and whose bank sends them back, days later or at once. */
export function openReturns({ run, sleep, switches }: SandboxContext, faults: Faults, outbox: Outbox) {
  /** As what the money shows and comes back, which is written on the order. */
  const form = (kind: PayoutKind): string =>
    kind === 'redemption' ? `${switches.returnShown}, ${switches.returnMoney}` : 'Bitso deposit, mxn';

  const giveBack = (order: SpeiOrder, type: SpeiReturn): void => outbox.giveBack(order, type, form(order.kind));

  return {
    /** Sends the order of this id, transaction, wid or clave de rastreo back now. Throws an ApiError. */
    giveBack(id: string, type: SpeiReturn): SpeiOrder {
      const order = outbox.find(id);
      giveBack(order, type);
      return order;
    },
    /** Lets the fault `return_payout` strike at an order of this endpoint. */
    perhaps(endpoint: string, order: SpeiOrder): void {
      const units = BigInt(order.amount_centavos) * UNITS_PER_CENTAVO;
      const struck = faults.strike('return_payout', endpoint, saidOf(units));
      if (!struck) return;
      run('return', async () => {
        await sleep(struck.ms);
        // A person may have sent it back in the meantime.
        if (!order.returned) giveBack(order, USUAL_TYPE);
      });
    },
  };
}

export type Returns = ReturnType<typeof openReturns>;
