import { FAULT_NAMES, type FaultName } from '../../src/sandbox/faults.ts';

/** Every call that the journey makes, as the sandbox names it, and what else a fault can strike. */
export const CALLS = {
  createClabe: 'POST /mint_platform/v1/clabes',
  createAccount: 'POST /mint_platform/v1/accounts/banks',
  withdraw: 'POST /mint_platform/v1/withdrawals',
  redeem: 'POST /mint_platform/v1/redemptions',
  payAtBitso: 'POST /v3/withdrawals',
  listDeposits: 'GET /spei/v1/deposits',
  listTransactions: 'GET /mint_platform/v1/transactions',
  readTransaction: 'GET /mint_platform/v1/transactions/:id',
  listAccounts: 'GET /mint_platform/v1/accounts/banks',
  listClabes: 'GET /spei/v1/clabes',
  listAtBitso: 'GET /v3/withdrawals',
  listReturns: 'GET /spei/v2/deposits',
  credit: 'credit',
  webhook: 'webhook',
} as const;
export type Call = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as Call[];

const HTTP = CALL_NAMES.filter((call) => call !== 'credit' && call !== 'webhook');
const LISTS = HTTP.filter((call) => call.startsWith('list'));
/** What is struck otherwise than by any HTTP call. */
const ELSEWHERE: Partial<Record<FaultName, readonly Call[]>> = {
  partial_page: LISTS,
  partial_page_error: LISTS,
  list_lag: ['listDeposits', 'listTransactions', 'listAtBitso'],
  fail_payout: ['redeem', 'payAtBitso'],
  return_payout: ['redeem', 'payAtBitso'],
  blacklisted_address: ['withdraw'],
  credit_held: ['credit'],
  drop: ['webhook'],
  duplicate: ['webhook'],
  late: ['webhook'],
  reorder: ['webhook'],
  forged_signature: ['webhook'],
  forged_id: ['webhook'],
};

/** The calls that a fault can strike. */
export const callsOf = (fault: FaultName): readonly Call[] => ELSEWHERE[fault] ?? HTTP;

export const ONCE = 'arrived once';
/** What became of the money for each fault and call: that it arrived once, or the code under which it waits for a person. */
export type Verdicts = Map<FaultName, Map<Call, string>>;

const HEAD = `# Each fault at each call

What became of payments over all three rails while Juno or Bitso failed in every way that the sandbox knows (sandbox.md), at every
call that stands here. Payments go in waves, each under several faults of one kind; the sandbox counts that every fault struck every
call with a word here. The word is what became of the wave's payments: one that waits is put down to the first fault of its wave at
the call where it stopped, all others say that they arrived. Judged at the far end: \`arrived once\` is one line of the sandbox's outbox;
\`needs_attention\` is a payment (or a user without a CLABE) that waits for a person, who is told why in a sentence, with the code that
stands here. Nothing was paid twice and nothing lost in all of it. A call without a word is one that the fault cannot strike. Not
struck here: the financial movements, the webhooks' registration, and an outage of minutes (this one lasts 200 ms).

Written by \`KUSTODIA_TEST_FULL=1 KUSTODIA_WRITE_FAULTS=1 npx vitest run test/journey/faults\`, which fails where it finds another table.

`;

/** The page docs/juno-faults.md. */
export const printPage = (verdicts: Verdicts): string => `${HEAD}${printTable(verdicts)}\n`;

function printTable(verdicts: Verdicts): string {
  const cells = FAULT_NAMES.map((fault) => [
    `\`${fault}\``,
    ...CALL_NAMES.map((call) => verdicts.get(fault)?.get(call) ?? ''),
  ]);
  const rows = [['', ...CALL_NAMES.map((call) => `\`${CALLS[call]}\``)], CALL_NAMES.map(() => '---'), ...cells];
  rows[1]?.unshift('---');
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
