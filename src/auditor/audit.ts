import { setTimeout as sleep } from 'node:timers/promises';
import { compareEvidence, compareLedger } from './compare-books.ts';
import { compareBalances, compareEscrows, orphansIn } from './compare-chain.ts';
import { comparePayouts, comparePesos } from './compare-payouts.ts';
import type { Books, ChainFacts, JunoFacts, Orphan } from './facts.ts';
import { FINDINGS, type Finding, type FindingCode } from './findings.ts';
import { payoutsOf } from './payouts.ts';

const LOOK_AGAIN_MS = 30_000;

export type AuditParameters = Readonly<{
  /** Reads the chain, by RPC and not from the indexer. */
  chain: () => Promise<ChainFacts>;
  /** Reads Juno and Bitso, to the end of each list. */
  juno: () => Promise<JunoFacts>;
  /** Reads our books; asked last, when the far end is known. */
  books: () => Promise<Books>;
  /** How long after a first look that found something the second one begins; half a minute unless told. */
  lookAgain_ms?: number;
}>;

export type Audit = Readonly<{
  /** How many of each kind there are: a zero for each in a clean audit. */
  counts: Readonly<Record<FindingCode, number>>;
  findings: readonly Finding[];
  /** Escrows that were made and never funded: nothing is wrong with them. */
  orphans: readonly Orphan[];
  /** How much was compared, so that a zero can be told from an empty world. */
  read: Readonly<{
    payments: number;
    legs: number;
    payouts: number;
    deposits: number;
    juno_transactions: number;
    escrows: number;
    transfers: number;
    evidence: number;
    block: string;
  }>;
}>;

/**
 * The second opinion: from chain and Juno alone, who was owed what and who got what, then compared with our books. Money moves
 * while it is counted, so a finding stands only if a second look from the beginning finds the very same again. Reads, and
 * changes nothing. Throws what a door throws when it cannot be read to its end: half an audit is none.
 *
 * @example
 * const { findings } = await audit({ chain: openAuditChain(…), juno: openAuditJuno(…), books: openAuditBooks(…) });
 */
export async function audit(parameters: AuditParameters): Promise<Audit> {
  const first = await look(parameters);
  if (first.findings.length === 0) return first;
  await sleep(parameters.lookAgain_ms ?? LOOK_AGAIN_MS);
  const second = await look(parameters);
  const before = new Set(first.findings.map((one) => JSON.stringify(one)));
  return tell(
    second.findings.filter((one) => before.has(JSON.stringify(one))),
    second.orphans,
    second.read,
  );
}

async function look(parameters: AuditParameters): Promise<Audit> {
  const [chain, juno] = await Promise.all([parameters.chain(), parameters.juno()]);
  return compare(chain, juno, await parameters.books());
}

/** One comparison of what was read. Pure. */
export function compare(chain: ChainFacts, juno: JunoFacts, books: Books): Audit {
  const findings = [
    ...comparePayouts(juno, books),
    ...comparePesos(juno, books),
    ...compareEscrows(chain, books),
    ...compareBalances(chain, juno, books),
    ...compareLedger(books),
    ...compareEvidence(chain, juno, books),
  ];
  return tell(findings, orphansIn(chain), {
    payments: books.payments.length,
    legs: books.legs.length,
    payouts: payoutsOf(juno, books.effects).length,
    deposits: juno.deposits.length,
    juno_transactions: juno.transactions.length,
    escrows: chain.escrows.length,
    transfers: chain.transfers.length,
    evidence: books.evidence.length,
    block: chain.head.number.toString(),
  });
}

function tell(findings: readonly Finding[], orphans: Audit['orphans'], read: Audit['read']): Audit {
  const counts = Object.fromEntries(Object.keys(FINDINGS).map((code) => [code, 0])) as Record<FindingCode, number>;
  for (const { code } of findings) counts[code]++;
  return { counts, findings, orphans, read };
}
