import { and, eq, sql } from 'drizzle-orm';
import { decodeFunctionData, type Hash, type Hex } from 'viem';
import { MXNB_ABI } from '../../chain/abi/mxnb.ts';
import type { EscrowAdapter } from '../../chain/escrow.ts';
import { readEscrowCall } from '../../chain/escrow-call.ts';
import type { SentTransaction } from '../../chain/findSent.ts';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import type { EffectKind } from '../effects/states.ts';
import { byNonce, firstNoncePin, highestNonce, unsettled } from '../wallet/store.ts';
import { MOST_ACTS } from './juno-acts.ts';

/** A transaction of the bridge wallet that this database did not sign, and what its calldata says that it is. */
export type WalletAct = Readonly<{ source: 'wallet'; sent: SentTransaction; call: WalletCall }>;

export type WalletCall =
  | { is: 'fund'; reference: string; units: bigint }
  /** An escrow that was made by itself, with the id that it got, and the funding of one. */
  | { is: 'create'; contract: string; reference: string; units: bigint; escrowId: bigint }
  | { is: 'fund_made'; contract: string; escrowId: bigint }
  | { is: 'release'; contract: string; escrowId: bigint }
  | { is: 'return'; units: bigint }
  | { is: 'approve'; units: bigint }
  /** It moved nothing: it reverted, it only used up its nonce, or it froze an escrow or let it go. */
  | { is: 'nothing' }
  | { is: 'stranger' };

/** How many transactions of the wallet are not known here, in blocks or still on their way to one. */
export async function countUnknownNonces(ctx: Context): Promise<{ mined: number; pending: number }> {
  const address = ctx.settings.bridge;
  const mined = await ctx.chain.minedNonce(address);
  const all = Math.max(mined, await ctx.chain.pendingNonce(address));
  // Read last: what is signed here is stored before it is broadcast.
  const next = ((await highestNonce(ctx, address)) ?? mined - 1) + 1;
  return { mined: (await missingNonces(ctx, mined)).length, pending: Math.max(0, all - Math.max(next, mined)) };
}

/** Nonces that are used in blocks, since this database first looked, by nothing that it signed or that was set aside. */
async function missingNonces({ db, settings }: Context, mined: number): Promise<number[]> {
  const { rows } = await db.execute<{ nonce: number }>(sql`
    SELECT n::int AS nonce FROM reactor.setting_pin p, generate_series(p.value::int, ${mined - 1}::int) AS n
    WHERE p.name = ${firstNoncePin(settings.chainId, settings.bridge)}
      AND NOT EXISTS (SELECT 1 FROM reactor.wallet_transaction w WHERE w.nonce = n AND w.wallet = ${settings.bridge} AND w.chain_id = ${settings.chainId})
      AND NOT EXISTS (SELECT 1 FROM reactor.foreign_act f WHERE f.nonce = n AND f.wallet = ${settings.bridge})
    ORDER BY n LIMIT ${MOST_ACTS}`);
  return rows.map(({ nonce }) => nonce);
}

/**
 * The wallet's transactions in blocks that this database did not sign: beyond its highest nonce, and at a nonce of its own where
 * none of its versions has a receipt. Throws where the node does not answer or has forgotten.
 */
export async function unknownWalletActs(ctx: Context): Promise<WalletAct[]> {
  const { chain, settings } = ctx;
  const rows = byNonce(await unsettled(ctx, settings.bridge));
  const mined = await chain.minedNonce(settings.bridge);
  const wanted = new Set(await missingNonces(ctx, mined));
  for (const [nonce, versions] of rows) {
    if (nonce >= mined) continue;
    const receipts = await Promise.all(versions.map(({ hash }) => chain.receipt(hash as Hash)));
    if (receipts.every((receipt) => receipt === null)) wanted.add(nonce);
  }
  if (wanted.size === 0) return [];
  const from = Math.min(...wanted);
  const sent = await chain.sentBy({ address: settings.bridge, from, sinceBlock: 0n, limit: MOST_ACTS });
  const unknown = sent.filter(({ nonce }) => wanted.has(nonce));
  return Promise.all(
    unknown.map(async (one) => {
      const receipt = await chain.receipt(one.hash);
      const call = receipt?.status === 'success' ? await readCall(ctx, one) : ({ is: 'nothing' } as const);
      return { source: 'wallet' as const, sent: one, call };
    }),
  );
}

