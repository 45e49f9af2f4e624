import { compactDate } from './time.ts';

/** A SPEI order that left. This list is the far end of every payout: who was really paid, how often and how much. */
export type Payout = Readonly<{
  id: string;
  kind: 'redemption' | 'issuance_refund';
  transactionId: string;
  clabe: string;
  recipientName: string;
  centavos: bigint;
  claveRastreo: string;
  atMs: number;
}>;

export type Outbox = Readonly<{
  send: (payout: Omit<Payout, 'id' | 'claveRastreo' | 'atMs'>) => void;
  all: () => readonly Payout[];
}>;

export function createOutbox(context: { now: () => number; newId: () => string; claveRastreo: () => string }): Outbox {
  const sent: Payout[] = [];
  return {
    send: (payout) => {
      sent.push({ ...payout, id: context.newId(), claveRastreo: context.claveRastreo(), atMs: context.now() });
    },
    all: () => sent,
  };
}

/** As an administrator reads it. `at` is in epoch milliseconds. */
export const payoutBody = (payout: Payout): object => ({
  id: payout.id,
  kind: payout.kind,
  transaction_id: payout.transactionId,
  clabe: payout.clabe,
  recipient_name: payout.recipientName,
  amount_centavos: payout.centavos.toString(),
  clave_rastreo: payout.claveRastreo,
  at: payout.atMs,
});

/** 28 characters of the 30 that SPEI allows: date, participant 90710 (NVIO), 15 digits. */
export const newClaveRastreo = (nowMs: number, fifteenDigits: string): string =>
  `${compactDate(nowMs)}90710${fifteenDigits}`;
