import { setTimeout as sleep } from 'node:timers/promises';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatMoney, mxnbUnits } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { foreignAct } from '../db/schema.ts';
import { withLane } from '../effects/lane.ts';
import type { EffectKind } from '../effects/states.ts';
import { intake } from '../intake/intake.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { proveDepositAddress } from '../probe/probe.ts';
import { adoptHousekeeping, joinVersion } from './adopt.ts';
import { beginOwed } from './begin-owed.ts';
import { adoptClabe } from './clabes.ts';
import { type Owed, paymentOf, whyKept } from './owed.ts';
import type { Assigned } from './plan.ts';
import { rebuildDestinations, rebuildPayment, troubleOf } from './rebuild.ts';
import { recoveryNeeded, setRecovery } from './state.ts';
import { type Act, keyOf, type Survey, survey } from './survey.ts';
import type { WalletAct } from './wallet-acts.ts';

/** One request works for so long; what is left is taken up by the next. Shorter than the command line waits. */
const WORK_MS = 12_000;
const ROUND_MS = 500;

export type RecoverParameters = Readonly<{
  actor: Actor;
  reason: string;
  /** Acts of which the person says that they are nobody's here: ids at Juno and hashes of the wallet. */
  notOurs: readonly string[];
  /** CLABEs of which the person knows which user here was told them. */
  clabes?: readonly Readonly<{ clabe: string; userId: string }>[];
  dryRun: boolean;
}>;

export type RecoverReturnType = Readonly<{
  state: 'clear' | 'needed';
  sentence: string;
  /** What each act is taken for. */
  adopted: readonly { act: string; what: string; paymentId: string | null; kind: string }[];
  /** Of no payment here: to be named with `notOurs` once a person knows whose they are. */
  left: readonly { act: string; what: string }[];
  /** Acts whose evidence is still being read: the same command again takes them up. */
  waiting: number;
  /** Payments of which something threw while their acts were joined, and what: engineering mends it, and the same command goes on. */
  troubles: readonly { paymentId: string; why: string }[];
  /** Transactions of the wallet that are in no block yet: until they are, nothing is rebuilt. */
  pending: number;
}>;

/**
 * Rebuilds the effects that the outside has and this database lost, by derived keys, references, nonces and amounts, each along the
 * evidence that ends its step; then money is on again. Sends nothing. Safe to repeat. With `dryRun` it only says what it would do.
 * Throws a Refusal `in_progress`, `not_an_act`.
 */
export async function recover(ctx: Context, parameters: RecoverParameters): Promise<RecoverReturnType> {
  if (parameters.dryRun) {
    const found = await survey(ctx);
    return report(await recoveryNeeded(ctx.db), found, [], found.assigned.length + found.owed.length);
  }
  const result = await withLane(ctx, 'recovery:rebuild', () => rebuild(ctx, parameters));
  if (result !== 'busy') return result;
  throw new Refusal({
    code: 'in_progress',
    status: 409,
    title: 'Somebody is recovering already',
    detail: 'Wait for it to end, then look again with --dry-run.',
  });
}

