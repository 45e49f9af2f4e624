import { canStrike, FAULT_NAMES, type FaultName } from '../../src/sandbox/faults.ts';

/** Whom a cell is about: one payment, which alone is struck. */
export type Subject = Readonly<{
  /** Pesos as decimal text with two decimals, of no other payment. */
  amount: string;
  clabe: string;
  /** What Juno or Bitso calls its payout, once it has left. */
  payoutId?: string | undefined;
}>;

type Struck = Readonly<{
  /** As the sandbox names it. */
  endpoint: string;
  /** What stands in this call of this payment and of no other; of a GET, in its answer. Without it the call is for a user. */
  text?: (subject: Subject) => string | readonly string[];
}>;

const quoted = ({ amount }: Subject) => `"${amount}"`;
const numbered = ({ amount }: Subject) => `"amount":${amount},`;
const account = ({ clabe }: Subject) => `"${clabe}"`;

/** Every call that the journey of money makes, and what else a fault can strike. */
export const CALLS = {
  createClabe: { endpoint: 'POST /mint_platform/v1/clabes' },
  createAccount: { endpoint: 'POST /mint_platform/v1/accounts/banks', text: account },
  withdraw: { endpoint: 'POST /mint_platform/v1/withdrawals', text: quoted },
  redeem: { endpoint: 'POST /mint_platform/v1/redemptions', text: quoted },
  payAtBitso: { endpoint: 'POST /v3/withdrawals', text: quoted },
  transferAtBitso: { endpoint: 'POST /v3/withdrawals', text: quoted },
  listClabes: { endpoint: 'GET /spei/v1/clabes' },
  listAccounts: { endpoint: 'GET /mint_platform/v1/accounts/banks', text: account },
  listDeposits: { endpoint: 'GET /spei/v1/deposits', text: quoted },
  listTransactions: { endpoint: 'GET /mint_platform/v1/transactions', text: numbered },
  readTransaction: { endpoint: 'GET /mint_platform/v1/transactions/:id', text: numbered },
  listAtBitso: { endpoint: 'GET /v3/withdrawals', text: quoted },
  listRefunds: { endpoint: 'GET /spei/v1/deposits', text: (s) => ['only_refunds=true', quoted(s)] },
  listMovements: {
    endpoint: 'GET /mint_platform/v1/financial_movements',
    text: ({ payoutId }) => `"funding":{"transaction_id":"${payoutId}"`,
  },
  listRefundsAtBitso: { endpoint: 'GET /spei/v2/deposits', text: quoted },
  credit: { endpoint: 'credit', text: quoted },
  webhook: { endpoint: 'webhook', text: numbered },
} as const satisfies Record<string, Struck>;
export type Call = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as Call[];

/** Endpoints of the sandbox that no function of our client calls. */
export const UNCALLED = ['POST /mint_platform/v1/issuance', 'GET /v3/withdrawals/', 'POST /v3/withdrawals/'];

/** Of a list of returns, the payment must have been paid out before. */
export const OF_RETURNS: readonly Call[] = ['listRefunds', 'listMovements', 'listRefundsAtBitso'];
/** By user, not by payment: a request for a CLABE names nobody, so that one at a time is made. */
export const OF_USERS: readonly Call[] = ['createClabe', 'listClabes'];

/** The calls that a fault can strike, as the sandbox says. */
export const callsOf = (fault: FaultName): readonly Call[] =>
  CALL_NAMES.filter((call) => canStrike(fault, CALLS[call].endpoint));

/** A fault at a call: a cell of the table. */
export type Cell = Readonly<{ fault: FaultName; call: Call }>;
export const CELLS: readonly Cell[] = FAULT_NAMES.flatMap((fault) => callsOf(fault).map((call) => ({ fault, call })));

/** Where the fault is armed, and for what: one that strikes at what a call set going knows it by its amount alone, or its account. */
export function aimOf(
  { fault, call }: Cell,
  subject: Subject,
): { endpoint: string; text?: string | readonly string[] } {
  const { endpoint, text }: Struck = CALLS[call];
  if (!text) return { endpoint };
  const isLater = ['list_lag', 'fail_payout', 'return_payout', 'blacklisted_address'].includes(fault);
  return { endpoint, text: isLater && text !== account ? quoted(subject) : text(subject) };
}
