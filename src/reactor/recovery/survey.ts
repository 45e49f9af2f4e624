/** All that the outside did and this database does not know, beside the legs whose acts it may be. Reads only. */
import { and, desc, eq, inArray, notInArray } from 'drizzle-orm';
import { readEscrowEvents } from '../../chain/indexed/readEscrowEvents.ts';
import { toMxnb } from '../../money/money.ts';
import { contractOf, ownEscrowId } from '../advance/own-escrow.ts';
import type { Context } from '../context.ts';
import { destination, effect, leg } from '../db/schema.ts';
import type { EffectKind, EffectState } from '../effects/states.ts';
import { FINAL } from '../payment/states.ts';
import { PROBE } from '../probe/float.ts';
import { depositAddressId } from '../probe/trust.ts';
import { type BitsoAct, unknownBitsoActs } from './bitso-acts.ts';
import { type ClabeAct, unknownClabes } from './clabes.ts';
import { type JunoAct, MOST_ACTS, unknownJunoActs } from './juno-acts.ts';
import { type Owed, owedActs } from './owed.ts';
import { type Assigned, assignActs, type PlannedAct, type PlannedLeg } from './plan.ts';
import { countUnknownNonces, type Signed, signedHere, unknownWalletActs, type WalletAct } from './wallet-acts.ts';

/** What some leg, or the wallet itself, did. */
export type Deed = JunoAct | BitsoAct | WalletAct;
export type Act = Deed | ClabeAct;

export type Survey = Readonly<{
  acts: ReadonlyMap<string, Act>;
  /** Transactions of the wallet that are on their way to a block and not known here: until they are mined nothing can be said. */
  pending: number;
  assigned: readonly Assigned[];
  /** The wallet's that need no leg: the probe of the deposit address, an approval, a nonce that was only used up. */
  housekeeping: readonly WalletAct[];
  /** The wallet's that are what was signed here, for a fee that was raised since. */
  versions: readonly Readonly<{ act: WalletAct; signed: Signed }>[];
  /** What is owed here and was paid by a leg that is yet to be made: nobody says of these that they are nobody's. */
  owed: readonly Owed[];
  /** Of no leg here: a person says whose they are. */
  left: readonly Act[];
}>;

export const keyOf = (act: Act): string =>
  act.source === 'juno'
    ? act.id
    : act.source === 'bitso'
      ? act.wid
      : act.source === 'clabe'
        ? act.clabe
        : act.sent.hash;

export async function survey(ctx: Context): Promise<Survey> {
  const { pending } = await countUnknownNonces(ctx);
  const acts: Act[] = [
    ...(await unknownWalletActs(ctx)),
    ...(await unknownJunoActs(ctx)),
    ...(await unknownBitsoActs(ctx)),
    ...(await unknownClabes(ctx)),
  ];
  const byKey = new Map(acts.map((act) => [keyOf(act), act]));
  const legs = acts.length > 0 ? await openLegs(ctx, acts) : [];
  let needsProbe = acts.some(isProbe) && (await probeIsMissing(ctx));
  const housekeeping: WalletAct[] = [];
  const planned: PlannedAct[] = [];
  for (const act of acts) {
    if (isHousekeeping(act) || (needsProbe && isProbe(act))) {
      if (isProbe(act)) needsProbe = false;
      housekeeping.push(act as WalletAct);
      continue;
    }
    const shape = shapeOf(act);
    if (shape) planned.push(shape);
  }
  const { assigned } = assignActs(planned, legs);
  const spoken = new Set([...assigned.map(({ key }) => key), ...housekeeping.map(keyOf)]);
  const versions: { act: WalletAct; signed: Signed }[] = [];
  for (const act of acts) {
    if (act.source !== 'wallet' || spoken.has(keyOf(act))) continue;
    const signed = await signedHere(ctx, act);
    if (!signed) continue;
    versions.push({ act, signed });
    spoken.add(keyOf(act));
  }
  // Another escrow under a leg's reference holds nothing and is never funded: known, and nobody's to answer for.
  const references = new Set(legs.map(({ reference }) => reference));
  for (const act of acts) {
    const isOrphan = act.source === 'wallet' && act.call.is === 'create' && references.has(act.call.reference);
    if (!isOrphan || spoken.has(keyOf(act))) continue;
    housekeeping.push(act);
    spoken.add(keyOf(act));
  }
  const isPayout = (act: Act) => act.source === 'juno' || act.source === 'bitso';
  const owed = await owedActs(
    ctx,
    acts.filter(isPayout).filter((act) => !spoken.has(keyOf(act))),
  );
  for (const { act } of owed) spoken.add(keyOf(act));
  const left = acts.filter((act) => !spoken.has(keyOf(act)));
  return { acts: byKey, pending, assigned, housekeeping, versions, owed, left };
}