async function rebuild(
  ctx: Context,
  { actor, reason, notOurs, clabes = [] }: RecoverParameters,
): Promise<RecoverReturnType> {
  // What was read since the backup is lost with it: everything is read again before anything is joined.
  await intake(ctx);
  const first = await survey(ctx);
  if (first.pending > 0) return report(await recoveryNeeded(ctx.db), first, [], 0);
  // All that is named is looked at before any of it is written: what is refused has changed nothing.
  const disowned = notOurs.map((id) => leftAct(first, id));
  for (const act of disowned) await assertNotOwed(ctx, act);
  for (const { clabe } of clabes) if (first.acts.get(clabe)?.source !== 'clabe') throw notAnAct(clabe);
  // Who asked is written down before anything that they asked for, so that a process that dies on the way leaves nothing without an actor.
  const asked = { actor, subject: 'recovery', reason };
  const named = { notOurs: notOurs.length, clabes: clabes.length };
  await ctx.db.transaction((tx) => audit(tx, { ...asked, command: 'recover', detail: named }));
  for (const act of disowned) await setAside(ctx, act, reason);
  for (const { clabe, userId } of clabes) await adoptClabe(ctx, userId, clabe);
  const adopted: Adopted[] = versionsIn(first);
  for (const act of first.housekeeping)
    if (!(await adoptHousekeeping(ctx, act))) await setAside(ctx, act, 'it moved nothing, or repeats what is known');
  for (const { act, signed } of first.versions) await joinVersion(ctx, act, signed);

  const done = await joinAll(ctx, first);
  adopted.push(...done.adopted);
  const { waiting } = done;

  const after = await survey(ctx);
  const isClear = after.acts.size === 0 && after.pending === 0;
  await ctx.db.transaction(async (tx) => {
    if (isClear) await setRecovery(tx, ctx, null);
    const detail = { adopted: adopted.length, left: after.left.length, waiting, ...named, isClear };
    await audit(tx, { ...asked, command: 'recover end', detail });
  });
  for (const paymentId of new Set(adopted.flatMap((one) => one.paymentId ?? [])))
    await ctx.queue.enqueue({ lane: 'payment', id: paymentId });
  ctx.log.warn({ event: 'recovered', adopted: adopted.length, left: after.left.length, waiting, isClear });
  const needed = isClear ? null : await recoveryNeeded(ctx.db);
  return { ...report(needed, after, adopted, waiting, done.acts), troubles: asTold(done.troubles) };
}

type Joined = Readonly<{
  adopted: readonly Adopted[];
  waiting: number;
  troubles: ReadonlyMap<string, string>;
  acts: ReadonlyMap<string, Act>;
}>;

/** Joins what was found to its legs, round after round for as long as it may work, and makes the legs that paid what is owed. */
async function joinAll(ctx: Context, first: Survey): Promise<Joined> {
  const [adopted, stopped]: [Adopted[], Assigned[]] = [[], []];
  const heldUp: Owed[] = [];
  const troubles = new Map<string, string>();
  const isFree = ({ paymentId }: Assigned): boolean => !troubles.has(paymentId);
  let { acts, owed, assigned: todo } = first;
  await rebuildDestinations(ctx, legsOf(todo));
  const deadline = ctx.monotonic() + WORK_MS;
  while (todo.length + owed.length > 0 && ctx.monotonic() < deadline) {
    await proveDepositAddress(ctx).catch((error: unknown) => ctx.log.debug({ event: 'probe_waits', err: error }));
    const left: Assigned[] = [];
    for (const [paymentId, mine] of Map.groupBy(todo, (one) => one.paymentId)) {
      const rebuilt = await rebuildPayment(ctx, paymentId, mine, acts);
      if (rebuilt.trouble !== null) troubles.set(paymentId, rebuilt.trouble);
      (rebuilt.trouble === null ? left : stopped).push(...rebuilt.left);
    }
    adopted.push(...todo.filter((one) => !left.includes(one) && !stopped.includes(one)));
    todo = left;
    let isBegun = false;
    for (const one of owed) {
      const paymentId = paymentOf(one.debt);
      const trouble = await troubleOf(ctx, paymentId, async () => {
        isBegun = (await beginOwed(ctx, one.debt)) || isBegun;
      });
      if (trouble === null) continue;
      troubles.set(paymentId, trouble);
      heldUp.push(one);
    }
    if (isBegun) {
      const next = await survey(ctx);
      await rebuildDestinations(ctx, legsOf(next.assigned));
      acts = new Map([...acts, ...next.acts]);
      todo = next.assigned.filter(isFree);
      owed = next.owed.filter(({ debt }) => !troubles.has(paymentOf(debt)));
    } else {
      owed = owed.filter((one) => !heldUp.includes(one));
      if (todo.length + owed.length === 0) break;
      await sleep(ROUND_MS);
      await intake(ctx);
    }
  }
  return { adopted, waiting: todo.length + owed.length + stopped.length + heldUp.length, troubles, acts };
}

const legsOf = (assigned: readonly Assigned[]): string[] => assigned.map(({ legId }) => legId);

/** One that may be nobody's here. Throws a Refusal for one that is no unknown act, or that is some leg's for certain. */
function leftAct({ acts, left }: Survey, id: string): Act {
  const act = acts.get(id);
  if (!act) throw notAnAct(id);
  if (left.includes(act)) return act;
  throw refused(
    `${shown(id)} was done for a payment here, or paid what is owed here: set aside, it would be paid once more. Run the same without naming it: it is joined by itself, once its evidence is read. Nothing was changed by this request.`,
  );
}

