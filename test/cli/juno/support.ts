import { z } from 'zod';
import { run } from '../../../src/cli/run.ts';
import { SWITCHES } from '../../../src/sandbox/switches.ts';
import type { TestChain } from '../../sandbox/support/chain.ts';
import { type Here, openHere } from '../../sandbox/support/here.ts';
import { environmentFor } from '../../sandbox/support/sandbox.ts';

const FINDING = z.object({ id: z.string(), state: z.string(), found: z.string(), evidence: z.string() });
const LAST = z.object({ settled: z.number(), open: z.number(), notAsked: z.number(), findings: z.array(FINDING) });

export const SPEND = ['--spend', '--yes', '--webhook-retries', '1'];

export async function kustodia(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** What the command needs of its environment to speak with this sandbox. */
export function environmentOf(sandbox: Here) {
  const { SANDBOX_API_KEY, SANDBOX_API_SECRET } = environmentFor(sandbox.chain);
  return {
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: sandbox.url,
    JUNO_STAGE_API_KEY: SANDBOX_API_KEY,
    JUNO_STAGE_API_SECRET: SANDBOX_API_SECRET,
  };
}

/** `kustodia juno check --json` against this sandbox. */
export async function check(sandbox: Here, ...args: string[]) {
  const told = await kustodia(['juno', 'check', '--json', '--wait', '60', ...args], environmentOf(sandbox));
  const last = LAST.parse(JSON.parse(told.out.split('\n').at(-1) ?? ''));
  const found = Object.fromEntries(last.findings.map((finding) => [finding.id, finding.found]));
  const evidence = Object.fromEntries(last.findings.map((finding) => [finding.id, finding.evidence]));
  const open = last.findings.filter(({ state }) => state === 'open').map(({ id, evidence: why }) => `${id}: ${why}`);
  return { ...told, last, found, evidence, open };
}

/** A sandbox in this process whose silent points are answered like this. */
export async function withSandbox<T>(
  chain: TestChain,
  switches: object,
  use: (sandbox: Here) => Promise<T>,
): Promise<T> {
  const sandbox = await openHere(chain, { SANDBOX_SWITCHES: JSON.stringify({ webhookBackoff_ms: 20, ...switches }) });
  try {
    return await use(sandbox);
  } finally {
    await sandbox.stop();
  }
}

type Name = keyof typeof SWITCHES;
export type Settled = Readonly<{
  row: string;
  /** What the row says for each answer, in `found` or `evidence`. */
  says: Readonly<Record<string, string | RegExp>>;
  /** Whether reading is enough, after what `prepare` did. */
  isRead?: true;
  prepare?: (sandbox: Here) => Promise<unknown>;
  /** Other switches that must be set for this one to show. */
  beside?: object;
  args?: readonly string[];
}>;

/** The deposit address of the sandbox, where MXNB is withdrawn to, so that it comes back as a CRYPTO_DEPOSIT. */
export const depositAddress = async (sandbox: Here): Promise<string> => (await sandbox.state())['deposit_address'];

/** A payout that was made, and sent back by its bank. */
export async function bounce(sandbox: Here): Promise<void> {
  await sandbox.fund('500');
  const id = await sandbox.payOut('200');
  await sandbox.giveBack(id);
}

const two = async (sandbox: Here): Promise<void> => {
  await sandbox.fund('500');
  await sandbox.fund('300');
};
export const credited = async (sandbox: Here): Promise<void> => {
  await sandbox.fund('500');
  const { body } = await sandbox.withdraw({ amount: '100', address: await depositAddress(sandbox) });
  await sandbox.ended(body['payload'].id);
  const { id } = await waitFor(sandbox, 'CRYPTO_DEPOSIT');
  await sandbox.ended(id);
};
async function waitFor(sandbox: Here, type: string): Promise<{ id: string }> {
  for (;;) {
    const found = (await sandbox.transactions()).find((transaction) => transaction.type === type);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const reads = (
  row: string,
  says: Settled['says'],
  prepare: (sandbox: Here) => Promise<unknown> = two,
  beside: object = {},
): Settled => ({ row, says, isRead: true, prepare, beside });
const nothing = async (): Promise<void> => undefined;

/** Which row settles which silent point, and what it says of each answer. */
export const SETTLED: Partial<Record<Name, Settled>> = {
  signedPath: reads('signed-query', { with_query: /^with it/, without_query: /^without it/ }, nothing),
  trailingSlash: reads('trailing-slash', { not_found: /^no/, same: /^yes/ }, nothing),
  nonceForm: reads(
    'nonces',
    { v1_or_v2: '13 digits as well', v1_only: 'each greater than the last', v2_only: 'of 14 digits or more' },
    nothing,
  ),
  nonceSkew_ms: reads('nonce-age', { 0: 'a day at least', 300000: '1 minute, but not 10 minutes' }, nothing),
  errorEnvelope: reads('not-found', { error: 'under `error`', errors: 'under `errors`' }, nothing),
  errorCodeType: reads('not-found', { string: 'code is text', number: 'code is a number' }, nothing),
  notFoundStatus: reads('not-found', { 404: /^404 1401/, 400: /^400 1401/ }, nothing),
  validationCode: { row: 'refused-body', says: { 32002: ' 32002 under', '0304': ' 0304 under' } },
  validationStatus: { row: 'refused-body', says: { 400: /^400 /, 422: /^422 / } },
  errorDetails: {
    row: 'refused-body',
    says: { field_message: 'details [{field, message}]', strings: 'details texts', absent: 'details absent' },
  },
  insufficientBalanceCode: { row: 'too-much', says: { '0379': '400 0379', 602: '400 0602' } },

  accountHasFirstClabe: { row: 'clabe-creation', says: { true: 'some listed before', false: 'none listed before' } },
  clabeCreatedBody: { row: 'clabe-creation', says: { full: 'with {clabe, type', clabe_only: 'with {clabe};' } },
  clabeRequestBody: { row: 'clabe-creation', says: { optional: 'no body is needed', required: 'a body is needed' } },
  clabeIdempotencyKey: { row: 'clabe-creation', says: { ignored: 'a key is not heeded', heeded: 'a key is heeded' } },
  serverUtcOffset_min: { row: 'server-zone', says: { 0: /^UTC /, '-360': /^UTC-06:00 / } },
  speiListOrder: { row: 'deposits-order', says: { newest_first: 'newest first', oldest_first: 'oldest first' } },
  speiCounters: reads('clabes-list', { string: 'as text', number: 'as numbers' }, nothing),
  oversizePage: reads('page-maximum', { refuse: 'refused', clamp: 'cut to 100' }, nothing),
  depositTime: reads('deposits-items', { zoneless: 'without a zone', utc: 'with Z' }),
  depositStatus: reads('deposits-items', { COMPLETE: 'says COMPLETE', complete: 'says complete' }),
  depositAmount: reads('deposits-items', { string: 'amounts are text', number: 'amounts are numbers' }),
  depositIds: reads('deposits-items', {
    both: 'by fid and deposit_id',
    fid: 'by fid,',
    deposit_id: 'by deposit_id,',
  }),
  depositSenderClabe: reads('deposits-items', { plain: 'is plain', masked: 'is masked', absent: 'CLABE is absent' }),
  depositTrackingKey: reads('deposits-items', { true: 'key is there', false: 'key is absent' }),
  depositListLag_ms: { row: 'deposits-lag', says: { 0: 'at once', 3000: /within \d+ s/ } },
  mockDepositNames: { row: 'mock-names', says: { any: /^yes/, business_name: /^no/ } },
  bankAccountCreatedStatus: { row: 'bank-accounts', says: { 201: /^201,/, 200: /^200,/ } },
  bankAccountDuplicate: {
    row: 'bank-accounts',
    says: { allow: 'is another one', refuse: 'one is refused', return_existing: 'is the first again' },
  },
  bankAccountDeletedStatus: { row: 'bank-accounts', says: { 200: 'deleted with 200', 204: 'deleted with 204' } },
  bankAccountIdempotencyKey: { row: 'bank-accounts', says: { ignored: 'key is not heeded', heeded: 'key is heeded' } },
  bankAccountName: {
    row: 'bank-accounts',
    says: { as_given: 'its name kept as given', plain_capitals: 'its name written otherwise' },
  },
  bankAccountPages: reads('bank-accounts-list', { none: /^no, a bare list/, of_25: /^yes, items under/ }, nothing),
  bankAccountListLag_ms: { row: 'bank-accounts', says: { 0: 'listed at once', 3000: /listed within \d+ s/ } },
  bankAccountApproval_ms: { row: 'bank-accounts', says: { 0: 'paid to at once', 3000: /paid to within \d+ s/ } },

  requestAmount: {
    row: 'redemption-amount',
    says: { either: /^either/, string: /^text only/, number: /^a number only/ },
  },
  redemptionAsset: { row: 'redemption-asset', says: { any_case: /^yes/, upper_only: /^no/ } },
  transactionCreatedStatus: { row: 'redemption-answer', says: { 200: /^200,/, 201: /^201,/ } },
  redemptionFirstStatus: { row: 'redemption-answer', says: { IN_PROGRESS: ', IN_PROGRESS,', PENDING: ', PENDING,' } },
  transactionsListLag_ms: { row: 'redemption-answer', says: { 0: 'listed at once', 3000: /listed within \d+ s/ } },
  idempotencyKeyFormat: { row: 'key-form', says: { uuid: 'any UUID', uuid_v1: 'UUIDs of version 1', any: 'any text' } },
  idempotentAnswer: { row: 'idempotency', says: { today: 'as it is now', original: 'as it was then' } },
  idempotencyMismatch: {
    row: 'idempotency',
    says: {
      409: 'another body: refused (409 34009)',
      400: 'another body: refused (400 34009)',
      original: 'another body: the original',
    },
  },
  withdrawalAnswer: {
    row: 'withdrawals',
    says: { summary: /\{id, .*summary_status/, detail: /\{transaction_id, .*timeline/, id_only: '{id};' },
  },
  withdrawalFirstStatus: { row: 'withdrawals', says: { PENDING: /^20\d, PENDING/, IN_PROGRESS: /^20\d, IN_PROGRESS/ } },
  withdrawalDecimals: { row: 'withdrawals', says: { 2: 'with 2 decimals', 6: 'with 6 decimals' } },
  withdrawalMinimum_centavos: { row: 'withdrawals', says: { 0: 'from 0.01 MXNB', 10000: 'from 100 MXNB' } },
  withdrawalFee_centavos: { row: 'withdrawals', says: { 0: 'without a fee', 100: 'a fee of 1.000000 MXNB' } },
  transactionsPageBase: reads('transactions-list', { 0: 'counts from 0', 1: 'counts from 1' }),
  transactionsEnvelope: reads('transactions-list', { content: 'under `content`', response: 'under `response`' }),
  transactionsTotals: reads('transactions-list', { true: 'with totals', false: 'without totals' }),
  transactionsSize: reads('transactions-query', { heeded: 'size is heeded', ignored: 'size is not' }),
  transactionsSort: reads('transactions-query', { heeded: 'sort is heeded', ignored: 'sort is not' }),
  transactionsOrder: reads('transactions-query', { DESC: 'else newest first', ASC: 'else oldest first' }),
  transactionsNames: reads('transactions-items', {
    summary: 'named id and summary_status',
    detail: 'named transaction_id and status',
  }),
  transactionAmount: reads('transactions-items', { number: 'amounts are numbers', string: 'amounts are text' }),
  transactionTime: reads('transactions-items', {
    nanoseconds: '9 decimals of a second, with Z',
    offset: 'with an offset',
    zoneless: 'without a zone',
  }),
  transactionComplete: reads('transactions-items', {
    COMPLETE: 'says COMPLETE,',
    COMPLETED: 'says COMPLETED,',
    complete: 'says complete,',
  }),
  currencyCase: reads(
    'transactions-items',
    {
      by_type: /CRYPTO_\w+ mxnb.*ISSUANCE MXN/,
      upper: /CRYPTO_\w+ MXNB.*ISSUANCE MXN/,
      lower: /CRYPTO_\w+ mxnb.*ISSUANCE mxn/,
    },
    credited,
  ),
  timelineKeys: reads('detail-issuance', { step_receipt: '[{step, receipt}]', name_hash: '[{name, hash}]' }),
  timelineSteps: reads('detail-issuance', { sentence: 'Tokens issued', constant: 'TOKENS_ISSUED' }),
  timelineOrder: reads('detail-issuance', {
    oldest_first: /issuing.tokens → tokens.issued/i,
    newest_first: /tokens.issued → issuing.tokens/i,
  }),
  issuanceDetails: reads('detail-issuance', { nested: 'sender{name, clabe}', flat: 'sender_name, sender_clabe' }),
  cryptoDetails: reads(
    'detail-crypto-withdrawal',
    { sender_recipient: '{recipient_address}', from_to: '{to}' },
    credited,
  ),
  withdrawalHash: reads(
    'detail-crypto-withdrawal',
    { timeline: 'hash in timeline', details: 'hash in details', nowhere: 'hash in neither' },
    credited,
  ),
  cryptoDepositHash: reads(
    'detail-crypto-deposit',
    { true: 'hash in timeline and details', false: 'hash in neither' },
    credited,
  ),
  redemptionDetails: reads(
    'detail-redemption',
    { full: 'recipient_legal_name, clabe}', id_only: '{destination_bank_account_id}', absent: 'details {}' },
    bounce,
  ),
  redemptionTrackingKey: reads(
    'detail-redemption',
    { false: /^details (?!.*tracking_key)/, true: /details \{.*tracking_key/ },
    bounce,
  ),
  belowMinimumIssuance: { row: 'mock-deposits', says: { failed: '99: FAILED', not_shown: '99: no ISSUANCE' } },
  balancesLayout: reads('balances', { nested: 'under `balances`', bare: 'a bare list' }),
  balanceAmount: reads('balances', { string: 'amounts are text', number: 'amounts are numbers' }),
  balanceAsset: reads('balances', { mxnb: 'says mxnb', MXNB: 'says MXNB' }),
  movementsEnvelope: reads('movements-list', {
    content: 'under `content`',
    response: 'under `response`',
    bare: 'a bare list',
  }),
  movementsPageBase: reads('movements-list', { 0: 'counts from 0', 1: 'counts from 1' }),
  movementComplete: reads('movements-list', { COMPLETED: /says COMPLETED\b/, COMPLETE: /says COMPLETE\b/ }),
  movementId: reads('movements-list', { transaction: 'is its transaction’s', own: 'is its own' }),
  movementAmount: reads('movements-list', { string: 'amounts are text', number: 'amounts are numbers' }),
  movementRefundOf: reads(
    'returns',
    { redemption: 'the movement names the redemption', nothing: 'the movement names no redemption' },
    bounce,
  ),
  returnShown: reads(
    'returns',
    { both: 'as a refund deposit and a movement;', deposit: 'as a refund deposit;', movement: 'as a movement;' },
    bounce,
  ),
  returnStatus: reads(
    'returns',
    { COMPLETE: 'the redemption is COMPLETE', FAILED: 'the redemption is FAILED' },
    bounce,
  ),
  returnReference: reads(
    'returns',
    {
      none: 'the deposit names nothing of it',
      tracking_key: 'names the tracking key',
      refunded_withdrawal: 'names it in `refunded_withdrawal`',
    },
    bounce,
    { redemptionTrackingKey: true },
  ),
  returnReceiver: reads(
    'returns',
    { first_clabe: 'a CLABE of the account', hidden_clabe: 'a CLABE that no list shows' },
    bounce,
  ),
  returnMoney: {
    row: 'mock-refund',
    says: { issuance: 'is issued as MXNB', mxnb: 'is MXNB without an ISSUANCE', mxn: 'is no MXNB' },
  },

  webhookCreatedStatus: { row: 'webhook-registration', says: { 201: 'TRANSACTION 201', 200: 'TRANSACTION 200' } },
  webhookDuplicate: {
    row: 'webhook-registration',
    says: {
      refuse_same_url: 'the same again refused, to another address taken',
      refuse_same_event: 'the same again refused, to another address refused',
      allow: 'the same again taken, to another address taken',
    },
  },
  webhooksListBody: {
    row: 'webhook-registration',
    says: { webhooks: 'listed as {webhooks}', payload: 'listed as {success, payload}' },
  },
  webhookShape: {
    row: 'webhooks',
    says: {
      event_payload: 'ISSUANCE {event, payload{id, transaction_type',
      type_data: 'ISSUANCE {type, data{transaction{id',
      funding_withdrawal: 'ISSUANCE {event, payload{fid,',
    },
  },
  webhookEvent: { row: 'webhooks', says: { TRANSACTION: 'called TRANSACTION', transaction: 'called transaction' } },
  webhookSigned: { row: 'webhooks', says: { false: /^not signed/, true: /^signed, valid/ } },
  webhookKeysBody: {
    row: 'webhooks',
    says: { bare: 'keys a bare list', payload: 'keys under `payload`' },
    beside: { webhookSigned: true },
  },
  webhookAttempts: { row: 'webhook-retries', says: { 5: /^5 times/, 1: /^once, and not again/ } },
};

/** The silent points that no row settles, and why. */
export const UNSETTLED: Partial<Record<Name, string>> = {
  ...Object.fromEntries(
    ['rateWindow', 'throttleStatus', 'throttleRetryAfter', 'throttleBlockAfter'].map((name) => [
      name,
      'asking would lock the account: the row over-the-limit says so',
    ]),
  ),
  noCredentialsCode: 'the check never asks without its key',
  error34003Status: 'it comes by itself: error-34003',
  idempotencyRetention_ms: 'longer than a check: key-retention',
  travelRule_centavos: 'it moves: travel-rule',
  depositConfirmations: 'it takes a wallet: deposit-address',
  largeDepositHeld: 'it takes a wallet: deposit-address',
  contractDeposit: 'it takes a wallet: deposit-address',
  failedRedemptionMoney: 'no request makes one fail: failed-redemption',
  bitsoCataloguesLayout: 'it is read either way, and nothing rests on it',
  refusedKey: 'the same request must be refused first and taken afterwards: what the check makes of itself is not',
  transactionUnderWay: 'it passes; the rows of the lists say which words were seen',
  clabeListLag_ms: 'a CLABE is a user’s for good, so that the check makes none',
  movementsListLag_ms: 'it comes by itself with each transaction, and only returns rest on it',
  webhookBackoff_ms: 'a pause is told as evidence, and is what the network made of it',
  ...Object.fromEntries(
    Object.keys(SWITCHES)
      .filter((name) => name.startsWith('bitso'))
      .map((name) => [name, 'another product with a host of its own, of which the list of open questions has none']),
  ),
};

/** The answer of the table in the form that the switch has it. */
export function answerOf(name: Name, text: string): unknown {
  const known = ([] as readonly unknown[]).concat(SWITCHES[name].answers).find((answer) => String(answer) === text);
  return known ?? Number(text);
}

export const agrees = (told: string, says: string | RegExp): boolean =>
  typeof says === 'string' ? told.includes(says) : says.test(told);

/** What a row told: what was found, and by what. */
export const rowOf = ({ found, evidence }: Told, row: string): string => `${found[row]} | ${evidence[row]}`;
export type Told = Pick<Awaited<ReturnType<typeof check>>, 'found' | 'evidence'>;

/** How the check is run for a row: what it reads, or all that it may spend. */
export async function argsFor({ isRead, row }: Settled, sandbox: Here): Promise<string[]> {
  if (isRead) return [];
  const to = ['withdrawals'].includes(row)
    ? [`--withdraw-to`, `0x${'4'.repeat(40)}`]
    : ['--withdraw-to', await depositAddress(sandbox)];
  const counting = row === 'webhook-retries' ? ['--webhook-retries', '5'] : [];
  return [...SPEND, ...counting, ...to, '--webhook-keys', '/v4/webhooks/public-keys'];
}
