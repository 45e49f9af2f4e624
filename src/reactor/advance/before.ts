/** What the outside itself is asked just before an intent is committed or written, because no transaction may ask it. */
import { eq } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import type { Context } from '../context.ts';
import { leg } from '../db/schema.ts';
import type { EffectKind } from '../effects/states.ts';
import { isAsRegistered } from '../intake/subjects.ts';
import { paidAnother, paysAnother } from '../payment/ended.ts';
import { accountsUnread, evidenceGone } from '../payment/step.ts';
import type { Ask, LegView, RecordIntent } from '../payment/view.ts';
import { contractOf, isOurWallet, nameOf, ownEscrowId } from './own-escrow.ts';
import { readStanding } from './standing.ts';

/** The outside gave no answer: nothing is recorded or written until it does. `ask`: what a person is told of it, if it is told. */
export type Unread = Readonly<{ do: 'unread'; sentence: string; pause_ms: number; ask: Ask | null }>;

const RPC_RETRY_MS = 2_000;

/** Null when nothing is in the way. A first look of one payment may be shared with others; one before a repeat is its own. */
export async function troubleBefore(
  ctx: Context,
  { effect, leg: view }: Pick<RecordIntent, 'effect' | 'leg'>,
  { isFirst }: Readonly<{ isFirst: boolean }>,
): Promise<Ask | Unread | null> {
  if (effect === 'juno_redemption') {
    // The intent was decided on what the chain said just now; one that waited since is not written on that.
    const gone = view.kind === 'custody' && !isFirst ? await standingTrouble(ctx, view) : null;
    return gone ?? (view.rail === 'bank_redemption' ? await accountTrouble(ctx, view, isFirst) : null);
  }
  if (effect === 'chain_release' || effect === 'chain_dispute' || effect === 'chain_resolve')
    return escrowTrouble(ctx, view, effect);
  return null;
}

/** Pesos do not come back: all that led to a redemption is read from the chain once more before it is written. */
async function standingTrouble(ctx: Context, view: LegView): Promise<Ask | Unread | null> {
  const [row] = await ctx.db.select().from(leg).where(eq(leg.id, view.id));
  if (!row) throw new Error(`no leg ${view.id}`);
  // What took another leg's place in Juno's pool never was on the chain itself: it stands on nothing there.
  if (row.replaces !== null && !view.effects.chain_return) return null;
  const { standing = [] } = await readStanding(ctx, row, 'returned');
  const gone = standing.find(({ verdict }) => verdict === 'mismatch');
  if (gone) return evidenceGone(view, gone);
  if (standing.length > 0 && standing.every(({ verdict }) => verdict === 'final')) return null;
  const sentence = 'the chain does not have what it stands on as deep as it asks';
  return { do: 'unread', sentence, pause_ms: RPC_RETRY_MS, ask: null };
}

/** Before pesos leave for an account, Juno's own record of it is read once more (design, "Payout rails"; incident 14). */
async function accountTrouble(ctx: Context, view: LegView, isShared: boolean): Promise<Ask | Unread | null> {
  try {
    if (await isAsRegistered(ctx, view.destinationId, { isShared })) return null;
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    ctx.log.warn({ event: 'account_unread', leg: view.id, err: error }, 'the payout account could not be read back');
    const { failures, for_ms, wait_ms } = ctx.bankAccounts.trouble() ?? { failures: 1, for_ms: 0, wait_ms: 0 };
    return {
      do: 'unread',
      sentence: 'its payout account could not be read back',
      pause_ms: wait_ms,
      ask: accountsUnread(view, { failures, for_ms, why: error.message }),
    };
  }
  return {
    do: 'ask',
    leg: view,
    code: 'payout_account_differs',
    sentence:
      'Juno’s record of the payout account has another CLABE or name than the payment, or is gone. Nothing is sent. Compare both; a correction is a new account.',
    owner: 'operations',
  };
}

/**
 * Ids on chain are given again after a reorganisation: the escrow to release must be in the contract that we drive and still
 * carry this leg's reference, or another payment's would be unlocked (incident 9). And what ends it must pay the bridge wallet: it may
 * have been funded for another, or redirected, or an admin of the predecessor's contract may have named another.
 */
async function escrowTrouble(ctx: Context, view: LegView, effect: EffectKind): Promise<Ask | Unread | null> {
  const [row] = await ctx.db.select().from(leg).where(eq(leg.id, view.id));
  if (!row) throw new Error(`no leg ${view.id}`);
  const contract = contractOf(ctx, row);
  try {
    if (contract && row.escrowId !== null && (await ownEscrowId(ctx, row)) === row.escrowId) {
      const { bridge } = ctx.settings;
      const paid = effect === 'chain_release' ? await contract.paysTo(row.escrowId) : bridge;
      if (paid === bridge) return null;
      const isHeld = (await contract.byId(row.escrowId))?.isHeld;
      if (isHeld) return paysAnother(view, { escrow: nameOf(row), to: paid, bridge });
      // Its money is in a wallet of before: it is claimed there, and spent only once it is carried over.
      return isOurWallet(ctx, paid) ? null : paidAnother(view, 'in its contract', paid);
    }
  } catch (error) {
    ctx.log.warn({ event: 'rpc_unreachable', leg: view.id, err: error }, 'the RPC gave no answer; the step waits');
    return { do: 'unread', sentence: 'the RPC gave no answer', pause_ms: RPC_RETRY_MS, ask: null };
  }
  return {
    do: 'ask',
    leg: view,
    code: 'escrow_is_another',
    sentence: `${nameOf(row)} does not carry this leg’s reference, or is of a contract that is not driven here. Nothing is released. Compare the chain with the indexer.`,
    owner: 'engineering',
  };
}
