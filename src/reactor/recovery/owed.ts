/** What this database owes and no leg of its own pays yet: a refund that was ordered, and what has accrued for an account. */
import { and, asc, eq, inArray, lt, notExists, notInArray } from 'drizzle-orm';
import { isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { centavos, formatMoney, sum } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { destination, leg, refundOrder, settlementItem } from '../db/schema.ts';
import { stoppedOf } from '../guards/scope.ts';
import { JUNO_MINIMUM } from '../payment/minimum.ts';
import { FINAL, type LegState, type Rail } from '../payment/states.ts';
import { refundHeirs } from '../replace/replace.ts';
import type { BitsoAct } from './bitso-acts.ts';
import { type JunoAct, MOST_ACTS } from './juno-acts.ts';
import { goesTo } from './plan.ts';

/** One sum for one account, and what has to be made before a leg can have paid it. */
export type Debt = Readonly<{
  centavos: bigint;
  rail: Rail;
  clabe: string;
  accountId: string | null;
  by: Readonly<
    | { is: 'replacement'; paymentId: string; legId: string }
    | { is: 'settlement'; destinationId: string; legs: readonly Readonly<{ id: string; paymentId: string }>[] }
  >;
}>;

/** Of a settlement, the first of those that it pays. */
export const paymentOf = ({ by }: Debt): string =>
  by.is === 'replacement' ? by.paymentId : (by.legs[0]?.paymentId ?? '');

export type Owed = Readonly<{ act: JunoAct | BitsoAct; debt: Debt }>;

/**
 * Which of the acts of no leg here paid what is owed: by exact amount and account, each debt once. A leg that took an ordered leg's place,
 * or a settlement, that was made since the backup is in no table; made again, it has the same id and keys.
 */
export async function owedActs(ctx: Context, left: readonly (JunoAct | BitsoAct)[]): Promise<Owed[]> {
  if (left.length === 0) return [];
  return payersOf(left, [...(await ordered(ctx)), ...(await accrued(ctx, left))]);
}

/** Pure. */
export function payersOf(acts: readonly (JunoAct | BitsoAct)[], debts: readonly Debt[]): Owed[] {
  const free = new Set(acts);
  const settled = new Set<string>();
  return debts.flatMap((debt) => {
    const account = debt.by.is === 'settlement' ? debt.by.destinationId : null;
    if (account !== null && settled.has(account)) return [];
    const isIts = (act: JunoAct | BitsoAct): boolean =>
      act.centavos === debt.centavos &&
      (act.source === 'juno'
        ? act.type === 'REDEMPTION' && goesTo(debt, act)
        : debt.rail !== 'bank_redemption' && act.clabe === debt.clabe);
    const mine = (['juno', 'bitso'] as const).flatMap(
      (source) => [...free].find((act) => act.source === source && isIts(act)) ?? [],
    );
    for (const act of mine) free.delete(act);
    if (account !== null && mine.length > 0) settled.add(account);
    return mine.map((act) => ({ act, debt }));
  });
}

/** Of each ordered leg what goes back, and what goes where the leg was to go. */
async function ordered({ db }: Context): Promise<Debt[]> {
  const rows = await db
    .select({ row: leg, order: refundOrder })
    .from(refundOrder)
    .innerJoin(leg, eq(leg.id, refundOrder.legId))
    .where(notInArray(leg.state, [...FINAL]))
    .orderBy(asc(leg.createdAt), asc(leg.id))
    .limit(MOST_ACTS * 20);
  const heirs = rows.flatMap(({ row, order: { amount, destinationId } }) =>
    refundHeirs(row, { amount: centavos(amount), destinationId }).map((heir) => ({ row, heir })),
  );
  const ids = [...new Set(heirs.map(({ heir }) => heir.destinationId))];
  const accounts = ids.length === 0 ? [] : await db.select().from(destination).where(inArray(destination.id, ids));
  return heirs.flatMap(({ row, heir }) => {
    const account = accounts.find(({ id }) => id === heir.destinationId);
    if (!account) return [];
    const rail = row.state === 'paying_out' ? 'bitso_spei' : heir.rail;
    return debtOf(heir.amount.units, account, { is: 'replacement', paymentId: row.paymentId, legId: row.id }, rail);
  });
}

const ON_ITS_WAY: ReadonlySet<LegState> = new Set(['reserved', 'returned']);

/** Legs that are too small to be paid alone and that nothing pays yet, the oldest first, each with its account and whether its owner is stopped. */
const smallLegs = (db: Context['db']) =>
  db
    .select({ row: leg, account: destination, stopped: stoppedOf(destination.userId) })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(
      and(
        lt(leg.amount, JUNO_MINIMUM.units),
        notInArray(leg.state, [...FINAL, 'requested']),
        notExists(db.select().from(settlementItem).where(eq(settlementItem.legId, leg.id))),
        notExists(db.select().from(refundOrder).where(eq(refundOrder.legId, leg.id))),
      ),
    )
    .orderBy(asc(leg.createdAt), asc(leg.id))
    .limit(MOST_ACTS * 20);

/**
 * Why one of the acts that are left is not set aside yet: its account is owed sums too small to be paid alone, of which it may have paid
 * some, and then automation would pay them once more. Null once whoever the account is has been stopped, and for any other act.
 */
export async function whyKept({ db }: Context, act: JunoAct | BitsoAct): Promise<string | null> {
  const rows = (await smallLegs(db)).filter(({ account: { clabe, junoAccountId: accountId }, stopped }) => {
    const goesThere =
      act.source === 'bitso' ? act.clabe === clabe : goesTo({ rail: 'bank_redemption', clabe, accountId }, act);
    return goesThere && stopped === null;
  });
  const [first] = rows;
  if (!first) return null;
  const owed = sum(
    'MXN',
    rows.map(({ row }) => centavos(row.amount)),
  );
  return `It went to an account to which ${formatMoney(owed)} are owed here, in sums too small to be paid alone, and may have paid some of them. Stop whose account it is first, so that nothing is paid once more: kustodia guard stop user:${first.account.userId} --reason "…". Then name it again; record what it paid with kustodia payment settle-outside, and only then open the switch.`;
}

/**
 * What a settlement of the oldest small legs of an account comes to, where an act is of that much: of those that have accrued, of those
 * that will without anything from outside, or of all that began.
 */
async function accrued({ db }: Context, acts: readonly (JunoAct | BitsoAct)[]): Promise<Debt[]> {
  const wanted = new Set(acts.map((act) => act.centavos));
  const rows = await smallLegs(db);
  return [...Map.groupBy(rows, ({ account }) => account.id).values()].flatMap((mine) =>
    [
      mine.filter(({ row }) => row.state === 'accrued'),
      mine.filter(({ row }) => row.state === 'accrued' || ON_ITS_WAY.has(row.state)),
      mine,
    ].flatMap((some) => {
      let total = 0n;
      return some.flatMap(({ row, account }, at) => {
        total += row.amount;
        if (total < JUNO_MINIMUM.units || !wanted.has(total)) return [];
        const legs = some.slice(0, at + 1).map(({ row: { id, paymentId } }) => ({ id, paymentId }));
        return debtOf(total, account, { is: 'settlement', destinationId: account.id, legs });
      });
    }),
  );
}

type Account = Readonly<Pick<typeof destination.$inferSelect, 'clabe' | 'junoAccountId'>>;
const debtOf = (units: bigint, { clabe, junoAccountId }: Account, by: Debt['by'], rail?: Rail): Debt => ({
  ...{ centavos: units, clabe, accountId: junoAccountId, by },
  rail: isNvioClabe(parseClabe(clabe)) ? 'bitso_transfer' : (rail ?? 'bank_redemption'),
});
