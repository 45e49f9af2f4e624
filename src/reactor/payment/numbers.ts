import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.ts';

const SUBJECT = /^(payment|leg|effect|dispute):([0-9a-f-]{36})$/;
const ROW = z.object({ subject: z.string(), number: z.coerce.number() });

/** The numbers of the payments that these are of, as `payment:<id>`, `leg:<id>`, `effect:<id>` and `dispute:<id>`; what is of none is left out. */
export async function numbersOf(db: Db, subjects: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const of = (kind: string) => {
    const ids = subjects.flatMap((one) => {
      const [, found, id] = SUBJECT.exec(one) ?? [];
      return found === kind && z.guid().safeParse(id).success ? [id] : [];
    });
    return sql`ANY(${sql.param([...new Set(ids)])}::uuid[])`;
  };
  const { rows } = await db.execute(sql`
    SELECT 'payment:' || id AS subject, number FROM reactor.payment WHERE id = ${of('payment')}
    UNION ALL SELECT 'leg:' || l.id, p.number FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id WHERE l.id = ${of('leg')}
    UNION ALL SELECT 'effect:' || f.id, p.number FROM reactor.effect f JOIN reactor.payment p ON p.id = f.payment_id WHERE f.id = ${of('effect')}
    UNION ALL SELECT 'dispute:' || d.id, p.number FROM reactor.dispute d JOIN reactor.payment p ON p.id = d.payment_id WHERE d.id = ${of('dispute')}`);
  return new Map(rows.map((row) => ROW.parse(row)).map(({ subject, number }) => [subject, number]));
}
