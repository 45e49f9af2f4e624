/**
 * One switch for each point on which the public documents are silent, with the page that stops short of it. The value here
 * is the choice made; every answer of a switch's type works. `J/x` is docs.bitso.com/juno/docs/x, `A/x` is
 * docs.bitso.com/bitso-api/docs/x, `P/x` is docs.bitso.com/bitso-payouts-funding/docs/x.
 */
export type Switches = Readonly<typeof DEFAULT_SWITCHES>;

const choice = <const T>(chosen: T, ..._others: readonly T[]): T => chosen;

export const DEFAULT_SWITCHES = {
  // J/create-signed-requests: the path is “precisely the same as in the request”; the query is not named. Clients sign it.
  signedPath: choice<'with_query' | 'without_query'>('with_query'),
  // A/general-concepts: “per-minute windows”, not whether they slide. Sliding is the stricter.
  rateWindow: choice<'sliding' | 'fixed'>('sliding'),
  // A/general-concepts: neither status nor header of a throttled answer is given.
  throttleStatus: choice<429 | 503>(429),

  // J/create-clabes: an account is born with one AUTO_PAYMENT CLABE; whether the list shows it is not said.
  accountHasFirstClabe: choice<boolean>(true),
  // J/list-created-clabes, J/list-deposits-made: timestamps carry no zone, dates are in the “server timezone”.
  serverUtcOffset_min: choice<number>(0),
  // The same pages: no order is promised.
  speiListOrder: choice<'newest_first' | 'oldest_first'>('newest_first'),
  // All lists: what becomes of a page larger than the maximum.
  oversizePage: choice<'refuse' | 'clamp'>('refuse'),
  // J/create-mock-deposits: names must equal the registered business name, which a test account may not have.
  mockDepositNames: choice<'any' | 'business_name'>('any'),
  businessName: choice<string>('Kustodia'),
  // J/list-deposits-made: a returned payout is a deposit; whether it issues tokens again is not said.
  refundDepositIssues: choice<boolean>(true),

  // J/list-transactions-made: the order without `sort`.
  transactionsOrder: choice<'DESC' | 'ASC'>('DESC'),
  // J/trigger-a-token-issuance-via-bitso-transfer prints an amount as a JSON number; other pages are cut.
  transactionAmount: choice<'number' | 'string'>('number'),
  // J/get-transaction-details: `details` of an issuance hold “sender and receiver”; the keys are cut.
  issuanceDetails: choice<'nested' | 'flat'>('nested'),
  // J/get-transaction-details: whether a CRYPTO_DEPOSIT names its transaction hash.
  cryptoDepositHash: choice<boolean>(true),
  // J/redeem-your-mxnb-tokens: whether a paid redemption shows its clave de rastreo.
  redemptionTrackingKey: choice<boolean>(false),
  // J/overview-of-basic-operations: the balances' layout and number type; clients read both.
  balancesLayout: choice<'nested' | 'bare'>('nested'),
  balanceAmount: choice<'string' | 'number'>('string'),

  // J/redeem-your-mxnb-tokens, JR/createbankaccount: the answer's status, lag of the list, doubles.
  bankAccountCreatedStatus: choice<200 | 201>(201),
  bankAccountListLag_ms: choice<number>(0),
  bankAccountDuplicate: choice<'allow' | 'refuse' | 'return_existing'>('allow'),

  // JR/createcryptowithdrawal, JR/initiateredemption: the status of an accepted request (a CLABE's creation is 201).
  transactionCreatedStatus: choice<200 | 201>(200),
  // J/redeem-your-mxnb-tokens prints amounts as text; clients send numbers as well.
  requestAmount: choice<'either' | 'string' | 'number'>('either'),
  // JR/createcryptowithdrawal: MXNB has 6 decimals on the chain; J/conversions-... lists a precision of 2.
  withdrawalDecimals: choice<2 | 6>(2),
  // J/withdrawals-...: “UUID (version 1)”; whether another version or text is refused is not said.
  idempotencyKeyFormat: choice<'uuid' | 'uuid_v1' | 'any'>('uuid'),
  // The same: a repeat “returns the status of the original transaction”: today's, or that of then.
  idempotentAnswer: choice<'today' | 'original'>('today'),
  // The same: one key with another body.
  idempotencyMismatch: choice<409 | 400 | 'original'>(409),
  // The same: how long a key is remembered.
  idempotencyRetention_ms: choice<number>(Number.POSITIVE_INFINITY),
  // J/redeem-your-brl1-tokens and J/mxnb-on-arbitrum: blocks on top of a transfer before it is credited.
  depositConfirmations: choice<bigint>(0n),

  // J/webhooks: the answer's status, and doubles (P/managing-webhook-subscriptions refuses a second of the same event type).
  webhookCreatedStatus: choice<200 | 201>(201),
  webhookDuplicate: choice<'refuse_same_url' | 'refuse_same_event' | 'allow'>('refuse_same_url'),
  // J/webhooks: the payload example is cut.
  webhookEvent: choice<'TRANSACTION' | 'transaction'>('TRANSACTION'),
  // P/webhooks-overview: retried on 5xx, time-out and network error; how often is cut.
  webhookAttempts: choice<number>(5),
  webhookBackoff_ms: choice<number>(250),

  // Error 34003 (“failed” although processed) was seen by a client without its HTTP status.
  error34003Status: choice<400 | 500>(400),
};