/** Throws a Refusal for a payout that may have paid what is owed to its account, while that can still be paid once more. */
async function assertNotOwed(ctx: Context, act: Act): Promise<void> {
  if (act.source !== 'juno' && act.source !== 'bitso') return;
  const why = await whyKept(ctx, act);
  if (why !== null) throw refused(`${keyOf(act)}: ${why} Nothing was changed by this request.`);
}

const notAnAct = (id: string): Refusal =>
  refused(`${shown(id)} is no act that recovery found. Look with --dry-run. Nothing was changed by this request.`);

const refused = (detail: string): Refusal =>
  new Refusal({ code: 'not_an_act', status: 409, title: 'This is none of the acts that are left', detail });

const shown = (id: string): string => (/^\d{18}$/.test(id) ? maskClabe(id) : id);

/** Writes down that an act is nobody's here. */
async function setAside(ctx: Context, act: Act, reason: string): Promise<void> {
  await ctx.db
    .insert(foreignAct)
    .values(
      act.source === 'wallet'
        ? { source: 'wallet', externalId: act.sent.hash, wallet: ctx.settings.bridge, nonce: act.sent.nonce, reason }
        : { source: FOREIGN[act.source], externalId: keyOf(act), reason },
    )
    .onConflictDoNothing({ target: [foreignAct.source, foreignAct.externalId] });
}

const FOREIGN = { juno: 'juno_transaction', bitso: 'bitso_withdrawal', clabe: 'clabe' } as const;

type Adopted = Readonly<{ key: string; kind: EffectKind; paymentId: string | null }>;

const versionsIn = ({ versions }: Survey): Adopted[] =>
  versions.map(({ act, signed: { kind, paymentId } }) => ({ key: keyOf(act), kind, paymentId }));

const asTold = (troubles: ReadonlyMap<string, string>) => [...troubles].map(([paymentId, why]) => ({ paymentId, why }));

const owedIn = ({ owed }: Survey): Adopted[] =>
  owed.map(({ act, debt: { by } }) => ({
    key: keyOf(act),
    kind: act.source === 'juno' ? 'juno_redemption' : 'bitso_payout',
    paymentId: by.is === 'replacement' ? by.paymentId : null,
  }));

function report(
  needed: string | null,
  found: Survey,
  adopted: readonly Adopted[],
  waiting: number,
  before: ReadonlyMap<string, Act> = found.acts,
): RecoverReturnType {
  const taken = adopted.length > 0 ? adopted : [...found.assigned, ...owedIn(found), ...versionsIn(found)];
  return {
    state: needed === null ? 'clear' : 'needed',
    sentence:
      needed === null ? 'Nothing is known outside that is not known here. Money is on.' : `Money is off: ${needed}.`,
    adopted: taken.map(({ key, kind, paymentId }) => ({ act: key, what: words(before.get(key)), paymentId, kind })),
    left: found.left.map((act) => ({ act: keyOf(act), what: words(act) })),
    waiting,
    troubles: [],
    pending: found.pending,
  };
}

function words(act: Act | undefined): string {
  if (!act) return 'an act';
  if (act.source === 'bitso')
    return `payout of ${formatMoney(centavos(act.centavos))} at Bitso to ${act.clabe ? maskClabe(act.clabe) : 'an account that it does not name'}`;
  if (act.source === 'clabe')
    return `CLABE ${maskClabe(act.clabe)}, made after the backup or by hand: whose it is nobody here knows`;
  if (act.source === 'juno') return `${act.type} of ${formatMoney(centavos(act.centavos))} at Juno`;
  const { call, sent } = act satisfies WalletAct;
  const what =
    call.is === 'fund' || call.is === 'return' || call.is === 'create'
      ? `${call.is} ${formatMoney(mxnbUnits(call.units))}`
      : call.is === 'release' || call.is === 'fund_made'
        ? `${call.is === 'release' ? 'release' : 'fund'} escrow ${call.escrowId}`
        : call.is;
  return `${what}, nonce ${sent.nonce}`;
}
