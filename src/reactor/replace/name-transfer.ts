/** Which Transfer paid an escrow that has ended, where its transaction does not tell: two people name it, and the chain is asked. */
import type { Hash } from 'viem';
import type { z } from 'zod';
import { isTransfer, mayPayFor, paysFor, readTransfer } from '../../chain/logs.ts';
import { centavos, formatDecimal, toMxnb } from '../../money/money.ts';
import { findRelease } from '../advance/chain-facts.ts';
import { claimedIn } from '../advance/claimed.ts';
import { NAMED, NAMED_BY_PEOPLE, type Named, namedPayment } from '../advance/named.ts';
import { contractOf, isOurWallet, paysIn } from '../advance/own-escrow.ts';
import { receiptOf, verdictOn } from '../advance/vouch.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { evidence } from '../db/schema.ts';
import { outsideSilent } from '../effects/refusals.ts';
import type { LegRow } from './money.ts';
import { notNow } from './refusals.ts';
import { readLeg } from './repay.ts';
import { lockLeg } from './replace.ts';
import { isInEscrow } from './stolen.ts';
import type { NAME_TRANSFER_HOW } from './terms.ts';

const TITLE = 'This Transfer cannot be named';

/** What it would do, for whoever proposes and whoever approves. */
type NamePreview = Readonly<
  Record<'legId' | 'txHash' | 'to' | 'amount', string> & { logIndex: number; isOurs: boolean }
>;

/** The leg stays where it is: what was named is what its next look goes on from, to the bridge wallet or as robbed. */
export const NAME_TRANSFER: FourEyesCommand<typeof NAMED> = {
  name: 'payment name-transfer',
  subjectKind: 'leg',
  parameters: NAMED,
  check: async (ctx, { subjectId, parameters }) => {
    const { named } = await planName(ctx, subjectId, parameters);
    if (named.blockHash !== parameters.blockHash || named.to !== parameters.to)
      throw notNow(TITLE, 'What the chain says of it is not what was proposed.');
  },
  lane: async (ctx, { subjectId }) => `payment:${(await readLeg(ctx, subjectId)).paymentId}`,
  execute: async (tx, ctx, { subjectId, parameters, proposalId }) => {
    const row = await lockLeg(tx, subjectId);
    assertInEscrow(row);
    await assertUnclaimed(tx, ctx, row.id, parameters);
    await tx.insert(evidence).values({
      ...{ source: NAMED_BY_PEOPLE, externalId: `${idOf(ctx, parameters)}:${proposalId}` },
      ...{ subjectKind: 'leg', subjectId: row.id, detail: { ...parameters, proposal: proposalId } },
    });
  },
  wakes: async (ctx, { subjectId }) => [{ lane: 'payment', id: (await readLeg(ctx, subjectId)).paymentId }],
};

/**
 * What the chain says of a Transfer that is named as what paid a leg's escrow, as deep as a redemption asks. Throws a Refusal
 * `leg_not_found`, `leg_not_payable_now`, `outside_silent`.
 */
export async function planName(
  ctx: Context,
  legId: string,
  { txHash, logIndex }: z.output<typeof NAME_TRANSFER_HOW>,
): Promise<Readonly<{ named: Named; preview: NamePreview }>> {
  const row = await readLeg(ctx, legId);
  assertInEscrow(row);
  const { released } = await findRelease(ctx, row, 'redemption');
  if (!released) throw notNow(TITLE, 'No end of its escrow is seen.');
  if (released.txHash !== txHash)
    throw notNow(TITLE, `Its escrow ended in transaction ${released.txHash}, and is paid in no other.`);
  assertFinal(released.txHash, released.verdict);
  const contract = contractOf(ctx, row);
  if (!contract || row.escrowId === null) throw notNow(TITLE, 'Its contract is not one of the settings.');
  const receipt = await receiptOf(ctx, txHash);
  if (!receipt) throw outsideSilent('The RPC gave no answer.');
  const { token } = ctx.settings;
  const amount = centavos(row.amount);
  const [escrow, value] = [contract.address, toMxnb(amount).units];
  const want = { token, escrow, escrowId: row.escrowId, pays: paysIn(contract) };
  const isPayment = paysFor(want);
  if (receipt.logs.some((one) => isPayment(one, receipt.logs)))
    throw notNow(TITLE, `Transaction ${released.txHash}, which ended its escrow, tells what paid it.`);
  const place = receipt.logs.findIndex((one) => one.logIndex === logIndex);
  const log = receipt.logs[place];
  const told = log && readTransfer(token, log);
  const mayPay = mayPayFor(want);
  if (!log || !told || told.value !== value || !mayPay(log, receipt.logs))
    throw notNow(
      TITLE,
      `Log ${logIndex} of it is no Transfer of ${formatDecimal(amount)} MXNB out of ${escrow} that may have paid this escrow and paid no other.`,
    );
  const { blockNumber, blockHash } = receipt;
  const to = told.to.toLowerCase();
  const says = isTransfer({ token, from: escrow, to, value });
  const at = { blockNumber, blockHash, logIndex };
  assertFinal(txHash, await verdictOn(ctx, { txHash: txHash as Hash, at, says }, { amount, step: 'redemption' }));
  const named = { txHash, logIndex, place, blockNumber: String(blockNumber), blockHash, to };
  await assertUnclaimed(ctx.db, ctx, legId, named);
  const preview = { legId, txHash, logIndex, to, amount: formatDecimal(amount), isOurs: isOurWallet(ctx, to) };
  return { named, preview };
}

function assertInEscrow(row: LegRow): void {
  if (!isInEscrow(row)) throw notNow(TITLE, `The leg is ${row.state}: its escrow is not waited for.`);
}

function assertFinal(txHash: string, verdict: string): void {
  if (verdict === 'unreachable') throw outsideSilent('The RPC gave no answer.');
  if (verdict !== 'final')
    throw notNow(TITLE, `Transaction ${txHash} is not settled on the chain as FINALITY_POLICY asks (${verdict}).`);
}

/**
 * It is nobody's evidence in its block, and what was named as another leg's was not claimed for that one. What was named and not claimed is
 * named anew: the last word counts.
 */
async function assertUnclaimed(
  db: Db | Tx,
  ctx: Pick<Context, 'settings'>,
  legId: string,
  named: Named,
): Promise<void> {
  const claims = await claimedIn(db, [named.txHash]);
  const claim = claims.find(({ id, blockHash }) => id === idOf(ctx, named) && blockHash === named.blockHash);
  if (claim) throw notNow(TITLE, `Log ${claim.id} is evidence of ${claim.subjectKind} ${claim.subjectId} already.`);
  const own = await namedPayment(db, legId);
  if (own?.txHash === named.txHash && own.place === named.place)
    throw notNow(TITLE, 'It was named for this leg already.');
  for (const { as, subjectId } of claims) {
    const other = PAID.has(as) && subjectId !== legId ? await namedPayment(db, subjectId) : null;
    if (other?.txHash === named.txHash && other.place === named.place)
      throw notNow(TITLE, `It was named for leg ${subjectId}, and claimed for it.`);
  }
}
const PAID: ReadonlySet<string> = new Set(['unlocked', 'stolen']);

const idOf = ({ settings }: Pick<Context, 'settings'>, { txHash, logIndex }: Named): string =>
  `${settings.chainId}:${txHash}:${logIndex}`;