const placeOf = ({ contract, escrowId }: { contract: string; escrowId: bigint }): string => `${contract}:${escrowId}`;

const isHousekeeping = (act: Act): boolean =>
  act.source === 'wallet' && (act.call.is === 'nothing' || act.call.is === 'approve');

/** One peso to the deposit address: no leg is so small. */
export const isProbe = (act: Act): boolean =>
  act.source === 'wallet' && act.call.is === 'return' && act.call.units === toMxnb(PROBE).units;

async function probeIsMissing(ctx: Context): Promise<boolean> {
  const [row] = await ctx.db
    .select({ state: effect.state })
    .from(effect)
    .where(and(eq(effect.subjectId, depositAddressId(ctx)), eq(effect.kind, 'chain_probe')))
    .orderBy(desc(effect.attempt))
    .limit(1);
  return row === undefined || row.state === 'recorded';
}

function shapeOf(act: Act): PlannedAct | null {
  const key = keyOf(act);
  switch (act.source) {
    case 'juno': {
      const { centavos, clabe, raw } = act;
      return act.type === 'REDEMPTION'
        ? { key, is: 'redemption', centavos, clabe, raw }
        : { key, is: 'withdrawal', centavos };
    }
    case 'clabe':
      return null;
    case 'bitso':
      return act.of && { key, is: 'bitso_payout', legId: act.of.legId };
    case 'wallet':
      return act.call.is === 'nothing' || act.call.is === 'approve' || act.call.is === 'stranger'
        ? null
        : { key, ...act.call };
  }
}

/** Legs that are not at their end, each with its escrow as the contract and the indexed events have it now. */
async function openLegs(ctx: Context, acts: readonly Act[]): Promise<PlannedLeg[]> {
  const { db } = ctx;
  const rows = await db
    .select({ row: leg, clabe: destination.clabe, accountId: destination.junoAccountId })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(notInArray(leg.state, [...FINAL]))
    .limit(MOST_ACTS * 20);
  const ids = rows.map(({ row }) => row.id);
  const effects =
    ids.length === 0
      ? []
      : await db.select().from(effect).where(inArray(effect.subjectId, ids)).orderBy(desc(effect.attempt));
  const references = rows.map(({ row }) => row.reference);
  const events = references.length === 0 ? [] : await readEscrowEvents(db.$client, { references });
  const funded = new Set(
    acts.flatMap((act) => (act.source === 'wallet' && act.call.is === 'fund' ? [act.call.reference] : [])),
  );
  const released = new Set(
    acts.flatMap((act) => (act.source === 'wallet' && act.call.is === 'release' ? [placeOf(act.call)] : [])),
  );
  return Promise.all(
    rows.map(async ({ row, clabe, accountId }) => {
      const newest: Partial<Record<EffectKind, EffectState>> = {};
      for (const e of effects) if (e.subjectId === row.id) newest[e.kind] ??= e.state;
      const mine = events.filter(({ reference }) => reference === row.reference);
      const isFunded = funded.has(row.reference) || mine.some(({ kind }) => kind === 'funded');
      // That it was funded by a reference says so before anything is known here; one made by itself is known by what made it.
      const contract = contractOf(ctx, row)?.address.toLowerCase() ?? null;
      const escrowId = row.escrowId ?? (isFunded ? await ownEscrowId(ctx, row) : null);
      const isReleased =
        (contract !== null && escrowId !== null && released.has(placeOf({ contract, escrowId }))) ||
        mine.some(({ kind }) => kind === 'released' || kind === 'cancelled');
      return {
        id: row.id,
        paymentId: row.paymentId,
        kind: row.kind,
        state: row.state,
        rail: row.rail,
        centavos: row.amount,
        reference: row.reference,
        contract,
        escrowId,
        escrow: isReleased ? ('released' as const) : isFunded ? ('funded' as const) : ('none' as const),
        clabe,
        accountId,
        createdAt: row.createdAt,
        newest,
      };
    }),
  );
}
