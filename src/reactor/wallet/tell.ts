/** What a person is told of a transaction that does not get through. It is written on its effect, and its payment looks. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import { formatGwei } from 'viem';
import type { Context } from '../context.ts';
import { effect } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import type { EffectState } from '../effects/states.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import type { UnminedDecision } from './decide.ts';
import type { SignedRow } from './store.ts';

/** In no block for long, or not to be helped within the limits. Said once for each reason; the lane goes on trying. */
export async function tellNotMined(
  ctx: Context,
  versions: readonly SignedRow[],
  code: NonNullable<UnminedDecision['tell']>,
  age_ms: number,
): Promise<void> {
  const [first] = versions;
  if (!first) return;
  const since = `its transaction with nonce ${first.nonce} is in no block after ${Math.round(age_ms / 1000)} s`;
  const limit = formatGwei(ctx.settings.wallet.maxFeePerGas);
  const text = {
    not_mined: since,
    fee_limit: `${since}, and to pay more would go beyond WALLET_MAX_FEE_GWEI (${limit}). The same bytes are handed over again until gas is cheaper; raise the limit if it must go sooner`,
    versions_used_up: `${since}, though its fee was raised ${versions.length - 1} times. The same bytes are handed over again; look at what the node says of them`,
  }[code];
  await tell(
    ctx,
    first.effectId,
    code,
    sql`jsonb_build_object('code', ${code}::text, 'text',
      ${text}::text || coalesce(' (the node: ' || CASE ${effect.error} ->> 'code' WHEN 'broadcast_answered' THEN ${effect.error} ->> 'text' END || ')', ''))`,
  );
}

/** Somebody else's transaction at our nonce, as final as ours would have to be, or an RPC that is not whole. */
export async function tellNonceTaken(ctx: Context, nonce: number, effectId: string): Promise<void> {
  const text = `nonce ${nonce} is used on chain and the RPC has no receipt of ours: either somebody else has the key of the bridge wallet, or the RPC is not whole. Nothing more is signed until that is cleared up: kustodia wallet nonces shows what used it, and what to do`;
  const paymentId = await tell(ctx, effectId, 'nonce_taken', { code: 'nonce_taken', text }, ['sending', 'confirmed']);
  if (paymentId !== undefined) ctx.log.error({ event: 'nonce_taken', nonce }, text);
}

/**
 * It came to nothing in a block that a reorganisation may still take out, and what that takes back is not undone by a second thought.
 * It is no failure of the effect's yet: it is written down for whoever reads why the payment waits.
 */
export async function tellNotFinal(
  ctx: Context,
  owner: EffectRow,
  { minedBlock }: { minedBlock: number },
): Promise<void> {
  const text = `its transaction came to nothing in block ${minedBlock}; that counts when every RPC calls this block finalised, and an RPC that does not know the tag “finalized” never does`;
  if (isToldNotFinal(owner) && (owner.error as { text?: string }).text === text) return;
  ctx.log.warn({ event: 'failure_not_final', minedBlock }, text);
  await ctx.db
    .update(effect)
    .set({ error: { code: NOT_FINAL, text } })
    .where(and(eq(effect.id, owner.id), inArray(effect.state, ['sending', 'confirmed'])));
}
const NOT_FINAL = 'not_final';
export const isToldNotFinal = ({ error }: Pick<EffectRow, 'error'>): boolean => codeOf(error) === NOT_FINAL;
const codeOf = (error: unknown): string | undefined => (error as { code?: string } | null)?.code;

/** Undefined when it has been told before. */
async function tell(
  ctx: Context,
  effectId: string,
  code: string,
  error: object,
  states: readonly EffectState[] = ['sending'],
): Promise<string | null | undefined> {
  const [told] = await ctx.db
    .update(effect)
    .set({ failures: FAILURES_BEFORE_ASKING, error })
    .where(
      and(
        eq(effect.id, effectId),
        inArray(effect.state, [...states]),
        sql`(${effect.failures} < ${FAILURES_BEFORE_ASKING} OR coalesce(${effect.error} ->> 'code', '') <> ${code})`,
      ),
    )
    .returning({ paymentId: effect.paymentId });
  if (told?.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: told.paymentId });
  return told?.paymentId;
}
