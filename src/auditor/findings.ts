import { centavos, formatMoney, type Money } from '../money/money.ts';

/** Every kind of finding, with what the reader does about it. A clean audit has a zero for each. */
export const FINDINGS = {
  payout_unowed:
    'Stop the rail (kustodia switch, or the database role) until it is known who sent it. Ask Juno’s support with the id.',
  payout_differs: 'Stop the rail. Compare account and amount with the leg; the recipient may hold another’s money.',
  paid_twice: 'Stop the rail. One of them is Kustodia’s loss until its recipient gives it back: ask for it.',
  completed_unpaid:
    'The recipient has not been paid. Find the payout at Juno by its id; pay again only when it is certain that none left.',
  deposit_unclaimed: 'Look whether intake runs and reads Juno (kustodia doctor); the deposit belongs to its payer.',
  pesos_missing: 'Hold the payment. Follow its money from step to step: kustodia payment show.',
  suspense_differs: 'Compare kustodia suspense list with the ledger’s account suspense.',
  escrow_without_payment:
    'Nobody of ours asked for this escrow. Pause the contract if the bridge’s key may be in other hands.',
  escrow_differs: 'Hold the payment. Compare the escrow on the chain with the leg.',
  escrow_state_differs: 'Hold the payment. See whether the indexer follows the right chain (kustodia doctor).',
  escrow_missing: 'Hold the payment. The chain does not have its escrow: see whether it was reorganised.',
  transfer_unexplained: 'Pause the contract and stop rail:chain: tokens left that no effect of ours sent.',
  chain_logs_incomplete: 'Set ESCROW_START_BLOCK to a block before the bridge wallet’s first token, and audit again.',
  balance_differs:
    'Stop the rail or wallet concerned, if tokens or pesos are fewer than booked, and find the difference.',
  ledger_not_zero:
    'The database was written past its own rules. Stop everything and restore the entry’s true postings.',
  ledger_balance_differs: 'The database was written past its own rules. Stop everything and compare with the postings.',
  evidence_missing:
    'The books rest on something that is not out there: another chain or Juno, or a forged row. Stop everything.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof FINDINGS;

export type Finding = Readonly<{
  code: FindingCode;
  /** The number by which people know the payment; null where it is nobody’s. */
  payment: number | null;
  /** What it is about, as decimal text with its currency; null where it is no amount. */
  amount: string | null;
  /** Ids by which it is found: Juno’s, a transaction’s hash, a leg’s, an entry’s. */
  evidence: readonly string[];
  what: string;
  todo: string;
}>;

export type FindingParameters = Readonly<{
  payment?: number | null | undefined;
  amount?: Money | null;
  evidence: readonly (string | null | undefined)[];
  what: string;
}>;

/** Makes a finding, with what is to be done about its kind. */
export const finding = (
  code: FindingCode,
  { payment = null, amount = null, evidence, what }: FindingParameters,
): Finding => ({
  code,
  payment,
  amount: amount && formatMoney(amount),
  evidence: evidence.filter((item): item is string => typeof item === 'string'),
  what,
  todo: FINDINGS[code],
});

/** Pesos for people. */
export const pesos = (units: bigint): string => formatMoney(centavos(units));
