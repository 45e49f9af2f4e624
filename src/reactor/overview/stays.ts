import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';

export type Stays = Readonly<{ id: string; number: number; amount: string }>;
const ROWS = z.array(z.object({ id: z.string(), number: z.coerce.number().int(), units: z.string() }));

/** Of each of these payments its number, and how much of it stays where it is while it is held: what has not come to its end. */
export async function readStays(db: Db, paymentIds: readonly string[]): Promise<ReadonlyMap<string, Stays>> {
  if (paymentIds.length === 0) return new Map();
  const { rows } = await db.execute(sql`
    SELECT p.id, p.number::text AS number, coalesce(sum(l.amount_centavos)
      FILTER (WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed')), 0)::text AS units
    FROM reactor.payment p JOIN reactor.leg l ON l.payment_id = p.id WHERE p.id = ANY(${sql.param([...paymentIds])}::uuid[]) GROUP BY p.id`);
  return new Map(
    ROWS.parse(rows).map(({ id, number, units }) => [
      id,
      { id, number, amount: formatDecimal(centavos(BigInt(units))) },
    ]),
  );
}
