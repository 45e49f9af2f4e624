/** What Bitso paid and this database does not know: under a key of ours, and in the list of all withdrawals of pesos. */
import { and, asc, eq, gt, inArray, ne, notInArray, sql } from 'drizzle-orm';
import { listBitsoWithdrawals, MOST_ORIGIN_IDS } from '../../juno/listBitsoWithdrawals.ts';
import { pageBitsoWithdrawals } from '../../juno/pageBitsoWithdrawals.ts';
import type { BitsoWithdrawal } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { databaseNow, SNAPSHOT, type Tx } from '../db/client.ts';
import { effect, foreignAct, leg, settledOutside } from '../db/schema.ts';
import { deriveKey } from '../effects/key.ts';
import type { EffectState } from '../effects/states.ts';
import { OVERLAP_MS } from '../intake/deposits.ts';
import { readMark, writeMarks } from '../intake/record.ts';
import { FINAL } from '../payment/states.ts';

const MARK = 'recovery:bitso';
/** A hundred thousand payouts since the last look that knew all of them. */
const MOST_PAGES = 1_000;
const BATCH = 100;

/**
 * A payout from the Bitso balance. Under a key that only this house can derive it names its leg and attempt; any other one (of a leg that
 * a backup does not have, or made by hand) is nobody's here.
 */
export type BitsoAct = Readonly<{
  source: 'bitso';
  wid: string;
  of: Readonly<{ legId: string; attempt: number }> | null;
  centavos: bigint;
  /** Who was paid, as Bitso has it; masked where it is shown. */
  clabe: string | null;
  at: Date | null;
}>;

const actOf = ({ wid, amount, beneficiaryClabe, createdAt }: BitsoWithdrawal, of: BitsoAct['of']): BitsoAct => ({
  ...{ source: 'bitso', wid, of, clabe: beneficiaryClabe, at: createdAt },
  centavos: amount?.units ?? 0n,
});

/**
 * Payouts at Bitso that no effect here made. Asks Bitso now; throws a JunoError where it gives no answer, which is never taken for
 * “nothing”.
 */
export async function unknownBitsoActs(ctx: Context): Promise<BitsoAct[]> {
  if (!ctx.bitso) return [];
  const ours = await underOurKeys(ctx);
  const others = await listedWithoutEffect(ctx);
  const acts = new Map([...others, ...ours].map((act) => [act.wid, act]));
  // Of several attempts of one leg the earliest is joined first.
  return [...acts.values()].sort((a, b) => (a.of?.attempt ?? 0) - (b.of?.attempt ?? 0));
}

/** All of them are known as of now: the next look reads the list from here on, less an overlap. */
export const rememberBitso = async (ctx: Context, at: Date): Promise<void> => {
  if (ctx.bitso) await writeMarks(ctx, [{ name: MARK, at, detail: {} }]);
};

/** Lets the next start read a short list: looks at it now and then while all is known. What is not is left to that start, and told. */
export async function keepBitsoMark(ctx: Context): Promise<void> {
  if (!ctx.bitso) return;
  const started = await databaseNow(ctx.db);
  const { length } = await listedWithoutEffect(ctx);
  if (length === 0) return rememberBitso(ctx, started);
  ctx.log.error(
    { event: 'unknown_at_bitso', count: length },
    `Bitso has ${length} payouts that nothing here made: by hand, or a backup was restored. The next start keeps money off until it is known whose they are: record what was paid by hand with kustodia payment settle-outside, else kustodia recover.`,
  );
}

/**
 * Payouts under each key that one may have been sent under: of an attempt that is recorded here, which a backup shows as it was before it
 * was sent, and of the next one. What is being sent, or was and its answer is out, is looked for by its own key as ever.
 */
async function underOurKeys(ctx: Context): Promise<BitsoAct[]> {
  const acts: BitsoAct[] = [];
  let asking = new Map<string, NonNullable<BitsoAct['of']>>();
  const ask = async () => {
    if (asking.size > 0) acts.push(...(await actsUnder(ctx, asking)));
    asking = new Map();
  };
  // Every leg that may be paid there, however many: one that is left out could be paid again.
  for await (const { legId, attempts } of legsOverBitso(ctx))
    for (const attempt of attempts) {
      asking.set(keyOf(ctx, legId, attempt), { legId, attempt });
      if (asking.size === MOST_ORIGIN_IDS) await ask();
    }
  await ask();
  return acts;
}

const keyOf = ({ settings }: Context, legId: string, attempt: number): string =>
  deriveKey(settings.keySecret, { subjectKind: 'leg', subjectId: legId, kind: 'bitso_payout', attempt });