/** What was signed here and of which a transaction is another version: the same call at the same nonce, for a fee that was raised since. */
export type Signed = Readonly<{ effectId: string; kind: EffectKind; paymentId: string | null }>;

/** Null where nothing that was signed here makes this call at this nonce, and nothing is known to have been done by it. */
export async function signedHere({ db, settings }: Context, { sent }: WalletAct): Promise<Signed | null> {
  const [known] = await db
    .select({ effectId: effect.id, kind: effect.kind, paymentId: effect.paymentId, request: effect.request })
    .from(walletTransaction)
    .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
    .where(atNonce(settings, sent.nonce))
    .limit(1);
  const wanted = known?.request as { to: string; data: Hex } | undefined;
  const isSame = wanted?.to.toLowerCase() === sent.to?.toLowerCase() && wanted?.data === sent.data;
  if (known) return isSame ? { effectId: known.effectId, kind: known.kind, paymentId: known.paymentId } : null;
  // Not signed when the backup was taken, and confirmed since by what the chain has of it.
  const [done] = await db
    .select({ effectId: effect.id, kind: effect.kind, paymentId: effect.paymentId })
    .from(effect)
    .where(and(eq(effect.state, 'confirmed'), eq(effect.externalId, sent.hash)))
    .limit(1);
  return done ?? null;
}

export const atNonce = ({ bridge, chainId }: Context['settings'], nonce: number) =>
  and(eq(walletTransaction.wallet, bridge), eq(walletTransaction.chainId, chainId), eq(walletTransaction.nonce, nonce));

async function readCall(ctx: Context, { to, data, value, hash }: SentTransaction): Promise<WalletCall> {
  const { settings } = ctx;
  if (value > 0n) return { is: 'stranger' };
  const target = to?.toLowerCase();
  if (target === settings.bridge && data === '0x') return { is: 'nothing' };
  const contract = target === undefined ? null : ctx.chain.escrowAt(target);
  if (contract) return readEscrowAct(ctx, contract, { data, hash });
  try {
    if (target === settings.token) {
      const { functionName, args } = decodeFunctionData({ abi: MXNB_ABI, data });
      if (functionName === 'transfer' && args[0].toLowerCase() === settings.junoDepositAddress)
        return { is: 'return', units: args[1] };
      if (functionName === 'approve' && args[0].toLowerCase() === settings.escrow)
        return { is: 'approve', units: args[1] };
    }
  } catch {
    // Calldata of no function of ours.
  }
  return { is: 'stranger' };
}

async function readEscrowAct(
  { settings }: Context,
  adapter: EscrowAdapter,
  { data, hash }: Pick<SentTransaction, 'data' | 'hash'>,
): Promise<WalletCall> {
  const call = readEscrowCall(adapter.version, data);
  const contract = adapter.address.toLowerCase();
  // A freeze and its end move nothing; what the contract then says of the escrow is read from it.
  if (call?.is === 'dispute' || call?.is === 'resolve') return { is: 'nothing' };
  if (call?.is === 'release' || call?.is === 'release_early' || call?.is === 'cancel_early' || call?.is === 'cancel')
    return { is: 'release', contract, escrowId: call.escrowId };
  if (call?.is === 'fund') return { is: 'fund_made', contract, escrowId: call.escrowId };
  if ((call?.is !== 'create_and_fund' && call?.is !== 'create') || call.token !== settings.token)
    return { is: 'stranger' };
  const { reference, units } = call;
  if (call.is === 'create_and_fund') return { is: 'fund', reference, units };
  const escrowId = adapter.funds === 'in_two' ? await adapter.createdIn(hash, { reference, units }) : null;
  return escrowId === null ? { is: 'stranger' } : { is: 'create', contract, reference, units, escrowId };
}
