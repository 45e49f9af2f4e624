import { centavosText } from './amounts.ts';
import { nanosecondText } from './clock.ts';
import type { SandboxContext } from './context.ts';

/** One SPEI order that left: pesos to this account, once. */
export type SpeiOrder = Readonly<{
  id: string;
  kind: 'redemption' | 'issuance_refund';
  transaction_id: string;
  clabe: string;
  recipient_name: string;
  /** A whole number of centavos, as text. */
  amount_centavos: string;
  clave_rastreo: string;
  /** Epoch milliseconds. */
  at: number;
}>;

export type SendParameters = Readonly<{
  kind: SpeiOrder['kind'];
  transactionId: string;
  clabe: string;
  recipientName: string;
  units: bigint;
}>;

/** The SPEI outbox: every peso that left, and the far end by which everything is judged. */
export function openOutbox({ clock, uuid }: SandboxContext) {
  const orders: SpeiOrder[] = [];

  return {
    /** Pays by SPEI. `units` must be whole centavos. */
    send({ kind, transactionId, clabe, recipientName, units }: SendParameters): SpeiOrder {
      const order: SpeiOrder = {
        id: uuid(),
        kind,
        transaction_id: transactionId,
        clabe,
        recipient_name: recipientName,
        amount_centavos: centavosText(units),
        clave_rastreo: claveRastreo(clock.now_ns(), orders.length + 1),
        at: clock.now_ms(),
      };
      orders.push(order);
      return order;
    },
    list: (): readonly SpeiOrder[] => orders,
  };
}

export type Outbox = ReturnType<typeof openOutbox>;

/** 30 characters like NVIO's: the date, the participant (90710), and a number within the day. */
export function claveRastreo(time_ns: bigint, sequence: number): string {
  const date = nanosecondText(time_ns).slice(0, 10).replaceAll('-', '');
  return `${date}90710${String(sequence).padStart(17, '0')}`;
}
