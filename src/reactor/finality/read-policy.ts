import { z } from 'zod';
import { compare, formatDecimal, parseDecimal } from '../../money/money.ts';
import { type Depth, FINALITY_STEPS, type FinalityPolicy, type FinalityRow, isAtLeast } from './policy.ts';

const MOST_ROWS = 20;
/** About two days of Arbitrum; more is a mistake. */
const MOST_BLOCKS = 1_000_000;

const DEPTH = z.union(
  [z.literal('finalized'), z.int().min(0).max(MOST_BLOCKS)],
  'is neither a number of blocks nor "finalized"',
);
const ROWS = z
  .array(
    z.strictObject({
      fromMxn: z
        .string()
        .regex(/^(0|[1-9]\d{0,14})(\.\d{1,2})?$/, 'is not an amount of pesos in quotes, such as "100000"'),
      within: DEPTH,
      return: DEPTH,
      redemption: DEPTH,
      bothRpcs: z.boolean().default(false),
    }),
  )
  .min(1)
  .max(MOST_ROWS);

/** Inside the chain nothing is asked of small amounts; before any redemption there is Juno's own credit all the same. */
export const DEFAULT_POLICY =
  '[{"fromMxn":"0","within":0,"return":0,"redemption":0},{"fromMxn":"100000","within":12,"return":12,"redemption":"finalized","bothRpcs":true}]';

/**
 * Reads the table of FINALITY_POLICY: JSON, a list of rows, each with the pesos from which it holds and what it asks before each
 * step: blocks, or `finalized`, which asks the blocks of the step before it as well. Throws an Error that says what is wrong; a
 * table that asks less for a larger amount or a less reversible step is wrong.
 */
export function readFinalityPolicy(text: string): FinalityPolicy {
  const parsed = ROWS.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [row, ...path] = issue?.path ?? [];
    throw new Error(`row ${Number(row ?? 0) + 1} ${path.join('.')}: ${issue?.message}`);
  }
  const rows = parsed.data.map(({ fromMxn, bothRpcs, ...asked }): FinalityRow => {
    const within = depthOf(asked.within, 0n);
    const back = depthOf(asked.return, within.blocks);
    const redemption = depthOf(asked.redemption, back.blocks);
    return { from: parseDecimal('MXN', fromMxn), bothRpcs, within, return: back, redemption };
  });
  assertMonotonic(rows);
  const blocks = rows.flatMap((row) => FINALITY_STEPS.map((step) => Number(row[step].blocks)));
  return { rows, largeBlocks: BigInt(Math.max(...blocks)) };
}

const depthOf = (asked: number | 'finalized', before: bigint): Depth =>
  asked === 'finalized' ? { blocks: before, finalized: true } : { blocks: BigInt(asked), finalized: false };

function assertMonotonic(rows: readonly FinalityRow[]): void {
  if (rows[0]?.from.units !== 0n) throw new Error('the first row must be from "0", so that every amount has one');
  for (const [i, row] of rows.entries()) {
    const name = `row ${i + 1} (from ${formatDecimal(row.from)})`;
    if (!isAtLeast(row.return, row.within) || !isAtLeast(row.redemption, row.return))
      throw new Error(`${name} asks less for a step that is less reversible`);
    const before = rows[i - 1];
    if (!before) continue;
    if (compare(row.from, before.from) <= 0) throw new Error(`${name} does not come after the row before it`);
    if (before.bothRpcs && !row.bothRpcs) throw new Error(`${name} asks one RPC where smaller amounts ask both`);
    for (const step of FINALITY_STEPS)
      if (!isAtLeast(row[step], before[step])) throw new Error(`${name} asks less for ${step} than a smaller amount`);
  }
}

/** A row in words, for the doctor. */
export function describeRow(row: FinalityRow): string {
  const depths = FINALITY_STEPS.map(
    (step) => `${step} ${row[step].finalized ? `${row[step].blocks} + finalized` : row[step].blocks}`,
  );
  return `from ${formatDecimal(row.from)} MXN: ${depths.join(', ')}${row.bothRpcs ? ', both RPCs' : ''}`;
}
