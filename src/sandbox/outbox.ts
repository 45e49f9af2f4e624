import { centavosText } from './amounts.ts';
import { nanosecondText } from './clock.ts';
import type { SandboxContext } from './context.ts';
import { ApiError, invalid, notFound } from './errors.ts';

/** SPEI's kinds of returns: after a credit (17, 18, 23, 24) or without one, but late (16). */
export const RETURN_TYPES = [16, 17, 18, 23, 24] as const;
export type SpeiReturn = (typeof RETURN_TYPES)[number];

/** What left by which door: a payout of Juno, pesos that Juno did not issue for, a payout of Bitso by SPEI or within NVIO. */
export type PayoutKind = 'redemption' | 'issuance_refund' | 'bitso_withdrawal' | 'bitso_transfer';

/** One order that left: pesos to this account, once. One that came back is marked so, and its pesos are not out. */
export type SpeiOrder = {
  readonly id: string;
  readonly kind: PayoutKind;
  /** The transaction, or the wid, that it was sent for. */
  readonly transaction_id: string;
  readonly clabe: string;
  readonly recipient_name: string;
  /** A whole number of centavos, as text. */
  readonly amount_centavos: string;
  readonly clave_rastreo: string;
  readonly concept?: string;
  readonly numeric_ref?: string;
  readonly origin_id?: string;
  /** Epoch milliseconds. */
  readonly at: number;
  returned?: Readonly<{ at: number; type: SpeiReturn; as: string }>;
};

export type SendParameters = Readonly<{
  kind: PayoutKind;
  transactionId: string;
  clabe: string;
  recipientName: string;
  units: bigint;
  trackingKey?: string;
  concept?: string | undefined;
  numericReference?: string | undefined;
  originId?: string | undefined;
  /** Takes the money in again when the order comes back. Without it an order cannot. */
  onReturned?: (order: SpeiOrder) => void;
}>;

/** The SPEI outbox: every peso that left, and the far end by which everything is judged. */
export function openOutbox({ clock, uuid }: SandboxContext) {
  const orders: SpeiOrder[] = [];
  const takers = new Map<string, (order: SpeiOrder) => void>();
  let trackingKeys = 0;

  const newTrackingKey = () => claveRastreo(clock.now_ns(), ++trackingKeys);
  const sum = (found: readonly SpeiOrder[]) =>
    found.reduce((total, { amount_centavos }) => total + BigInt(amount_centavos), 0n).toString();

  return {
    newTrackingKey,
    /** Pays by SPEI. `units` must be whole centavos. */
    send(parameters: SendParameters): SpeiOrder {
      const { kind, transactionId, clabe, recipientName, units, concept, numericReference, originId } = parameters;
      const order: SpeiOrder = {
        id: uuid(),
        kind,
        transaction_id: transactionId,
        clabe,
        recipient_name: recipientName,
        amount_centavos: centavosText(units),
        clave_rastreo: parameters.trackingKey ?? newTrackingKey(),
        ...(concept !== undefined && { concept }),
        ...(numericReference !== undefined && { numeric_ref: numericReference }),
        ...(originId !== undefined && { origin_id: originId }),
        at: clock.now_ms(),
      };
      orders.push(order);
      if (parameters.onReturned) takers.set(order.id, parameters.onReturned);
      return order;
    },
    /** The receiving bank sends the money back. Throws an ApiError where it cannot, or has. */
    giveBack(order: SpeiOrder, type: SpeiReturn, as: string): void {
      const take = takers.get(order.id);
      if (!take) throw invalid({ field: 'id', message: `an order of kind ${order.kind} does not come back` });
      if (order.returned) throw new ApiError(409, '32002', 'The order came back already');
      order.returned = { at: clock.now_ms(), type, as };
      take(order);
    },
    /** The order of this id, transaction, wid or clave de rastreo. Throws an ApiError where there is none. */
    find(id: string): SpeiOrder {
      const order = orders.find((one) => [one.id, one.transaction_id, one.clave_rastreo].includes(id));
      if (!order) throw notFound('The order');
      return order;
    },
    list: (): readonly SpeiOrder[] => orders,
    read: () => ({
      spei_out_centavos: sum(orders),
      spei_returned_centavos: sum(orders.filter(({ returned }) => returned)),
    }),
  };
}

export type Outbox = ReturnType<typeof openOutbox>;

/** 30 characters like NVIO's: the date, the participant (90710), and a number within the day. */
export function claveRastreo(time_ns: bigint, sequence: number): string {
  const date = nanosecondText(time_ns).slice(0, 10).replaceAll('-', '');
  return `${date}90710${String(sequence).padStart(17, '0')}`;
}
