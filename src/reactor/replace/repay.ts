/** Another account for what waits to be paid, or whose payout failed or came back: two people, and another leg that pays it there. */
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, formatDecimal } from '../../money/money.ts';
import { loadView } from '../advance/load.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import { destination, leg } from '../db/schema.ts';
import { assertUndisputed } from '../disputes/stakes.ts';
import { asked } from '../effects/seen-back.ts';
import { explain } from '../payment/explain.ts';
import { returnInDoubt } from '../payment/payout.ts';
import { RAILS, type Rail } from '../payment/states.ts';
import { returnUndone } from '../payment/undone.ts';
import { assertSameHolder, assertVerified, readAccount } from './account.ts';
import { assertNoneArrived, assertNoneUnderWay } from './gone.ts';
import { assertThere, type Found, type LegRow, moneyOf } from './money.ts';
import { noLeg, notNow } from './refusals.ts';
import { railTo, replaceLeg } from './replace.ts';
import { PLACES, type Place } from './terms.ts';

export const REPAY_PARAMETERS = z.strictObject({
  /** The account as it was given, of whoever was to be paid. */
  destinationId: z.uuid('is not the id of a payout account'),
  /** The same for a person's eye. */
  to: z.string().max(200),
  rail: z.enum(RAILS).optional(),
  moneyAt: z.enum(PLACES).optional(),
  /** It is in another name than that of whom the leg pays, and meant so. */
  anotherHolder: z.literal(true).optional(),
});

/**
 * Replaces a leg by one of the same kind and amount that pays to another account, from where its money was seen. The account is
 * registered at Juno and read back before this can be approved.
 */
export const REPAY_LEG: FourEyesCommand<typeof REPAY_PARAMETERS> = {
  name: 'payment repay',
  subjectKind: 'leg',
  parameters: REPAY_PARAMETERS,
  check: async (ctx, { subjectId, parameters: { destinationId, rail, moneyAt, anotherHolder } }) => {
    const account = await readAccount(ctx, destinationId);
    const ready = await assertPayable(ctx, subjectId, { ...account, rail, told: moneyAt, anotherHolder });
    assertVerified(account, ready.rail);
  },
  lane: async (ctx, { subjectId }) => `payment:${(await readLeg(ctx, subjectId)).paymentId}`,
  execute: async (tx, ctx, { subjectId, parameters: { destinationId, rail, moneyAt }, proposalId }) => {
    const [old] = await tx.select().from(leg).where(eq(leg.id, subjectId));
    if (!old) throw noLeg();
    await assertUndisputed(tx, old.paymentId);
    await assertNoneUnderWay(tx, old);
    const heir = { kind: old.kind, amount: centavos(old.amount), destinationId, rail };
    await replaceLeg(tx, ctx, {
      ...{ legId: subjectId, heirs: [heir], told: moneyAt },
      ...{ cause: 'paid again to another account', detail: { proposal: proposalId } },
    });
  },
  wakes: async (ctx, { subjectId, parameters }) => [
    { lane: 'destination', id: parameters.destinationId },
    { lane: 'payment', id: (await readLeg(ctx, subjectId)).paymentId },
  ],
};

export type Payable = Readonly<{ row: LegRow; found: Found; rail: Rail; isAnothers: boolean }>;

/**
 * That a leg can be paid to this account now, which is the same person's or said to be another's: asks the books, the chain and the rails. Throws a Refusal `leg_not_found`,
 * `leg_not_payable_now`, `payout_may_stand`, `money_not_seen`, `money_seen_elsewhere`, `payout_clabe_unreachable`, `not_the_payers_account`, `not_the_payees_account`, `outside_silent`.
 */
export async function assertPayable(
  ctx: Context,
  legId: string,
  {
    clabe,
    legalName,
    rail,
    told,
    anotherHolder,
  }: Readonly<{
    clabe: string;
    legalName: string;
    rail?: Rail | undefined;
    told?: Place | undefined;
    anotherHolder?: true | undefined;
  }>,
): Promise<Payable> {
  const { row, found } = await assertFree(ctx, legId, told);
  const isAnothers = await assertSameHolder(ctx, row, { clabe, legalName }, { isAnothers: anotherHolder });
  return { row, found, rail: railTo(ctx, found.at, clabe, rail), isAnothers };
}

/** That the money of a leg is there and nothing else may pay it. */
export async function assertFree(
  ctx: Context,
  legId: string,
  told?: Place,
): Promise<Readonly<{ row: LegRow; found: Found }>> {
  const row = await readLeg(ctx, legId);
  await assertUndisputed(ctx.db, row.paymentId);
  const found = await moneyOf(ctx.db, ctx, row, told);
  await assertNoneUnderWay(ctx.db, row);
  if (row.state === 'returned' || row.state === 'accrued') await assertReturned(ctx, row);
  await asked(async () => {
    await assertNoneArrived(ctx, row);
    await assertThere(ctx, row, found);
  });
  return { row, found };
}

async function assertReturned(ctx: Context, row: LegRow): Promise<void> {
  const view = await loadView(ctx, row.paymentId);
  const own = view?.legs.find(({ id }) => id === row.id);
  const doubt = view && own && (row.state === 'accrued' ? returnUndone : returnInDoubt)(view, own);
  if (doubt) throw notNow('Its return is not firm', explain(doubt));
}

export async function readLeg({ db }: Pick<Context, 'db'>, id: string): Promise<LegRow> {
  const [row] = z.uuid().safeParse(id).success ? await db.select().from(leg).where(eq(leg.id, id)) : [];
  if (!row) throw noLeg();
  return row;
}

/** Whose account a leg pays to: another account of a leg is registered as the same user's. */
export async function payeeOf({ db }: Pick<Context, 'db'>, paymentId: string, legId: string): Promise<string> {
  if (!z.uuid().safeParse(legId).success) throw noLeg();
  const [found] = await db
    .select({ userId: destination.userId })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(and(eq(leg.id, legId), eq(leg.paymentId, paymentId)));
  if (!found) throw noLeg();
  return found.userId;
}

export const shownPayable = ({ row, found, rail, isAnothers }: Payable) => ({
  legId: row.id,
  kind: row.kind,
  state: row.state,
  amount: formatDecimal(centavos(row.amount)),
  moneyAt: found.at,
  rail,
  anotherHolder: isAnothers,
});
