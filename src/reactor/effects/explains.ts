/** Which acts at Juno a send whose answer is out may have made: one each, of its own type, amount, time and destination. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Tx } from '../db/client.ts';

/** Juno may date what we sent so much before, and a repeat of it after. */
const SKEW_MS = 5 * 60_000;
const LATEST_MS = 24 * 60 * 60_000;

/** Where an act of Juno’s went, as far as Juno tells: each null where it does not. */
export type Going = Readonly<{
  type: string;
  centavos: bigint;
  at: Date | null;
  address: string | null;
  clabe: string | null;
  /** As it came: it may name the payout account by its id alone, or the Bitso balance. */
  raw: string;
}>;

/** A send whose answer is out. */
export type Out = Readonly<{
  type: 'CRYPTO_WITHDRAWAL' | 'REDEMPTION';
  centavos: bigint;
  sentAt: Date | null;
  to: Destination;
}>;
type Destination =
  | { is: 'address'; address: string }
  | { is: 'account'; accountId: string; clabe: string | null }
  | { is: 'bitso_balance' }
  /** What was sent cannot be read: it explains nothing. */
  | { is: 'unread' };

const ROWS = z.array(
  z.object({
    type: z.enum(['CRYPTO_WITHDRAWAL', 'REDEMPTION']),
    centavos: z.string().transform(BigInt),
    sent_ms: z.coerce.number().nullable(),
    body: z.string().nullable(),
    clabe: z.string().nullable(),
  }),
);
const BODY = z.object({ address: z.string().optional(), destination_bank_account_id: z.string().optional() });

/** The sends whose answers are out, the oldest first. */
export async function readOut(tx: Pick<Tx, 'execute'>): Promise<Out[]> {
  const { rows } = await tx.execute(sql`
    SELECT CASE e.kind WHEN 'juno_withdrawal' THEN 'CRYPTO_WITHDRAWAL' ELSE 'REDEMPTION' END AS type,
      CASE e.currency WHEN 'MXNB' THEN div(e.amount, 10000) ELSE e.amount END::numeric(78, 0)::text AS centavos,
      floor(extract(epoch FROM e.first_sent_at) * 1000)::text AS sent_ms, e.request ->> 'body' AS body, d.clabe
    FROM reactor.effect e
      LEFT JOIN reactor.leg l ON e.subject_kind = 'leg' AND l.id::text = e.subject_id
      LEFT JOIN reactor.destination d ON d.id = l.destination_id
    WHERE e.kind IN ('juno_withdrawal', 'juno_redemption') AND e.state IN ('sending', 'unknown')
    ORDER BY e.first_sent_at NULLS FIRST, e.id`);
  return ROWS.parse(rows).map(({ type, centavos, sent_ms, body, clabe }) => ({
    ...{ type, centavos, to: destinationOf(type, body, clabe) },
    sentAt: sent_ms === null ? null : new Date(sent_ms),
  }));
}

function destinationOf(type: Out['type'], body: string | null, clabe: string | null): Destination {
  const read = BODY.safeParse(jsonOf(body));
  if (!read.success) return { is: 'unread' };
  const { address, destination_bank_account_id: accountId } = read.data;
  if (type === 'REDEMPTION') return accountId ? { is: 'account', accountId, clabe } : { is: 'bitso_balance' };
  return address ? { is: 'address', address: address.toLowerCase() } : { is: 'unread' };
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

/** Whether an act went where this goes. What Juno does not tell proves nothing, and is no. */
export function goesTo(to: Destination, { address, clabe, raw }: Pick<Going, 'address' | 'clabe' | 'raw'>): boolean {
  switch (to.is) {
    case 'address':
      return address === to.address;
    case 'account':
      return clabe === null ? raw.includes(to.accountId) : clabe === to.clabe;
    case 'bitso_balance':
      return clabe === null && raw.includes('BITSO_TRANSFER');
    case 'unread':
      return false;
  }
}

/**
 * Parts acts into those that a send whose answer is out may have made, each send one, and those that nothing explains. `goes` says whether
 * an act went where a send goes; `free` are the sends that none was found for. All sends have a window of the same length, so the oldest that fits is always the right one to use up.
 */
export function explain<T extends Pick<Going, 'type' | 'centavos' | 'at'>>(
  acts: readonly T[],
  out: readonly Out[],
  goes: (send: Out, act: T) => boolean,
): { explained: T[]; left: T[]; free: Out[] } {
  const free = [...out].sort((a, b) => msOf(a.sentAt) - msOf(b.sentAt));
  const explained: T[] = [];
  const left: T[] = [];
  for (const act of [...acts].sort((a, b) => msOf(a.at) - msOf(b.at))) {
    const found = free.findIndex(
      (send) => send.type === act.type && send.centavos === act.centavos && isInTime(send, act) && goes(send, act),
    );
    if (found >= 0) free.splice(found, 1);
    (found >= 0 ? explained : left).push(act);
  }
  return { explained, left, free };
}

const msOf = (at: Date | null): number => at?.getTime() ?? 0;

function isInTime({ sentAt }: Out, { at }: Pick<Going, 'at'>): boolean {
  if (sentAt === null || at === null) return true;
  const after_ms = at.getTime() - sentAt.getTime();
  return after_ms >= -SKEW_MS && after_ms <= LATEST_MS;
}
