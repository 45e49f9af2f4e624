import { type Address, erc20Abi } from 'viem';
import type { Finding } from '../auditor/findings.ts';
import { BRIDGE, JUNO } from '../local/anvil.ts';
import { auditWorld, wordsFor } from '../local/audit.ts';
import { FLOAT_CENTAVOS } from '../local/contracts.ts';
import type { Payout } from '../local/juno.ts';
import type { World } from '../local/world.ts';
import { centavos, formatDecimal } from '../money/money.ts';
import { type Suffered, untrueReasons } from './reasons.ts';
import type { Story } from './stories.ts';

const UNITS_PER_CENTAVO = 10_000n;

/** What left for each account and stands: nothing came back. */
export type Paid = ReadonlyMap<string, readonly Payout[]>;
export const paidByAccount = (outbox: readonly Payout[]): Paid =>
  Map.groupBy(
    outbox.filter(({ returned }) => !returned),
    ({ clabe }) => clabe,
  );
const total = (payouts: readonly Payout[]) => payouts.reduce((sum, { amount_centavos }) => sum + amount_centavos, 0n);

/** All that is owed has left for its account, at the far end. */
export const isPaid = (story: Story, paid: Paid): boolean => total(paid.get(story.clabe) ?? []) >= story.owed;

export type Verdict = Readonly<{
  payments: number;
  /** Payouts beyond what a story is owed, and what went back to a payer whose recipient was paid. */
  paid_twice: number;
  /** Deposited, and neither paid out or sent back nor where it belongs. Negative where more is there or left than came. */
  lost_centavos: number;
  /** Neither paid nor waiting for a person who was told why; or told a reason that nothing which the run did makes true. */
  stuck: number;
  needs_attention: Readonly<Record<string, number>>;
  /** Differences that the auditor finds between chain and Juno on one side and the books on the other. */
  audit_findings: number;
  /** Processes that ended though the run did not end them. */
  died: number;
  /** A sentence for each story that went wrong, for each such process, and for each of the auditor's findings. */
  findings: readonly string[];
}>;

/** Nothing was paid twice, nothing is lost, nothing is stuck, nobody died by himself, and the second opinion is the same. */
export const isSound = (verdict: Omit<Verdict, 'payments' | 'needs_attention' | 'findings'>): boolean =>
  [verdict.paid_twice, verdict.lost_centavos, verdict.stuck, verdict.audit_findings, verdict.died].every(
    (count) => count === 0,
  );

/** Where money is while it is with us, in centavos, and all MXNB that there is, wherever it is. */
export type Places = Readonly<{
  bridge: bigint;
  escrow: bigint;
  /** Juno's wallet, which is its deposit address as well. */
  juno: bigint;
  /** Pesos of the Bitso balance, and those that Juno keeps of payouts that came back. */
  bitso: bigint;
  kept: bigint;
  /** MXNB that is at none of the three, of which no cent belongs to us any more. */
  elsewhere: bigint;
}>;

export type FarEnd = Readonly<{
  outbox: readonly Payout[];
  places: Places;
  /** What the auditor finds where the books say otherwise. */
  differences: readonly Finding[];
}>;

/** Reads the sandbox's books and the chain; of the reactor's own books only what the auditor compares with them. */
export async function readFarEnd(world: World): Promise<FarEnd> {
  const { outbox, state, anvil, contracts } = world;
  const differences = await auditWorld(world);
  const { bitso_balance_centavos: bitso, kept_centavos: kept } = await state();
  const token = { address: contracts.token, abi: erc20Abi } as const;
  // Of one block, or what moves meanwhile is counted twice.
  const blockNumber = await anvil.client.getBlockNumber();
  const at = (address: Address) =>
    anvil.client.readContract({ ...token, functionName: 'balanceOf', args: [address], blockNumber });
  const [supply, ...held] = await Promise.all([
    anvil.client.readContract({ ...token, functionName: 'totalSupply', blockNumber }),
    at(BRIDGE.address),
    at(contracts.escrow),
    at(JUNO.address),
  ]);
  const [bridge = 0n, escrow = 0n, juno = 0n] = held.map((units) => units / UNITS_PER_CENTAVO);
  const elsewhere = supply / UNITS_PER_CENTAVO - bridge - escrow - juno;
  return { outbox: await outbox(), places: { bridge, escrow, juno, bitso, kept, elsewhere }, differences };
}

