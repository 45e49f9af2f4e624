import { erc20Abi } from 'viem';
import type { Finding } from '../auditor/findings.ts';
import { auditWorld, wordsFor } from '../local/audit.ts';
import { FLOAT_CENTAVOS } from '../local/contracts.ts';
import type { Payout } from '../local/juno.ts';
import type { World } from '../local/world.ts';
import { centavos, formatDecimal } from '../money/money.ts';
import type { Story } from './stories.ts';

const UNITS_PER_CENTAVO = 10_000n;

/** What left for each account and stands: nothing came back. */
export type Paid = ReadonlyMap<string, readonly Payout[]>;
export const paidByAccount = (outbox: readonly Payout[]): Paid =>
  Map.groupBy(
    outbox.filter(({ kind, returned }) => kind !== 'issuance_refund' && !returned),
    ({ clabe }) => clabe,
  );
const total = (payouts: readonly Payout[]) => payouts.reduce((sum, { amount_centavos }) => sum + amount_centavos, 0n);

/** All that is owed has left for its account, at the far end. */
export const isPaid = (story: Story, paid: Paid): boolean => total(paid.get(story.clabe) ?? []) >= story.amount;

export type Verdict = Readonly<{
  payments: number;
  /** Payouts beyond what a story is owed. */
  paid_twice: number;
  /** Deposited, and neither paid out or sent back nor inside. Negative where more is there or left than came. */
  lost_centavos: number;
  /** Neither paid nor waiting for a person who was told why. */
  stuck: number;
  needs_attention: Readonly<Record<string, number>>;
  /** Differences that the auditor finds between chain and Juno on one side and the books on the other. */
  audit_findings: number;
  /** A sentence for each story that went wrong, and for each of the auditor's findings. */
  findings: readonly string[];
}>;

/** Nothing was paid twice, nothing is lost, nothing is stuck, and the second opinion is the same. */
export const isSound = (verdict: Omit<Verdict, 'payments' | 'needs_attention' | 'findings'>): boolean =>
  [verdict.paid_twice, verdict.lost_centavos, verdict.stuck, verdict.audit_findings].every((count) => count === 0);

export type FarEnd = Readonly<{
  outbox: readonly Payout[];
  insideCentavos: bigint;
  /** What the auditor finds where the books say otherwise. */
  differences: readonly Finding[];
}>;

/** Reads the sandbox's books and the chain; of the reactor's own books only what the auditor compares with them. */
export async function readFarEnd(world: World): Promise<FarEnd> {
  const { outbox, state, anvil, contracts } = world;
  const differences = await auditWorld(world);
  const { bitso_balance_centavos: atBitso, kept_centavos: kept } = await state();
  const supply = await anvil.client.readContract({
    address: contracts.token,
    abi: erc20Abi,
    functionName: 'totalSupply',
  });
  // MXNB is minted for what is issued and burnt for what is redeemed; what is left is at Juno, the bridge, or in an escrow.
  const insideCentavos = supply / UNITS_PER_CENTAVO - FLOAT_CENTAVOS + atBitso + kept;
  return { outbox: await outbox(), insideCentavos, differences };
}

/** Judges stories that nothing more happens to; `reasons` says of each unpaid one what its people were told. */
export function judgeStories(
  stories: readonly Story[],
  { outbox, insideCentavos, differences }: FarEnd,
  reasons: ReadonlyMap<Story, string>,
): Verdict {
  const paid = paidByAccount(outbox);
  const needs: Record<string, number> = {};
  for (const story of stories) {
    const reason = reasons.get(story);
    if (reason !== undefined && !isPaid(story, paid)) needs[reason] = (needs[reason] ?? 0) + 1;
  }
  const unpaid = stories.filter((story) => !isPaid(story, paid));
  const deposited = stories.filter(({ hasDeposited }) => hasDeposited).reduce((sum, { amount }) => sum + amount, 0n);
  const ours = new Set<string>(stories.map(({ clabe }) => clabe));
  const strays = [...paid].filter(([clabe]) => !ours.has(clabe)).flatMap(([, payouts]) => payouts);
  const twice = stories.map(({ clabe, amount }) => {
    const payouts = paid.get(clabe) ?? [];
    return Math.max(payouts.length - 1, total(payouts) > amount ? 1 : 0, 0);
  });
  return {
    payments: stories.length,
    paid_twice: twice.reduce((sum, n) => sum + n, 0) + strays.length,
    lost_centavos: Number(deposited - total(outbox.filter(({ returned }) => !returned)) - insideCentavos),
    stuck: unpaid.filter((story) => !reasons.has(story)).length,
    needs_attention: needs,
    audit_findings: differences.length,
    findings: stories
      .flatMap((story, i) => {
        const owed = formatDecimal(centavos(story.amount));
        const payouts = paid.get(story.clabe) ?? [];
        const got = payouts.map(
          ({ kind, amount_centavos }) => `${formatDecimal(centavos(amount_centavos))} by ${kind}`,
        );
        const isStuck = !isPaid(story, paid) && !reasons.has(story);
        if (!isStuck && twice[i] === 0) return [];
        const what = isStuck ? 'is stuck' : 'was paid twice';
        return [
          `Story ${story.number} (${story.journey} by ${story.rail}, payments ${story.payments.join(', ')}) ${what}: owed ${owed} MXN, got ${got.join(', ') || 'nothing'}.`,
        ];
      })
      .concat(differences.map(wordsFor)),
  };
}
