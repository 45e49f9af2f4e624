/** What two people may decide of an effect: that what is unknown happened or did not, and that another attempt may be made. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { getTransaction } from '../../juno/getTransaction.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { effect } from '../db/schema.ts';
import type { Job } from '../queue/port.ts';
import { noteWork, workOf } from '../work.ts';
import type { EffectRow } from './driver.ts';
import { driverOf } from './drivers/index.ts';
import { problemWith } from './drivers/verify.ts';
import type { Lane } from './lane.ts';
import { noEffect, notDecidable, notFitting } from './refusals.ts';
import { asked, assertAtBitso, assertInPool } from './seen-back.ts';
import { moveEffect } from './send.ts';
import { RESOLVE_HOW } from './terms.ts';

/** Where a repeat is not the same act, a person waits this long for it to show (design, "The effect rules"). */
const SHOWS_WITHIN_MS = 24 * 3_600_000;
/** The last repeat may have left at the end of its window, and takes this long at most to show. */
const SETTLES_MS = 15 * 60_000;

/** Says what became of an effect whose answer was lost: Juno's id of it, or that nothing left the house. */
export const RESOLVE_EFFECT: FourEyesCommand<typeof RESOLVE_HOW> = {
  name: 'effect resolve',
  subjectKind: 'effect',
  parameters: RESOLVE_HOW,
  check: async (ctx, { subjectId, parameters }) => {
    const row = await readEffect(ctx, subjectId);
    assertUnknown(row);
    await asked(async () => {
      if (parameters.as === 'happened') {
        const problem = await problemWith(ctx, row, parameters.externalId);
        if (problem) throw notFitting(problem);
      } else await assertNothingLeft(ctx, row);
    });
  },
  lane: async (ctx, { subjectId }) => laneOf(await readEffect(ctx, subjectId)),
  execute: async (tx, _ctx, { subjectId, parameters, proposalId, lane }) => {
    const row = await lockEffect(tx, subjectId);
    assertUnknown(row);
    if (parameters.as === 'happened')
      await moveEffect(tx, held(lane), row, 'confirmed', null, { externalId: parameters.externalId });
    else
      await moveEffect(
        tx,
        held(lane),
        row,
        'dead',
        { code: 'not_happened', text: 'two people saw that nothing left the house' },
        { decidedBy: proposalId },
      );
  },
  wakes: (ctx, { subjectId }) => wakesOf(ctx, subjectId),
};

const ALLOW = z.strictObject({});

/** Lets another attempt be made after one that was refused, that failed at Juno, or that was the last of the machine's own. */
export const ALLOW_ATTEMPT: FourEyesCommand<typeof ALLOW> = {
  name: 'effect allow-attempt',
  subjectKind: 'effect',
  parameters: ALLOW,
  check: async (ctx, { subjectId }) => {
    const row = await readEffect(ctx, subjectId);
    assertSpent(row);
    await assertNewest(ctx.db, row);
    await asked(async () => {
      if (row.state === 'confirmed') await assertFailed(ctx, row);
      else if (row.kind === 'juno_withdrawal' || row.kind === 'juno_redemption') await assertNoneShows(ctx, row);
    });
  },
  lane: async (ctx, { subjectId }) => laneOf(await readEffect(ctx, subjectId)),
  execute: async (tx, _ctx, { subjectId, proposalId, lane }) => {
    const row = await lockEffect(tx, subjectId);
    assertSpent(row);
    await assertNewest(tx, row);
    if (row.state === 'confirmed')
      await moveEffect(
        tx,
        held(lane),
        row,
        'dead',
        { code: 'failed_outside', text: 'Juno says that it failed, and two people found its money back' },
        { decidedBy: proposalId },
      );
    else await tx.update(effect).set({ decidedBy: proposalId }).where(eq(effect.id, row.id));
  },
  wakes: (ctx, { subjectId }) => wakesOf(ctx, subjectId),
};