async function* legsOverBitso({ db }: Context): AsyncGenerator<{ legId: string; attempts: number[] }> {
  for (let after: string | null = null; ; ) {
    const newest = sql`FROM reactor.effect e WHERE e.subject_id = leg.id::text AND e.kind = 'bitso_payout' ORDER BY attempt DESC LIMIT 1`;
    const legs: { id: string; last: number; state: EffectState | null }[] = await db
      .select({
        id: leg.id,
        last: sql<number>`coalesce((SELECT attempt ${newest}), 0)`,
        state: sql<EffectState | null>`(SELECT state ${newest})`,
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
    for (const { id, last, state } of legs)
      yield { legId: id, attempts: state === 'recorded' ? [last, last + 1] : [last + 1] };
    if (legs.length < MOST_ORIGIN_IDS) return;
    after = legs.at(-1)?.id ?? null;
  }
}

async function actsUnder(ctx: Context, keys: Map<string, NonNullable<BitsoAct['of']>>): Promise<BitsoAct[]> {
  const { bitso, db } = ctx;
  if (!bitso) return [];
  const { items } = await listBitsoWithdrawals(bitso, { originIds: [...keys.keys()] });
  // An intent to send is committed before it is sent: what another process began meanwhile is known by now.
  const begun = await db
    .select({ key: effect.key })
    .from(effect)
    .where(and(inArray(effect.key, [...keys.keys()]), ne(effect.state, 'recorded')));
  for (const { key } of begun) keys.delete(key);
  return items.flatMap((item) => {
    const of = keys.get(item.originId ?? '');
    return of ? [actOf(item, of)] : [];
  });
}

/** Withdrawals of the list, back to when all of them were known, that moved money and that no effect here has the name of. */
async function listedWithoutEffect(ctx: Context): Promise<BitsoAct[]> {
  const listed = (await readList(ctx)).filter(({ status, amount }) => status !== 'failed' && amount !== null);
  const acts: BitsoAct[] = [];
  for (let at = 0; at < listed.length; at += BATCH) {
    const some = listed.slice(at, at + BATCH);
    // Of one moment: an answer that comes meanwhile makes no lost act of it.
    const known = await ctx.db.transaction((tx) => namesOf(tx, some), SNAPSHOT);
    acts.push(...some.filter((item) => !known(item)).map((item) => actOf(item, null)));
  }
  return acts;
}

/** Whether a withdrawal is what an effect here made, or may have made; was recorded as paid by hand; or was said to be nobody's here. */
async function namesOf(db: Tx, items: readonly BitsoWithdrawal[]): Promise<(item: BitsoWithdrawal) => boolean> {
  const wids = items.map(({ wid }) => wid);
  const keys = items.flatMap(({ originId }) => originId ?? []);
  const made = await db
    .select({ id: effect.externalId })
    .from(effect)
    .where(and(eq(effect.kind, 'bitso_payout'), inArray(effect.externalId, wids)));
  const out =
    keys.length === 0
      ? []
      : await db
          .select({ key: effect.key })
          .from(effect)
          .where(and(inArray(effect.key, keys), inArray(effect.state, ['sending', 'unknown'])));
  const said = await db
    .select({ id: foreignAct.externalId })
    .from(foreignAct)
    .where(and(eq(foreignAct.source, 'bitso_withdrawal'), inArray(foreignAct.externalId, wids)));
  const traced = items.flatMap(({ trackingKey }) => trackingKey?.toUpperCase() ?? []);
  const byHand =
    traced.length === 0
      ? []
      : await db
          .select({ trackingKey: sql<string>`upper(${settledOutside.trackingKey})`, centavos: leg.amount })
          .from(settledOutside)
          .innerJoin(leg, eq(leg.id, settledOutside.legId))
          .where(inArray(sql`upper(${settledOutside.trackingKey})`, traced));
  const known = new Set([...made, ...said].map(({ id }) => id));
  const open = new Set(out.map(({ key }) => key));
  // What two people recorded explains what was paid without a key of ours, in the very amount.
  const isByHand = ({ originId, trackingKey, amount }: BitsoWithdrawal): boolean =>
    originId === null &&
    byHand.some((one) => one.trackingKey === trackingKey?.toUpperCase() && one.centavos === amount?.units);
  // A send whose answer is out explains one: of a second one under its key it is not the maker.
  return (item) => known.has(item.wid) || isByHand(item) || (item.originId !== null && open.delete(item.originId));
}

/**
 * The list of withdrawals of pesos, to its end or back to the last look that knew all of them, where the newest come first. Throws where the
 * pages do not lead on, and where there are too many of them: a list that was not read says nothing.
 */
async function readList(ctx: Context): Promise<BitsoWithdrawal[]> {
  const { bitso } = ctx;
  if (!bitso) return [];
  const mark = await readMark(ctx, MARK);
  const since = mark ? mark.at.getTime() - OVERLAP_MS : Number.NEGATIVE_INFINITY;
  const seen = new Map<string, BitsoWithdrawal>();
  for (let page = 0, marker: string | undefined; page < MOST_PAGES; page++) {
    const { items } = await pageBitsoWithdrawals(bitso, { marker });
    const fresh = items.filter(({ wid }) => !seen.has(wid));
    for (const item of fresh) seen.set(item.wid, item);
    const last = items.at(-1);
    // Some lists begin a page with the one that was named.
    if (!last || (fresh.length === 0 && items.length === 1)) return [...seen.values()];
    if (fresh.length === 0)
      throw new Error('Bitso gives the same page of withdrawals again: its list cannot be read, and money stays off');
    const [first, oldest] = [items[0]?.createdAt?.getTime(), last.createdAt?.getTime()];
    const isNewestFirst = first !== undefined && oldest !== undefined && first > oldest;
    if (isNewestFirst && oldest < since) return [...seen.values()];
    marker = last.wid;
  }
  throw new Error(
    `Bitso has more than ${MOST_PAGES} pages of withdrawals since ${mark?.at.toISOString() ?? 'its beginning'}: restore a newer backup, or set MOST_PAGES higher; money stays off`,
  );
}
