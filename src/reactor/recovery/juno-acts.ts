import { and, asc, eq, gt, inArray, isNull, ne, notExists, or, sql } from 'drizzle-orm';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoTransaction } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { SNAPSHOT, type Tx } from '../db/client.ts';
import { effect, foreignAct, junoTransaction } from '../db/schema.ts';
import { explain, goesTo, type Out, readOut } from '../effects/explains.ts';

const MOST_PAGES = 200;
/** More than these are told as a number; a person then restores a newer backup. */
export const MOST_ACTS = 500;
const BATCH = 100;
const PAGE = 1_000;
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
  /** Lists and detail as they came: they may name the payout account by its id alone. */
  raw: string;
}>;

/** `raw`: as the lists have it, which say by which method it left; the detail need not. */
type Seen = Pick<JunoTransaction, 'id' | 'type' | 'status' | 'raw'> & { centavos: bigint; at: Date | null };

/**
 * What Juno did for this account and this database does not know of. A send whose answer is out explains one act of its type and amount
 * that went where it goes, as Juno tells; one of which Juno does not tell where it went is explained by nothing. Asks Juno now; throws a
 * JunoError where it gives no answer, which is never taken for “nothing”.
 */
export async function unknownJunoActs(ctx: Context): Promise<JunoAct[]> {
  const { settings } = ctx;
  const { unknown, out } = await withoutEffectNow(ctx);
  const acts: JunoAct[] = [];
  for (const { id, raw: listed } of unknown) {
    // So many are told as a number, however many of them are explained.
    if (acts.length === MOST_ACTS + out.length) break;
    const { type, status, amount, address, receiverClabe, createdAt, ...told } = await getTransaction(ctx.juno, { id });
    const raw = `${listed} ${told.raw}`;
    // Elsewhere is the treasury's; and what failed moved nothing: its derived key still answers for it.
    if (status === 'failed' || (type === 'CRYPTO_WITHDRAWAL' && address !== null && address !== settings.bridge))
      continue;
    if (type !== 'CRYPTO_WITHDRAWAL' && type !== 'REDEMPTION') continue;
    acts.push({ source: 'juno', id, type, centavos: amount.units, at: createdAt, address, clabe: receiverClabe, raw });
  }
  return explain(acts, out, ({ to }, act) => goesTo(to, act)).left;
}

/** What left Juno and no effect here has the name of, beside the sends whose answers are out; the oldest first. Asks Juno now. */
export async function withoutEffectNow(ctx: Context): Promise<{ unknown: Seen[]; out: Out[] }> {
  // In this order: what an effect did after it was listed cannot be in the list.
  const listed = await readNews(ctx);
  // Of one moment: another process may get the answer of an effect meanwhile, which then is neither known nor out.
  return ctx.db.transaction(async (tx) => {
    const stored = await storedWithoutEffect(tx, ctx.settings.bridge);
    const unknown = await withoutEffect(tx, [...new Map([...stored, ...listed].map((act) => [act.id, act])).values()]);
    const byTime = unknown.sort((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0));
    return { unknown: byTime, out: await readOut(tx) };
  }, SNAPSHOT);
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
      ...fresh.filter(isOut).map(({ id, type, status, amount, createdAt, raw }) => ({
        id,
        type,
        status,
        centavos: amount.units,
        at: createdAt,
        raw,
      })),
    );
    const first = items[0]?.createdAtText ?? '';
    const isOldestFirst = first < (items.at(-1)?.createdAtText ?? first);
    if (isLast || (fresh.length === 0 && !isOldestFirst)) return news;
  }
  throw new Error(`Juno has more than ${MOST_PAGES} pages of transactions that this database has not read yet`);
}

const OBSERVED = sql<
  string | null
>`(SELECT string_agg(o.body, ' ') FROM reactor.juno_observation o WHERE o.resource = 'transaction' AND o.external_id = juno_transaction.id)`;

/** To the end, however many: of what is history already none is read, so it hides nothing. */
async function storedWithoutEffect(db: Tx, bridge: string): Promise<Seen[]> {
  const found: Seen[] = [];
  for (let after = ''; ; ) {
    const rows = await db
      .select({ row: junoTransaction, raw: OBSERVED })
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
          notExists(
            db
              .select()
              .from(foreignAct)
              .where(and(eq(foreignAct.source, 'juno_transaction'), eq(foreignAct.externalId, junoTransaction.id))),
          ),
          gt(junoTransaction.id, after),
        ),
      )
      .orderBy(asc(junoTransaction.id))
      .limit(PAGE);
    found.push(
      ...rows.map(({ row: { id, type, status, amount, occurredAt }, raw }) => ({
        ...{ id, type, status: status as Seen['status'], centavos: amount, at: occurredAt, raw: raw ?? '' },
      })),
    );
    if (rows.length < PAGE) return found;
    after = rows.at(-1)?.row.id ?? '';
  }
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