export type JudgeParameters = Readonly<{
  /** Nothing more happens to them. */
  stories: readonly Story[];
  farEnd: FarEnd;
  /** What people were told of each, by code. */
  reasons: ReadonlyMap<Story, readonly string[]>;
  /** What the run did that may make it true. */
  suffered: Suffered;
  /** A sentence for each process that ended by itself. */
  deaths: readonly string[];
}>;

export function judgeStories({ stories, farEnd, reasons, suffered, deaths }: JudgeParameters): Verdict {
  const { outbox, places, differences } = farEnd;
  const paid = paidByAccount(outbox);
  const unpaid = stories.filter((story) => !isPaid(story, paid));
  const waiting = unpaid.filter((story) => reasons.has(story));
  const needs: Record<string, number> = {};
  for (const story of waiting) {
    const [code = ''] = reasons.get(story) ?? [];
    needs[code] = (needs[code] ?? 0) + 1;
  }
  // Nobody may be told that a payment cannot be looked at, not even of one that is paid.
  const told = [...reasons].filter(
    ([story, codes]) => waiting.includes(story) || codes.includes('cannot_be_looked_at'),
  );
  const untrue = untrueReasons(new Map(told), suffered);
  const silent = unpaid.filter((story) => !reasons.has(story));

  const ours = new Set<string>(stories.flatMap(({ clabe, payer }) => [clabe, payer]));
  const strays = [...paid].filter(([clabe]) => !ours.has(clabe)).flatMap(([, payouts]) => payouts);
  const got = ({ clabe, payer }: Story) => [...new Set([clabe, payer])].flatMap((account) => paid.get(account) ?? []);
  const twice = new Map(
    stories.map((story) => {
      const payouts = got(story);
      return [story, Math.max(payouts.length - (story.owed > 0n ? 1 : 0), total(payouts) > story.owed ? 1 : 0, 0)];
    }),
  );
  const deposited = stories.filter(({ hasDeposited }) => hasDeposited).reduce((sum, { owed }) => sum + owed, 0n);
  const { bridge, escrow, juno, bitso, kept } = places;
  // Kustodia's own little went to the bridge; the proof of Juno's address took some of it there.
  const inside = bridge + escrow + juno + bitso + kept - FLOAT_CENTAVOS;
  const left = total(outbox.filter(({ returned }) => !returned));
  const lost = deposited - left - inside;

  const nameOf = ({ number, journey, rail, payments }: Story) =>
    `Story ${number} (${journey} by ${rail}, payments ${payments.join(', ')})`;
  const sentence = (story: Story, what: string) => {
    const shares = got(story).map(
      ({ kind, amount_centavos }) => `${formatDecimal(centavos(amount_centavos))} by ${kind}`,
    );
    return `${nameOf(story)} ${what}: owed ${formatDecimal(centavos(story.owed))} MXN, got ${shares.join(', ') || 'nothing'}.`;
  };
  return {
    payments: stories.length,
    paid_twice: [...twice.values()].reduce((sum, n) => sum + n, 0) + strays.length,
    lost_centavos: Number(lost),
    stuck: new Set([...silent, ...untrue.map(({ story }) => story)]).size,
    needs_attention: needs,
    audit_findings: differences.length,
    died: deaths.length,
    findings: [
      ...silent.map((story) => sentence(story, 'is stuck')),
      ...untrue.map(({ story, code }) => sentence(story, `waits for a person for “${code}”, which is not so`)),
      ...stories.filter((story) => (twice.get(story) ?? 0) > 0).map((story) => sentence(story, 'was paid twice')),
      ...strays.map(({ kind, transaction_id }) => `Nobody is owed what ${kind} ${transaction_id} paid.`),
      ...(lost === 0n
        ? []
        : [
            `${deposited} centavos came in and ${left} left; inside are ${Object.entries(places)
              .map(([place, amount]) => `${place} ${amount}`)
              .join(', ')}, of which ${FLOAT_CENTAVOS} are Kustodia’s own.`,
          ]),
      ...deaths,
      ...differences.map(wordsFor),
    ],
  };
}
