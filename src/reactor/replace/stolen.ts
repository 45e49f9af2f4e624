/** A leg whose escrow ended and paid a stranger: nothing brings its money back, so a person pays by hand and Kustodia bears the loss. */
import { and, eq, inArray } from 'drizzle-orm';
import { BaseError } from 'viem';
import { z } from 'zod';
import { centavos } from '../../money/money.ts';
import { findRelease } from '../advance/chain-facts.ts';
import { ownEscrow } from '../advance/own-escrow.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { effect, evidence, ledgerEntry, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import type { Lane } from '../effects/lane.ts';
import { outsideSilent } from '../effects/refusals.ts';
import { moveEffect } from '../effects/send.ts';
import type { EffectKind } from '../effects/states.ts';
import { lossFromEscrow, type Posting, takeOver } from '../ledger/journey.ts';
import { settleEntry } from '../ledger/write.ts';
import type { LegState } from '../payment/states.ts';
import type { LegRow } from './money.ts';
import { notNow } from './refusals.ts';

/** The Transfer that paid the stranger: whoever approves sees it, and it is looked for once more. */
export const STOLEN = z.strictObject({
  logId: z.string().max(100),
  txHash: z.string().max(66),
  blockNumber: z.string().max(20),
  blockHash: z.string().max(66),
  to: z.string().max(42),
});
export type Stolen = z.output<typeof STOLEN>;

/** States in which the books have a leg's money in its escrow. */
const IN_ESCROW: ReadonlySet<LegState> = new Set(['in_custody', 'releasing']);
export const isInEscrow = ({ state }: Pick<LegRow, 'state'>): boolean => IN_ESCROW.has(state);

const TITLE = 'It cannot be settled outside';

/**
 * That the escrow of a leg ended and paid a stranger, by the contract, the event and the Transfer, as deep as a redemption asks; and that
 * nothing of ours is under way for it. Throws a Refusal `leg_not_payable_now`.
 */
export async function findStolen(ctx: Context, row: LegRow): Promise<Stolen> {
  const { released, paidElsewhere } = await findRelease(ctx, row, 'redemption');
  if (!released || !paidElsewhere)
    throw notNow(
      TITLE,
      `The leg is ${row.state}: its money is not where a payout begins, and no Transfer of it to a stranger is seen.`,
    );
  const { to, by } = paidElsewhere;
  const doubt = [released, by].find(({ verdict }) => verdict !== 'final');
  if (doubt)
    throw notNow(
      TITLE,
      `Transaction ${doubt.txHash}, which paid ${to}, is not settled on the chain as FINALITY_POLICY asks (${doubt.verdict}).`,
    );
  const escrow = await ownEscrow(ctx, row).catch((error: unknown) => {
    // viem's own words name the address of the RPC, which may hold a key.
    if (error instanceof BaseError) throw outsideSilent(`The RPC gave no answer: ${error.shortMessage}`);
    throw error;
  });
  if (escrow?.isHeld !== false) throw notNow(TITLE, 'Its contract does not say that its escrow has ended.');
  const stolen = { logId: by.id, txHash: by.txHash, blockNumber: String(by.blockNumber), blockHash: by.blockHash, to };
  await endsOf(ctx.db, row, stolen);
  return stolen;
}

/**
 * Takes the leg's money out of the books of its escrow, where the chain has it no more: the Transfer is claimed, what was to release it
 * ends, and the entry that had waited for that is void. Answers what the books say of it: paid by hand from Kustodia's own, whose own the
 * escrow's MXNB are from then on, and lost. Throws a Refusal `leg_not_payable_now`.
 */
export async function writeOff(
  tx: Tx,
  row: LegRow,
  stolen: Stolen,
  { lane, proposalId }: Readonly<{ lane: Lane | null; proposalId: string }>,
): Promise<Readonly<{ taken: readonly Posting[]; lost: readonly Posting[] }>> {
  if (!lane) throw new Error('a leg is written off in its payment’s lane');
  for (const { one, end } of await endsOf(tx, row, stolen)) {
    const text = `its escrow ended in ${stolen.txHash} and paid ${stolen.to}`;
    if (end === 'confirmed') await moveEffect(tx, lane, one, end, null, { externalId: stolen.txHash });
    else await moveEffect(tx, lane, one, end, { code: 'no_longer_wanted', text });
  }
  const waiting = await tx
    .select({ effectId: effect.id })
    .from(ledgerEntry)
    .innerJoin(effect, eq(effect.id, ledgerEntry.effectId))
    .where(and(ofLeg(row), eq(effect.kind, 'chain_release'), eq(ledgerEntry.state, 'pending')));
  for (const { effectId } of waiting) await settleEntry(tx, effectId, 'voided');
  const { logId, ...detail } = stolen;
  await tx.insert(evidence).values({
    ...{ source: 'chain', externalId: logId, subjectKind: 'leg', subjectId: row.id },
    detail: { as: 'stolen', ...detail, proposal: proposalId },
  });
  const amount = centavos(row.amount);
  return { taken: takeOver(amount, { owed: 'liability', at: 'escrow' }), lost: lossFromEscrow(amount) };
}

/** What the contract refuses of an escrow that has ended. */
const REFUSED: ReadonlySet<EffectKind> = new Set(['chain_dispute', 'chain_resolve']);

/**
 * How each of a leg's effects that are under way ends: a release that was not signed never will be, and one of ours may have paid the
 * stranger; a freeze, or its end, that is in no block can only be refused; and a signature that was asked for is of no use any more.
 */
async function endsOf(
  db: Db | Tx,
  row: LegRow,
  { txHash }: Stolen,
): Promise<readonly Readonly<{ one: EffectRow; end: 'dead' | 'confirmed' }>[]> {
  const open = await db
    .select()
    .from(effect)
    .where(and(ofLeg(row), inArray(effect.state, ['recorded', 'sending', 'unknown'])));
  const [own] = await db.select().from(walletTransaction).where(eq(walletTransaction.hash, txHash));
  const ids = open.map(({ id }) => id);
  const mined = new Set(
    (await db.select().from(walletTransaction).where(inArray(walletTransaction.effectId, ids)))
      .filter(({ minedBlock }) => minedBlock !== null)
      .map(({ effectId }) => effectId),
  );
  return open.map((one) => {
    if (one.kind === 'chain_release' && one.state === 'recorded') return { one, end: 'dead' };
    if (one.kind === 'chain_release' && one.id === own?.effectId) return { one, end: 'confirmed' };
    if (REFUSED.has(one.kind) && !mined.has(one.id)) return { one, end: 'dead' };
    if (one.kind === 'approver_signature') return { one, end: 'dead' };
    throw notNow(
      TITLE,
      `Effect ${one.id} (${one.kind}) of the leg is ${one.state}: what becomes of it is not known yet.`,
    );
  });
}

const ofLeg = ({ id }: LegRow) => and(eq(effect.subjectKind, 'leg'), eq(effect.subjectId, id));
