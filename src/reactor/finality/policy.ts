/**
 * How firmly the chain must hold an event before what follows from it: by amount, and by how reversible the next step is. Pure.
 * The table is a setting (FINALITY_POLICY, `read-policy.ts`).
 */
import { compare, type Money } from '../../money/money.ts';

/**
 * What may follow an event, the most reversible first:
 * - `within`: a call to our own escrow contract (fund, release); a reorganisation takes it out together with its cause
 * - `return`: MXNB leave the bridge wallet for Juno; only Juno can send them back
 * - `redemption`: pesos leave by SPEI; nothing brings them back
 */
export const FINALITY_STEPS = ['within', 'return', 'redemption'] as const;
export type FinalityStep = (typeof FINALITY_STEPS)[number];

/** Blocks on top of the event, and whether it must lie at or below the block that the RPC calls `finalized` as well. */
export type Depth = Readonly<{ blocks: bigint; finalized: boolean }>;

/** What holds for amounts of `from` pesos and more, until the next row. */
export type FinalityRow = Readonly<{ from: Money<'MXN'>; bothRpcs: boolean } & Record<FinalityStep, Depth>>;

export type FinalityPolicy = Readonly<{
  /** Ascending by `from`; the first is from 0. Never less demanding for a larger amount or a less reversible step. */
  rows: readonly FinalityRow[];
  /** The most blocks that any row asks: what lies that deep is settled for the wallet's lane. */
  largeBlocks: bigint;
}>;

/** What one event must have before one step. */
export type Finality = Depth &
  Readonly<{
    /** Both RPCs are asked, where ETH_RPC_URL_2 is set, and both must agree. */
    bothRpcs: boolean;
    /** Juno's own credit of the return: before any redemption of what was on the chain, whatever the table says. */
    junoCredit: boolean;
  }>;

/** What an event must have before a step with this amount. Total: every amount has a row. */
export function finalityFor({ rows }: FinalityPolicy, amount: Money<'MXN'>, step: FinalityStep): Finality {
  const row = rows.findLast(({ from }) => compare(amount, from) >= 0) ?? rows.at(-1);
  if (!row) throw new Error('the finality policy has no rows');
  return { ...row[step], bothRpcs: row.bothRpcs, junoCredit: step === 'redemption' };
}

/** Whether `a` asks at least as much as `b`, in every respect. */
export const isAtLeast = (a: Depth, b: Depth): boolean => a.blocks >= b.blocks && (a.finalized || !b.finalized);
