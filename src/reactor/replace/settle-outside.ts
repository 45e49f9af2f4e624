/** What a person paid by hand: its leg is closed, so that no automation pays it too, and Kustodia's own account has its money. */

import { eq, sql } from 'drizzle-orm';
import { centavos } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { leg, settledOutside } from '../db/schema.ts';
import { assertUndisputed } from '../disputes/stakes.ts';
import { takeOver } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { makePaidDue } from '../payment/due.ts';
import type { LegState } from '../payment/states.ts';
import { Refusal } from '../people/refusal.ts';
import { settledPayments } from '../settlement/settle.ts';
import { cepOf } from './cep.ts';
import { assertNoneUnderWay } from './gone.ts';
import { type LegRow, moneyOf } from './money.ts';
import { notNow } from './refusals.ts';
import { assertFree, readLeg } from './repay.ts';
import { lockLeg } from './replace.ts';
import { findStolen, isInEscrow, STOLEN, type Stolen, writeOff } from './stolen.ts';
import { SETTLE_HOW } from './terms.ts';

/** Where a payout would begin, or came to nothing; and what waits to be enough for one, which may never come. */
const SETTLEABLE: readonly LegState[] = [
  ...(['reserved', 'returned', 'paying_out', 'payout_failed', 'payout_returned'] as const),
  'accrued',
];

/** The same as it is proposed. `stolen`: of a leg whose escrow paid a stranger. */
const SETTLE = SETTLE_HOW.extend({ stolen: STOLEN.optional() });

/** Records a payment by hand. Refused while a payout of the leg is unresolved, or its money is not where a payout begins. */
export const SETTLE_OUTSIDE: FourEyesCommand<typeof SETTLE> = {
  name: 'payment settle-outside',
  subjectKind: 'leg',
  parameters: SETTLE,
  check: async (ctx, { subjectId, parameters: { trackingKey, cepLink, moneyAt, stolen } }) => {
    const found = await stolenOf(ctx, subjectId);
    if (found?.logId !== stolen?.logId)
      throw notNow('It cannot be settled outside', 'What the chain says of its escrow is not what was proposed.');
    if (!found) assertSettleable((await assertFree(ctx, subjectId, moneyAt)).row);
    await assertNotOurs(ctx.db, { trackingKey, cepLink });
  },
  lane: async (ctx, { subjectId }) => `payment:${(await readLeg(ctx, subjectId)).paymentId}`,
  execute: async (tx, ctx, { subjectId, parameters: { trackingKey, cepLink, moneyAt, stolen }, proposalId, lane }) => {
    const row = await lockLeg(tx, subjectId);
    await assertUndisputed(tx, row.paymentId);
    await assertNotOurs(tx, { trackingKey, cepLink });
    const write = (key: string, postings: Parameters<typeof writeEntry>[1]['postings']) =>
      writeEntry(tx, { id: ctx.newId(), key, paymentId: row.paymentId, effectId: null, state: 'posted', postings });
    if (stolen) {
      if (!isInEscrow(row)) throw notNow('It cannot be settled outside', `The leg is ${row.state} now.`);
      const { taken, lost } = await writeOff(tx, row, stolen, { lane, proposalId });
      await write(`settled_outside:${row.id}`, taken);
      await write(`lost:${row.id}`, lost);
    } else {
      assertSettleable(row);
      await assertNoneUnderWay(tx, row);
      const found = await moneyOf(tx, ctx, row, moneyAt);
      if (found.bring) await write(found.bring.key, found.bring.postings);
      await write(`settled_outside:${row.id}`, takeOver(centavos(row.amount), found));
    }
    await tx.insert(settledOutside).values({ legId: row.id, trackingKey, cepLink, receipt: cepOf(cepLink) });
    const cause = `paid by hand, tracking key ${trackingKey}`;
    const unmarked = { attentionCode: null, attentionText: null, attentionOwner: null };
    await tx
      .update(leg)
      .set({ state: 'closed', cause, causeDetail: { proposal: proposalId }, ...unmarked })
      .where(eq(leg.id, row.id));
    if (row.kind === 'settlement') await makePaidDue(tx, row.paymentId);
  },
  wakes: async (ctx, { subjectId }) => {
    const { paymentId } = await readLeg(ctx, subjectId);
    return [paymentId, ...(await settledPayments(ctx, paymentId))].map((id) => ({ lane: 'payment', id }));
  },
};

/** The Transfer that paid a stranger what was in a leg's escrow, where it is to have its money there; null for another leg. */
export async function stolenOf(ctx: Context, legId: string): Promise<Stolen | null> {
  const row = await readLeg(ctx, legId);
  if (!isInEscrow(row)) return null;
  await assertUndisputed(ctx.db, row.paymentId);
  return findStolen(ctx, row);
}

/** Whether two people can end a leg that is in this state by paying it by hand, if nothing else pays it. */
export const isSettleable = (state: LegState): boolean => SETTLEABLE.includes(state);

function assertSettleable({ state }: LegRow): void {
  if (isSettleable(state)) return;
  throw notNow('It cannot be settled outside', `The leg is ${state}: its money is not where a payout begins.`);
}

/** What the automation paid itself is no payment by hand, and neither key nor receipt that settled one leg settles another. */
async function assertNotOurs(
  db: Context['db'] | Tx,
  { trackingKey, cepLink }: Readonly<{ trackingKey: string; cepLink: string }>,
): Promise<void> {
  const { rows } = await db.execute<{ leg: string; isReceipt: boolean }>(sql`
    SELECT leg_id::text AS leg, upper(tracking_key) <> upper(${trackingKey}) AS "isReceipt" FROM reactor.settled_outside
      WHERE upper(tracking_key) = upper(${trackingKey}) OR receipt = ${cepOf(cepLink)}
    UNION ALL SELECT subject_id, false FROM reactor.evidence WHERE upper(detail ->> 'trackingKey') = upper(${trackingKey})
    UNION ALL SELECT id, false FROM reactor.bitso_withdrawal WHERE upper(tracking_key) = upper(${trackingKey}) LIMIT 1`);
  const [other] = rows;
  if (!other) return;
  const [code, what, field] = other.isReceipt
    ? (['receipt_used', 'receipt', 'cepLink'] as const)
    : (['tracking_key_used', 'tracking key', 'trackingKey'] as const);
  throw new Refusal({
    code,
    status: 409,
    title: `This ${what} belongs to another payment`,
    detail: `It is of ${other.leg}, which it paid. Nothing was done. Look at Banxico’s CEP for the key and the receipt of the payment by hand.`,
    errors: [{ field, message: 'is of another payout' }],
  });
}
