/** Effects whose subject is no payment: a user's CLABE and a payout account's registration at Juno. */
import { and, desc, eq, sql } from 'drizzle-orm';
import { encodeBankAccount } from '../../juno/createBankAccount.ts';
import { listBankAccounts } from '../../juno/listBankAccounts.ts';
import { parseClabe } from '../../money/clabe.ts';
import { centavos } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { depositClabe, destination, effect, person } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { junoDriver } from '../effects/drivers/juno.ts';
import { type Lane, withLane } from '../effects/lane.ts';
import { recordEffect } from '../effects/record.ts';
import { sendEffect } from '../effects/send.ts';
import type { EffectKind, SubjectKind } from '../effects/states.ts';

const LOOK_AGAIN_MS = 1_000;

/** Gets a user its one CLABE. Safe to run any number of times. Who is nobody but the payer of a stray deposit needs none. */
export async function provideClabe(ctx: Context, userId: string): Promise<void> {
  await withLane(ctx.db, `user:${userId}`, ctx.holder, async (lane) => {
    const [known] = await ctx.db.select({ id: person.userId }).from(person).where(eq(person.userId, userId));
    const [owned] = await ctx.db.select().from(depositClabe).where(eq(depositClabe.userId, userId));
    if (!known || owned) return;
    const row = await performed(ctx, lane, {
      subjectKind: 'user',
      subjectId: userId,
      kind: 'juno_clabe',
      request: {},
      switches: ['all', 'rail:juno', `user:${userId}`],
    });
    if (row?.externalId)
      await ctx.db
        .insert(depositClabe)
        .values({ clabe: parseClabe(row.externalId), userId })
        .onConflictDoNothing();
    else await ctx.queue.enqueue({ lane: 'user', id: userId }, { at: new Date(ctx.now().getTime() + LOOK_AGAIN_MS) });
  });
}

/** Registers a payout account at Juno, reads it back and compares. Only then may money be sent to it (incident 14). */
export async function registerDestination(ctx: Context, destinationId: string): Promise<void> {
  const again = () =>
    ctx.queue.enqueue(
      { lane: 'destination', id: destinationId },
      { at: new Date(ctx.now().getTime() + LOOK_AGAIN_MS) },
    );
  await withLane(ctx.db, `destination:${destinationId}`, ctx.holder, async (lane) => {
    const [row] = await ctx.db.select().from(destination).where(eq(destination.id, destinationId));
    if (!row || row.verifiedAt) return;
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
        request: { body },
        switches: ['all', 'rail:juno'],
      });
      if (!sent?.externalId) return again();
      junoAccountId = sent.externalId;
      await ctx.db.update(destination).set({ junoAccountId }).where(eq(destination.id, destinationId));
    }
    const { items } = await listBankAccounts(ctx.juno);
    const back = items.find((item) => item.id === junoAccountId);
    // Not listed yet is not wrong: third parties saw the list lag behind (Juno, "Bank accounts").
    if (!back) return again();
    if (back.clabe !== clabe || back.legalName !== legalName) {
      ctx.log.error(
        { event: 'destination_differs', destinationId },
        'Juno has another CLABE or name under this account; nothing is paid to it until a person has looked',
      );
      return;
    }
    await ctx.db
      .update(destination)
      .set({ verifiedAt: sql`clock_timestamp()` })
      .where(eq(destination.id, destinationId));
    await wakePaymentsOf(ctx, destinationId);
  });
}

type Performed = Readonly<{
  subjectKind: SubjectKind;
  subjectId: string;
  kind: EffectKind;
  request: object;
  switches: string[];
}>;

/** Records the effect if there is none alive, and takes it one step further. Answers its row as it is then. */
async function performed(
  ctx: Context,
  lane: Lane,
  { subjectKind, subjectId, kind, request, switches }: Performed,
): Promise<EffectRow | undefined> {
  const newest = async () => {
    const [row] = await ctx.db
      .select()
      .from(effect)
      .where(and(eq(effect.subjectKind, subjectKind), eq(effect.subjectId, subjectId), eq(effect.kind, kind)))
      .orderBy(desc(effect.attempt))
      .limit(1);
    return row;
  };
  let row = await newest();
  if (!row) {
    await ctx.db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        subjectKind,
        subjectId,
        kind,
        attempt: 1,
        paymentId: null,
        request,
        amount: centavos(0n),
        switches,
        outgoing: null,
        postings: null,
      }),
    );
    row = await newest();
  }
  if (row && ['recorded', 'sending', 'unknown'].includes(row.state) && row.nextLookAt <= ctx.now()) {
    await sendEffect(ctx, lane, junoDriver(kind), row.id, switches);
    row = await newest();
  }
  return row?.state === 'confirmed' ? row : undefined;
}

async function wakePaymentsOf(ctx: Context, destinationId: string): Promise<void> {
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT DISTINCT payment_id AS id FROM reactor.leg WHERE destination_id = ${destinationId} AND state NOT IN ('completed', 'replaced', 'expired', 'closed')`);
  for (const { id } of rows) await ctx.queue.enqueue({ lane: 'payment', id });
}
