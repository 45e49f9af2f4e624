import { and, asc, eq, gt, inArray, isNull, ne, notExists, notInArray, or, sql } from 'drizzle-orm';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listBitsoWithdrawals, MOST_ORIGIN_IDS } from '../../juno/listBitsoWithdrawals.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoTransaction } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { SNAPSHOT, type Tx } from '../db/client.ts';
import { effect, foreignAct, junoTransaction, leg } from '../db/schema.ts';
import { deriveKey } from '../effects/key.ts';
import { FINAL } from '../payment/states.ts';

const MOST_PAGES = 200;
/** More than these are told as a number; a person then restores a newer backup. */
export const MOST_ACTS = 500;
const BATCH = 100;
/** Money that left Juno, and that no effect of this database made or may have made. */
export type JunoAct = Readonly<{
  source: 'juno';
  id: string;
  type: 'CRYPTO_WITHDRAWAL' | 'REDEMPTION';
  centavos: bigint;
  at: Date | null;
  /** As the detail names them; null where it does not. */
  address: string | null;
  clabe: string | null;
  /** The detail as it came: it may name the payout account by its id alone. */
  raw: string;
}>;

/** A payout from the Bitso balance under a key that only this house can derive. */
export type BitsoAct = Readonly<{ source: 'bitso'; wid: string; legId: string; attempt: number; at: Date | null }>;

type Seen = Pick<JunoTransaction, 'id' | 'type' | 'status'> & { centavos: bigint; at: Date | null };

/**
 * What Juno did for this account and this database does not know of. An effect whose answer is still out explains one of its type
 * and amount, the oldest. Asks Juno now; throws a JunoError where it gives no answer, which is never taken for “nothing”.
 */
export async function unknownJunoActs(ctx: Context): Promise<JunoAct[]> {
  const { db, settings } = ctx;
  // In this order: what an effect did after it was listed cannot be in the list.
  const listed = await readNews(ctx);
  // Of one moment: another process may get the answer of an effect meanwhile, which then is neither known nor out.
  const unexplained = await db.transaction(async (tx) => {
    const stored = await storedWithoutEffect(tx, settings.bridge);
    const unknown = await withoutEffect(tx, [...new Map([...stored, ...listed].map((act) => [act.id, act])).values()]);
    return notExplained(tx, unknown);
  }, SNAPSHOT);
  const acts: JunoAct[] = [];
  for (const { id } of unexplained.slice(0, MOST_ACTS)) {
    const { type, status, amount, address, receiverClabe, createdAt, raw } = await getTransaction(ctx.juno, { id });
    // Elsewhere is the treasury's; and what failed moved nothing: its derived key still answers for it.
    if (status === 'failed' || (type === 'CRYPTO_WITHDRAWAL' && address !== null && address !== settings.bridge))
      continue;
    if (type !== 'CRYPTO_WITHDRAWAL' && type !== 'REDEMPTION') continue;
    acts.push({ source: 'juno', id, type, centavos: amount.units, at: createdAt, address, clabe: receiverClabe, raw });
  }
  return acts;
}

const isOut = ({ type, status }: { type: string; status: string }): boolean =>
  (type === 'CRYPTO_WITHDRAWAL' || type === 'REDEMPTION') && status !== 'failed';

/** Reads the list until a page holds nothing that is not stored, and to its end where the oldest come first. Stores nothing. */
async function readNews(ctx: Context): Promise<Seen[]> {
  const news: Seen[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, isLast } = await listTransactions(ctx.juno, { page });
    const ids = items.map(({ id }) => id);
    const known =
      ids.length === 0
        ? []
        : await ctx.db.select({ id: junoTransaction.id }).from(junoTransaction).where(inArray(junoTransaction.id, ids));
    const fresh = items.filter(({ id }) => !known.some((row) => row.id === id));
    news.push(
      ...fresh.filter(isOut).map(({ id, type, status, amount, createdAt }) => ({
        id,
        type,
        status,
        centavos: amount.units,
        at: createdAt,
      })),
    );
    const first = items[0]?.createdAtText ?? '';
    const isOldestFirst = first < (items.at(-1)?.createdAtText ?? first);
    if (isLast || (fresh.length === 0 && !isOldestFirst)) return news;
  }
  throw new Error(`Juno has more than ${MOST_PAGES} pages of transactions that this database has not read yet`);
}

