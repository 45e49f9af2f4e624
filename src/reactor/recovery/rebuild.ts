/** Takes a payment along what was done already, step by step, on the same decisions and evidence as ever. Sends nothing. */
import { and, eq, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import { centavos } from '../../money/money.ts';
import { applyDone, applyMove } from '../advance/apply.ts';
import { loadView } from '../advance/load.ts';
import { StaleViewError } from '../advance/stale.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { refusalOf } from '../db/refused.ts';
import { destination, effect, ledgerEntry, leg } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { driverOf } from '../effects/drivers/index.ts';
import { type Lane, withLane } from '../effects/lane.ts';
import { recordDone } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import { type EffectKind, isLiveEffect } from '../effects/states.ts';
import { registerDestination } from '../intake/subjects.ts';
import { settleEntry } from '../ledger/write.ts';
import { nextStep } from '../payment/decide.ts';
import { begin } from '../payment/step.ts';
import type { Decision, LegView } from '../payment/view.ts';
import { joinAct } from './adopt.ts';
import type { Assigned } from './plan.ts';
import type { Act, Deed } from './survey.ts';

/** More steps than any journey has. */
const MOST_STEPS = 40;

export type Rebuilt = Readonly<{
  /** Acts that could not be joined yet: their leg waits for evidence that is still being read. */
  left: readonly Assigned[];
  /** What threw while they were joined; null where nothing did. */
  trouble: string | null;
}>;

/** Joins what it can of a payment's acts. */
export async function rebuildPayment(
  ctx: Context,
  paymentId: string,
  todo: readonly Assigned[],
  acts: ReadonlyMap<string, Act>,
): Promise<Rebuilt> {
  let left = todo;
  const trouble = await troubleOf(ctx, paymentId, async () => {
    await withLane(ctx, `payment:${paymentId}`, async (lane) => {
      for (let step = 0; step < MOST_STEPS && left.length > 0; step++) {
        const joined = await oneStep(ctx, lane, paymentId, left, acts);
        if (joined === null) return;
        left = left.filter((one) => one !== joined);
      }
    });
  });
  return { left, trouble };
}

/** What threw while a payment was rebuilt, null for nothing. It is this payment's alone: it is logged and told, and the others have their turn. */
export async function troubleOf(ctx: Context, paymentId: string, work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    // Somebody moved it meanwhile; the next round sees how.
    if (error instanceof StaleViewError) return null;
    ctx.log.error({ event: 'rebuild_failed', paymentId, err: error }, 'what was done of a payment could not be joined');
    return refusalOf(error) ?? 'the log line rebuild_failed says what threw';
  }
}

/** One act joined, or one move of a leg whose acts wait (`moved`); null when there is nothing to do now. */
async function oneStep(
  ctx: Context,
  lane: Lane,
  paymentId: string,
  todo: readonly Assigned[],
  acts: ReadonlyMap<string, Act>,
): Promise<Assigned | 'moved' | null> {
  const view = await loadView(ctx, paymentId);
  for (const leg of view?.legs ?? []) {
    const mine = todo.filter(({ legId }) => legId === leg.id);
    if (!view || mine.length === 0) continue;
    const act = (one: Assigned): Deed => {
      const found = acts.get(one.key);
      if (!found || found.source === 'clabe') throw new Error(`no act ${one.key}`);
      return found;
    };
    const unsent = mine.find(({ kind }) => leg.effects[kind]?.state === 'recorded');
    const attempt = unsent && leg.effects[unsent.kind]?.attempt;
    if (unsent && attempt !== undefined && attempt < attemptOf(act(unsent), attempt)) {
      await ctx.db.transaction((tx) => endUnsent(tx, lane, leg.effects[unsent.kind]?.id ?? ''));
      return 'moved';
    }
    if (unsent) {
      await ctx.db.transaction((tx) => joinAct(tx, ctx, lane, leg.effects[unsent.kind]?.id ?? '', act(unsent)));
      return unsent;
    }
    const next = doneBefore(leg, mine) ?? nextStep(view, asAllowed(leg, mine));
    if (next.do === 'move') {
      await applyMove(ctx, lane, paymentId, next);
      return 'moved';
    }
    const done =
      next.do === 'record' &&
      mine.find((one) => one.kind === next.effect && attemptOf(act(one), next.attempt) === next.attempt);
    if (next.do === 'record' && done) {
      const deed = act(done);
      // Its deadline was counted from the moment at which it was made, which nothing here remembers.
      const sent = deed.source === 'wallet' ? { to: deed.sent.to, data: deed.sent.data } : undefined;
      await applyDone(ctx, lane, paymentId, next, (tx, effectId) => joinAct(tx, ctx, lane, effectId, deed), sent);
      return done;
    }
  }
  return null;
}

