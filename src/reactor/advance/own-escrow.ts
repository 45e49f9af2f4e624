/** Which escrow on chain is a leg's: its reference decides, or, where a contract takes one twice, the transaction that we signed. */
import { and, eq, notInArray } from 'drizzle-orm';
import type { Hash, Hex } from 'viem';
import type { EscrowAdapter, EscrowRecord, FundsInTwo } from '../../chain/escrow.ts';
import type { PaysIn } from '../../chain/logs.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { effect, type leg, walletTransaction } from '../db/schema.ts';

type LegRow = Pick<typeof leg.$inferSelect, 'id' | 'amount' | 'reference' | 'escrowContract'>;

/**
 * The contract of a leg: the one that its escrow was first asked of, for ever, so that no second one can be made in another; before
 * that the one in use. Null where the settings do not name it any more.
 */
export const contractOf = (
  { chain }: Pick<Context, 'chain'>,
  { escrowContract }: Pick<LegRow, 'escrowContract'>,
): EscrowAdapter | null => (escrowContract === null ? chain.escrow : chain.escrowAt(escrowContract));

/** In which order a contract tells of an end and pays for it. */
export const paysIn = (contract: EscrowAdapter | null): PaysIn => (contract?.version === 'v3' ? 'after' : 'either');

/** For a person. */
export const nameOf = (row: Pick<typeof leg.$inferSelect, 'escrowId' | 'escrowContract'>): string =>
  `Escrow ${row.escrowId} of ${row.escrowContract}`;

/** The hashes of all that was signed for the creation that a leg's escrow is bound to: one of them was mined, at most. */
export const signedCreations = ({ db }: Pick<Context, 'db'>, legId: string): Promise<{ hash: string }[]> =>
  db
    .select({ hash: walletTransaction.hash })
    .from(walletTransaction)
    .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
    .where(
      and(
        eq(effect.subjectKind, 'leg'),
        eq(effect.subjectId, legId),
        eq(effect.kind, 'chain_create'),
        notInArray(effect.state, ['dead', 'rejected']),
        eq(walletTransaction.isNoop, false),
      ),
    );

/** The leg's escrow as its contract holds it now; null where there is none. Throws where the RPC gives no answer. */
export async function ownEscrow(ctx: Pick<Context, 'db' | 'chain'>, row: LegRow): Promise<EscrowRecord | null> {
  const contract = contractOf(ctx, row);
  if (!contract) return null;
  if (contract.funds === 'at_once') return contract.byReference(row.reference as Hex);
  const escrowId = await createdBy(ctx, contract, row);
  const record = escrowId === null ? null : await contract.byId(escrowId);
  return record?.reference === row.reference ? record : null;
}

/** Its id alone. */
export async function ownEscrowId(ctx: Pick<Context, 'db' | 'chain'>, row: LegRow): Promise<bigint | null> {
  const contract = contractOf(ctx, row);
  if (contract?.funds === 'at_once') return contract.idOf(row.reference as Hex);
  return (await ownEscrow(ctx, row))?.escrowId ?? null;
}

async function createdBy(
  ctx: Pick<Context, 'db'>,
  contract: FundsInTwo,
  { id, amount, reference }: LegRow,
): Promise<bigint | null> {
  const want = { reference, units: toMxnb(centavos(amount)).units };
  for (const { hash } of await signedCreations(ctx, id)) {
    const escrowId = await contract.createdIn(hash as Hash, want);
    if (escrowId !== null) return escrowId;
  }
  return null;
}

/** The bridge wallet, or one before it. */
export const isOurWallet = ({ settings }: Pick<Context, 'settings'>, address: string): boolean =>
  address === settings.bridge || settings.bridgesBefore.some((one) => one === address);
