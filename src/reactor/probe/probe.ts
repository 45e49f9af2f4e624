import { and, desc, eq } from 'drizzle-orm';
import { readTransfers } from '../../chain/indexed/readTransfers.ts';
import { toMxnb } from '../../money/money.ts';
import { findCredit } from '../advance/juno-facts.ts';
import { vouchFor } from '../advance/vouch.ts';
import type { Context } from '../context.ts';
import { depositAddress, effect, evidence, walletTransaction } from '../db/schema.ts';
import { type Lane, withLane } from '../effects/lane.ts';
import { recordEffect } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import { isLiveEffect } from '../effects/states.ts';
import { walletSwitch } from '../guards/scope.ts';
import { JOURNEY } from '../ledger/journey.ts';
import { settleEntry, writeEntry } from '../ledger/write.ts';
import { PROBE, readFloat } from './float.ts';
import { depositAddressId, readDepositAddress } from './trust.ts';

type EffectRow = typeof effect.$inferSelect;

/** How far the proof of the deposit address is. */
export type ProbeState = 'proved' | 'no_float' | 'under_way' | 'failed';

/**
 * Proves Juno's deposit address before any payment's money goes there: sends one peso of Kustodia's own MXNB and waits until it
 * is a CRYPTO_DEPOSIT (design, "Safe settings"). Safe to run any number of times, by anybody, at once. `no_float`: the bridge
 * wallet holds no MXNB beyond the payments' own. `failed`: the probe came to nothing; a person looks, and
 * two may allow another (`kustodia effect propose --allow-attempt`).
 */
export async function proveDepositAddress(ctx: Context): Promise<ProbeState> {
  if ((await readDepositAddress(ctx)).isProved) return 'proved';
  const state = await withLane(ctx, `probe:${depositAddressId(ctx)}`, async (lane) => {
    const [sent] = await ctx.db.select().from(effect).where(isProbe(ctx)).orderBy(desc(effect.attempt)).limit(1);
    if (!sent) return begin(ctx, lane, null);
    if (!isLiveEffect(sent.state)) return sent.decidedBy === null ? 'failed' : begin(ctx, lane, sent);
    return (await conclude(ctx, lane, sent)) ? 'proved' : 'under_way';
  });
  return state === 'busy' ? 'under_way' : state;
}

const isProbe = (ctx: Context) =>
  and(
    eq(effect.subjectKind, 'deposit_address'),
    eq(effect.subjectId, depositAddressId(ctx)),
    eq(effect.kind, 'chain_probe'),
  );

/** The first one, or another after one that came to nothing and that two people gave up. */
async function begin(ctx: Context, lane: Lane, last: EffectRow | null): Promise<ProbeState> {
  const { settings, chain, db } = ctx;
  const amount = toMxnb(PROBE);
  // What is mined and not booked yet would look like our own: nothing is taken while the indexer is behind.
  if (ctx.watchdog.current().trouble) return 'under_way';
  if ((await readFloat(ctx)) < amount.units) return 'no_float';
  await db.transaction(async (tx) => {
    if (last) await settleEntry(tx, last.id, 'voided');
    await recordEffect(tx, ctx, lane, {
      subjectKind: 'deposit_address',
      subjectId: depositAddressId(ctx),
      kind: 'chain_probe',
      attempt: (last?.attempt ?? 0) + 1,
      paymentId: null,
      request: chain.transferCall(settings.junoDepositAddress, amount.units),
      amount,
      switches: ['all', 'rail:chain', 'rail:juno', walletSwitch(settings.bridge)],
      outgoing: null,
      postings: JOURNEY.chain_probe(PROBE),
    });
  });
  return 'under_way';
}

/** Looks for the transfer, vouched for by the RPC, and for Juno's credit of it; with both, the address is trusted. */
async function conclude(ctx: Context, lane: Lane, sent: EffectRow): Promise<boolean> {
  const { db, settings } = ctx;
  const signed = await db
    .select({ hash: walletTransaction.hash })
    .from(walletTransaction)
    .where(eq(walletTransaction.effectId, sent.id));
  if (signed.length === 0) return false;
  const transfers = await readTransfers(db.$client, { txHashes: signed.map(({ hash }) => hash) });
  const transfer = transfers.find(
    (t) => t.from === settings.bridge && t.to === settings.junoDepositAddress && t.token === settings.token,
  );
  if (!transfer) return false;
  const { verdict } = await vouchFor(ctx, transfer, { amount: PROBE, step: 'redemption' });
  const credit = await findCredit(ctx, { txHash: transfer.txHash, amount: PROBE.units, since: sent.firstSentAt });
  if (verdict !== 'final' || credit?.status !== 'complete') return false;

  const subject = { subjectKind: 'deposit_address' as const, subjectId: depositAddressId(ctx) };
  await db.transaction(async (tx) => {
    const [row] = await tx.select().from(effect).where(eq(effect.id, sent.id)).for('update');
    if (!row) throw new Error(`no effect ${sent.id}`);
    await tx.insert(evidence).values([
      { source: 'chain', externalId: transfer.id, ...subject },
      { source: 'juno_transaction', externalId: credit.id, ...subject },
    ]);
    if (row.state !== 'confirmed') await moveEffect(tx, lane, row, 'confirmed', null, { externalId: transfer.txHash });
    await settleEntry(tx, row.id, 'posted');
    await writeEntry(tx, {
      id: ctx.newId(),
      key: `credit:${row.id}`,
      paymentId: null,
      effectId: null,
      state: 'posted',
      postings: JOURNEY.credit(PROBE),
    });
    await tx.insert(depositAddress).values({ id: subject.subjectId, probeHash: transfer.txHash, creditId: credit.id });
  });
  ctx.log.info({ event: 'deposit_address_proved', hash: transfer.txHash }, 'Juno’s deposit address is proved');
  return true;
}