/** Which attempt it was, where its key says so; any, where nothing does. */
const attemptOf = (deed: Deed, any: number): number => (deed.source === 'bitso' ? (deed.of?.attempt ?? any) : any);

/** It gave way to a later attempt before it was sent: Bitso has the later one's key, and not its own. */
async function endUnsent(tx: Tx, lane: Lane, effectId: string): Promise<void> {
  const [row] = await tx.select().from(effect).where(eq(effect.id, effectId)).for('update');
  if (row?.state !== 'recorded') throw new StaleViewError(`effect ${effectId} is no longer recorded`);
  const text = 'a later attempt was made, as recovery found it';
  await moveEffect(tx, lane, row, 'dead', { code: 'no_longer_wanted', text });
  const [booked] = await tx.select().from(ledgerEntry).where(eq(ledgerEntry.effectId, effectId));
  if (booked) await settleEntry(tx, effectId, 'voided');
}

/**
 * The leg as it was when what was found was done: who allowed another attempt after one that came to nothing may have been lost, and
 * nobody allows what is there already. Only what is joined is begun by it.
 */
function asAllowed(leg: LegView, mine: readonly Assigned[]): LegView {
  const effects = { ...leg.effects };
  for (const { kind } of mine) {
    const last = effects[kind];
    if (last && !isLiveEffect(last.state)) effects[kind] = { ...last, isNextAllowed: true };
  }
  return { ...leg, effects };
}

/**
 * The release of a leg in custody, where the chain has it: its approvals, and the signature that ended it before its date, may have been
 * lost. Nothing is approved or signed for it again. Null where there is none, or what comes before it is not yet joined.
 */
function doneBefore(leg: LegView, mine: readonly Assigned[]): Decision | null {
  const isReleased = leg.state === 'in_custody' && mine.every(({ kind }) => !BEFORE_THE_RELEASE.has(kind));
  return isReleased && mine.some(({ kind }) => kind === 'chain_release')
    ? begin(leg, 'chain_release', 'releasing')
    : null;
}
const BEFORE_THE_RELEASE: ReadonlySet<EffectKind> = new Set(['juno_withdrawal', 'chain_create', 'chain_fund']);

/** Payout accounts of these legs that are registered at Juno and not known here to be: found by CLABE and name, and read back. */
export async function rebuildDestinations(ctx: Context, legIds: readonly string[]): Promise<void> {
  if (legIds.length === 0) return;
  const rows = await ctx.db
    .selectDistinct({ id: destination.id, clabe: destination.clabe })
    .from(destination)
    .innerJoin(leg, eq(leg.destinationId, destination.id))
    .where(
      and(
        sql`${leg.id} = ANY(${sql.param([...legIds])}::uuid[])`,
        eq(leg.rail, 'bank_redemption'),
        sql`${destination.verifiedAt} IS NULL`,
      ),
    );
  for (const { id, clabe } of rows) {
    await withLane(ctx, `destination:${id}`, (lane) => adoptAccount(ctx, lane, id));
    const [known] = await ctx.db
      .select({ id: effect.id })
      .from(effect)
      .where(and(eq(effect.subjectId, id), eq(effect.kind, 'juno_bank_account'), eq(effect.state, 'confirmed')));
    // Confirmed, it is only read back: nothing is registered.
    if (known) await registerDestination(ctx, id);
    else
      ctx.log.warn({ event: 'account_not_found', destinationId: id }, `Juno lists no account for ${maskClabe(clabe)}`);
  }
}

async function adoptAccount(ctx: Context, lane: Lane, destinationId: string): Promise<void> {
  const [last] = await ctx.db
    .select()
    .from(effect)
    .where(and(eq(effect.subjectId, destinationId), eq(effect.kind, 'juno_bank_account')));
  if (last && last.state !== 'recorded') return;
  const wanted = last ?? ({ id: ctx.newId(), subjectId: destinationId } as EffectRow);
  const seen = await driverOf('juno_bank_account').look(ctx, wanted);
  if (seen.found !== 'one') return;
  await ctx.db.transaction(async (tx) => {
    const effectId =
      last?.id ??
      (await recordDone(tx, ctx, lane, {
        subjectKind: 'destination',
        subjectId: destinationId,
        kind: 'juno_bank_account',
        attempt: 1,
        paymentId: null,
        request: { body: 'not kept: recovery found the account at Juno' },
        amount: centavos(0n),
        postings: null,
      }));
    const [row] = await tx.select().from(effect).where(eq(effect.id, effectId)).for('update');
    if (!row) throw new Error(`no effect ${effectId}`);
    const sending = await moveEffect(tx, lane, row, 'sending', null);
    await moveEffect(tx, lane, sending, 'confirmed', null, { externalId: seen.externalId });
  });
}