/** Unknown, and no repeat can resolve it any more: until then the machine does by itself what a person would. */
function assertUnknown({ state }: EffectRow): void {
  if (state === 'unknown') return;
  throw notDecidable(`It is ${state}: only what is unknown is resolved by people.`);
}

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
const span = (ms: number): string => (ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${Math.ceil(ms / MINUTE_MS)} min`);

/** Nothing shows it, and by now it would show. Throws a Refusal. */
async function assertNothingLeft(ctx: Context, row: EffectRow): Promise<void> {
  const driver = driverOf(row.kind);
  const wait_ms = driver.isRepeatable ? ctx.settings.junoReplayWindow_ms + SETTLES_MS : SHOWS_WITHIN_MS;
  const [aged] = await ctx.db
    .select({
      isOld: sql<boolean>`${effect.firstSentAt} < reactor.now() - ${wait_ms} * interval '1 millisecond'`,
    })
    .from(effect)
    .where(eq(effect.id, row.id));
  if (!aged?.isOld)
    throw notDecidable(`What was sent less than ${span(wait_ms)} ago may still show. It is looked for by itself.`);
  await assertNoneShows(ctx, row);
  if (row.kind === 'juno_withdrawal' || row.kind === 'juno_redemption') await assertInPool(ctx, row);
  if (row.kind === 'bitso_payout') await assertAtBitso(ctx, row);
}

/** Nothing outside can be it, as it is read now: what was read before nobody asked proves nothing. Throws a Refusal, or a JunoError. */
async function assertNoneShows(ctx: Context, row: EffectRow): Promise<void> {
  if (row.firstSentAt === null) return;
  const driver = driverOf(row.kind);
  const unread = (await driver.readAnew?.(ctx, row)) ?? null;
  if (unread) throw notDecidable(unread);
  const seen = await driver.look(ctx, row);
  const isOver = row.state !== 'unknown';
  if (seen.found === 'one')
    throw notDecidable(
      `It happened: the outside has it as ${seen.externalId}, and ${isOver ? 'our records have that it did not. Tell engineering.' : 'it is confirmed by itself.'}`,
    );
  if (seen.found === 'several')
    throw notDecidable(
      `Several records outside could be it. ${isOver ? 'Tell engineering.' : 'Resolve it as happened, with the one that it is.'}`,
    );
}

/** Spent: it came to nothing, or Juno confirmed it and may have let it fail since. */
function assertSpent({ kind, state, decidedBy }: EffectRow): void {
  if (decidedBy) throw notDecidable('Another attempt has been allowed already.');
  if (kind === 'bitso_payout' && state !== 'confirmed')
    throw notDecidable('A payout that came to nothing gets a new account and a new leg, not another attempt.');
  if (state === 'rejected' || state === 'dead') return;
  if (state === 'confirmed' && (kind === 'juno_withdrawal' || kind === 'juno_redemption')) return;
  throw notDecidable(`It is ${state}: another attempt beside it could move the money twice.`);
}

async function assertNewest(db: Pick<Tx, 'select'>, row: EffectRow): Promise<void> {
  const [newer] = await db
    .select({ attempt: effect.attempt })
    .from(effect)
    .where(
      and(
        eq(effect.subjectKind, row.subjectKind),
        eq(effect.subjectId, row.subjectId),
        eq(effect.kind, row.kind),
        sql`${effect.attempt} > ${row.attempt}`,
      ),
    );
  if (newer) throw notDecidable(`Attempt ${newer.attempt} was made since.`);
}

async function assertFailed(ctx: Context, row: EffectRow): Promise<void> {
  const { status } = await getTransaction(ctx.juno, { id: row.externalId ?? '' });
  if (status !== 'failed') throw notDecidable(`Juno says of it: ${status}. Only one that failed is tried again.`);
  // What failed on its way to the bank may be burnt all the same, and its pesos be anywhere.
  await assertInPool(
    ctx,
    row,
    `Juno says that ${row.externalId} failed, and not where its money is: ask Juno’s support with that id, and repeat this once it is in the balance.`,
  );
}

export async function readEffect({ db }: Pick<Context, 'db'>, id: string): Promise<EffectRow> {
  const [row] = z.uuid().safeParse(id).success ? await db.select().from(effect).where(eq(effect.id, id)) : [];
  if (!row) throw noEffect();
  noteWork(workOf(row));
  return row;
}

async function lockEffect(tx: Tx, id: string): Promise<EffectRow> {
  const [row] = await tx.select().from(effect).where(eq(effect.id, id)).for('update');
  if (!row) throw noEffect();
  return row;
}

/** The lane that its subject is worked on in. */
export const laneOf = ({ subjectKind, subjectId, paymentId, lane }: EffectRow): string =>
  paymentId
    ? `payment:${paymentId}`
    : subjectKind === 'user' || subjectKind === 'destination'
      ? `${subjectKind}:${subjectId}`
      : lane;

function held(lane: Lane | null): Lane {
  if (!lane) throw new Error('an effect is decided in its lane');
  return lane;
}

async function wakesOf(ctx: Context, id: string): Promise<Job[]> {
  const { paymentId, subjectKind, subjectId } = await readEffect(ctx, id);
  if (paymentId) return [{ lane: 'payment', id: paymentId }];
  if (subjectKind === 'user' || subjectKind === 'destination') return [{ lane: subjectKind, id: subjectId }];
  return [];
}

/** Kinds of which Juno or Bitso alone knows what became of them. */
export const OUTSIDE_KINDS = [
  'juno_clabe',
  'juno_bank_account',
  'juno_withdrawal',
  'juno_redemption',
  'bitso_payout',
] as const;
export const isOutsideKind = inArray(effect.kind, [...OUTSIDE_KINDS]);