async function storedWithoutEffect(db: Tx, bridge: string): Promise<Seen[]> {
  const rows = await db
    .select()
    .from(junoTransaction)
    .where(
      and(
        inArray(junoTransaction.type, ['CRYPTO_WITHDRAWAL', 'REDEMPTION']),
        ne(junoTransaction.status, 'failed'),
        or(
          eq(junoTransaction.type, 'REDEMPTION'),
          isNull(junoTransaction.address),
          eq(junoTransaction.address, bridge),
        ),
        notExists(db.select().from(effect).where(eq(effect.externalId, junoTransaction.id))),
      ),
    )
    .limit(MOST_ACTS * 2);
  return rows.map(({ id, type, status, amount, occurredAt }) => ({
    id,
    type,
    status: status as Seen['status'],
    centavos: amount,
    at: occurredAt,
  }));
}

async function withoutEffect(db: Tx, acts: readonly Seen[]): Promise<Seen[]> {
  const known = new Set<string | null>();
  for (let at = 0; at < acts.length; at += BATCH) {
    const ids = acts.slice(at, at + BATCH).map(({ id }) => id);
    const made = await db.select({ id: effect.externalId }).from(effect).where(inArray(effect.externalId, ids));
    const said = await db
      .select({ id: foreignAct.externalId })
      .from(foreignAct)
      .where(and(eq(foreignAct.source, 'juno_transaction'), inArray(foreignAct.externalId, ids)));
    for (const { id } of [...made, ...said]) known.add(id);
  }
  return acts.filter(({ id }) => !known.has(id));
}

async function notExplained(db: Tx, acts: readonly Seen[]): Promise<Seen[]> {
  if (acts.length === 0) return [];
  const { rows } = await db.execute<{ type: string; centavos: string; open: number }>(sql`
    SELECT CASE kind WHEN 'juno_withdrawal' THEN 'CRYPTO_WITHDRAWAL' ELSE 'REDEMPTION' END AS type,
      CASE currency WHEN 'MXNB' THEN amount / 10000 ELSE amount END::numeric(78, 0)::text AS centavos, count(*)::int AS open
    FROM reactor.effect WHERE kind IN ('juno_withdrawal', 'juno_redemption') AND state IN ('sending', 'unknown') GROUP BY 1, 2`);
  const left = new Map(rows.map(({ type, centavos, open }) => [`${type}:${centavos}`, open]));
  return [...acts]
    .sort((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0))
    .filter(({ type, centavos }) => {
      const open = left.get(`${type}:${centavos}`) ?? 0;
      left.set(`${type}:${centavos}`, open - 1);
      return open <= 0;
    });
}

/** Payouts at Bitso under the key of each leg's next attempt: a key that is used already was used by us. */
export async function unknownBitsoActs(ctx: Context): Promise<BitsoAct[]> {
  const { bitso, db, settings } = ctx;
  if (!bitso) return [];
  const acts: BitsoAct[] = [];
  // Every leg that may be paid there, however many: one that is left out could be paid again.
  for (let after: string | null = null; ; ) {
    const legs: { id: string; last: number }[] = await db
      .select({
        id: leg.id,
        last: sql<number>`coalesce((SELECT max(attempt) FROM reactor.effect e WHERE e.subject_id = leg.id::text AND e.kind = 'bitso_payout'), 0)`,
      })
      .from(leg)
      .where(
        and(
          inArray(leg.rail, ['bitso_spei', 'bitso_transfer']),
          notInArray(leg.state, [...FINAL]),
          after === null ? undefined : gt(leg.id, after),
        ),
      )
      .orderBy(asc(leg.id))
      .limit(MOST_ORIGIN_IDS);
    if (legs.length === 0) return acts;
    const keys = new Map(
      legs.map(({ id, last }) => {
        const attempt = last + 1;
        const identity = { subjectKind: 'leg', subjectId: id, kind: 'bitso_payout', attempt } as const;
        return [deriveKey(settings.keySecret, identity), { legId: id, attempt }];
      }),
    );
    const { items } = await listBitsoWithdrawals(bitso, { originIds: [...keys.keys()] });
    // An intent is committed before it is sent: what another process began meanwhile is known by now.
    const begun = await db
      .select({ key: effect.key })
      .from(effect)
      .where(inArray(effect.key, [...keys.keys()]));
    for (const { key } of begun) keys.delete(key);
    for (const { wid, originId, createdAt } of items) {
      const found = originId === null ? undefined : keys.get(originId);
      if (found) acts.push({ source: 'bitso', wid, ...found, at: createdAt });
    }
    after = legs.at(-1)?.id ?? null;
  }
}
