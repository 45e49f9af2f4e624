/** Effects whose subject is no payment: a user's CLABE and a payout account's registration at Juno. */

import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { encodeBankAccount } from '../../juno/createBankAccount.ts';
import { isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { centavos } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { depositClabe, destination, effect, person, user } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { clabeRequest } from '../effects/drivers/clabes.ts';
import { driverOf } from '../effects/drivers/index.ts';
import { type Lane, withLane } from '../effects/lane.ts';
import { recordEffect } from '../effects/record.ts';
import { sendEffect } from '../effects/send.ts';
import { type EffectKind, isLiveEffect, type SubjectKind } from '../effects/states.ts';
import { isErasedClabe } from '../people/erased.ts';
import { isSameName } from '../people/same-name.ts';

const LOOK_AGAIN_MS = 1_000;
/** What was refused waits for two people, and the sweep looks too. */
const REFUSED_MS = 60_000;
/** Many payments that are due at one moment ask once. */
const SHARED_MS = 5_000;

/** When to look again: what is looked for in vain is looked for later each time, for Juno's budget is everybody's. */
function nextLook(
  ctx: Context,
  sent: Pick<EffectRow, 'state' | 'nextLookAt' | 'externalId'> | undefined,
): { at: Date } {
  const soon_ms =
    ctx.now().getTime() + (sent && !isLiveEffect(sent.state) && !sent.externalId ? REFUSED_MS : LOOK_AGAIN_MS);
  return { at: new Date(Math.max(soon_ms, sent?.nextLookAt.getTime() ?? 0)) };
}

/** Gets a user its one CLABE. Safe to run any number of times. Who is nobody but the payer of a stray deposit needs none. */
export async function provideClabe(ctx: Context, userId: string): Promise<void> {
  await withLane(ctx, `user:${userId}`, async (lane) => {
    const [known] = await ctx.db
      .select({ id: user.id })
      .from(user)
      .innerJoin(person, eq(person.userId, user.id))
      .where(and(eq(user.id, userId), isNull(user.erasedAt)));
    const [owned] = await ctx.db.select().from(depositClabe).where(eq(depositClabe.userId, userId));
    if (!known || owned) return;
    const row = await performed(ctx, lane, {
      subjectKind: 'user',
      subjectId: userId,
      kind: 'juno_clabe',
      request: () => clabeRequest(ctx),
      switches: ['all', 'rail:juno', `user:${userId}`],
    });
    if (row?.state === 'confirmed' && row.externalId)
      await ctx.db
        .insert(depositClabe)
        .values({ clabe: parseClabe(row.externalId), userId })
        .onConflictDoNothing();
    else await ctx.queue.enqueue({ lane: 'user', id: userId }, nextLook(ctx, row));
  });
}

/** Registers a payout account at Juno, reads it back and compares. Only then may money be sent to it (incident 14). */
export async function registerDestination(ctx: Context, destinationId: string): Promise<void> {
  const again = (sent?: EffectRow) =>
    ctx.queue.enqueue({ lane: 'destination', id: destinationId }, nextLook(ctx, sent));
  await withLane(ctx, `destination:${destinationId}`, async (lane) => {
    const [row] = await ctx.db.select().from(destination).where(eq(destination.id, destinationId));
    // Juno refuses accounts of its own house; those are reached over the Bitso balance and need no registration.
    if (!row || row.verifiedAt || isErasedClabe(row.clabe) || isNvioClabe(parseClabe(row.clabe))) return;
    const { clabe, legalName } = row;
    let { junoAccountId } = row;
    if (!junoAccountId) {
      const body = encodeBankAccount({
        clabe: parseClabe(clabe),
        legalName,
        tag: `kustodia-${destinationId.slice(0, 8)}`,
      });
      const sent = await performed(ctx, lane, {
        subjectKind: 'destination',
        subjectId: destinationId,
        kind: 'juno_bank_account',
        request: async () => ({ body }),
        switches: ['all', 'rail:juno', `user:${row.userId}`],
      });
      if (sent?.state !== 'confirmed' || !sent.externalId) return again(sent);
      junoAccountId = sent.externalId;
      await ctx.db.update(destination).set({ junoAccountId }).where(eq(destination.id, destinationId));
    }
    // Read after it was made: what was read before cannot have it.
    const accounts = await ctx.bankAccounts.read({ age_ms: 0 });
    const back = accounts.find((item) => item.id === junoAccountId);
    // Not listed yet is not wrong: third parties saw the list lag behind (Juno, "Bank accounts").
    if (!back) return again();
    if (back.clabe !== clabe || !isSameName(back.legalName, legalName)) {
      await wakePaymentsOf(ctx, destinationId, { isReady: false });
      ctx.log.error(
        { event: 'destination_differs', destinationId },
        'Juno has another CLABE or name under this account; nothing is paid to it until a person has looked',
      );
      return;
    }
    await wakePaymentsOf(ctx, destinationId, { isReady: true });
  });
}

/**
 * Whether Juno's own record of a registered payout account is, now, what the account was given as. Where `isShared`, “now” is a
 * list read at most five seconds ago, also for others: nothing at Juno ties a look to the redemption after it, which may take
 * longer on its way. A look guards against an account that was made wrong, or changed at Juno by a person; never against a change
 * at the same moment. Throws a JunoError.
 */
export async function isAsRegistered(
  ctx: Context,
  destinationId: string,
  { isShared }: Readonly<{ isShared: boolean }>,
): Promise<boolean> {
  const [row] = await ctx.db.select().from(destination).where(eq(destination.id, destinationId));
  const isIn = (accounts: Awaited<ReturnType<Context['bankAccounts']['read']>>) =>
    accounts.some(
      ({ id, clabe, legalName }) =>
        id === row?.junoAccountId && clabe === row.clabe && isSameName(legalName, row.legalName),
    );
  if (isShared && isIn(await ctx.bankAccounts.read({ age_ms: SHARED_MS }))) return true;
  // What others read may be from before the account was made: nobody is refused by it.
  return isIn(await ctx.bankAccounts.read({ age_ms: 0 }));
}

type Performed = Readonly<{
  subjectKind: SubjectKind;
  subjectId: string;
  kind: EffectKind;
  /** Made once, when the effect is recorded; may ask Juno. */
  request: () => Promise<object>;
  switches: string[];
}>;

/** Records the effect if there is none, or two people allowed another, and takes it one step further. Answers its row as it is then. */
async function performed(
  ctx: Context,
  lane: Lane,
  { subjectKind, subjectId, kind, request, switches }: Performed,
): Promise<EffectRow | undefined> {
  const newest = async () => {
    const [found] = await ctx.db
      .select({ row: effect, isDue: sql<boolean>`${effect.nextLookAt} <= reactor.now()` })
      .from(effect)
      .where(and(eq(effect.subjectKind, subjectKind), eq(effect.subjectId, subjectId), eq(effect.kind, kind)))
      .orderBy(desc(effect.attempt))
      .limit(1);
    return found;
  };
  let found = await newest();
  const isSpent = found && !isLiveEffect(found.row.state) && found.row.decidedBy !== null;
  if (!found || isSpent) {
    const attempt = (found?.row.attempt ?? 0) + 1;
    const made = await request();
    await ctx.db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        subjectKind,
        subjectId,
        kind,
        attempt,
        paymentId: null,
        request: made,
        amount: centavos(0n),
        switches,
        outgoing: null,
        postings: null,
      }),
    );
    found = await newest();
  }
  if (found?.isDue && ['recorded', 'sending', 'unknown'].includes(found.row.state)) {
    await sendEffect(ctx, lane, driverOf(kind), found.row.id, { switches });
    found = await newest();
  }
  return found?.row;
}

/**
 * Writes down what an account was found to be, and makes all that waits for it due in the same breath: should its wake-up be lost, the
 * sweep finds it.
 */
async function wakePaymentsOf(
  ctx: Context,
  destinationId: string,
  { isReady }: Readonly<{ isReady: boolean }>,
): Promise<void> {
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    WITH account AS (
      UPDATE reactor.destination SET ${isReady ? sql`verified_at = reactor.now()` : sql`differs = true`} WHERE id = ${destinationId} RETURNING id)
    UPDATE reactor.leg l SET due_at = reactor.now() FROM account
    WHERE l.destination_id = account.id AND l.state NOT IN ('completed', 'replaced', 'expired', 'closed') RETURNING l.payment_id AS id`);
  for (const id of new Set(rows.map((row) => row.id))) await ctx.queue.enqueue({ lane: 'payment', id });
}
