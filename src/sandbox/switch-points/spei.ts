import { choice, whole } from './point.ts';

/** CLABEs, SPEI deposits and bank accounts. */
export const SPEI_POINTS = {
  accountHasFirstClabe: choice(
    'J/create-clabes',
    'an account is born with one AUTO_PAYMENT CLABE; whether the list shows it is not said',
    true,
    false,
  ),
  clabeCreatedBody: choice(
    'JR/createclabeforthirdpartydeposits',
    'what the answer holds besides `clabe`',
    'full',
    'clabe_only',
  ),
  clabeIdempotencyKey: choice(
    'JR/createclabeforthirdpartydeposits',
    'whether creating a CLABE heeds X-Idempotency-Key',
    'ignored',
    'heeded',
  ),
  serverUtcOffset_min: whole(
    'J/list-created-clabes',
    'timestamps carry no zone, dates are in the “server timezone”',
    [-840, 840],
    0,
    -360,
  ),
  speiListOrder: choice('J/list-deposits-made', 'no order is promised', 'newest_first', 'oldest_first'),
  speiCounters: choice(
    'J/list-deposits-made',
    'whether the counters are text, as those of CLABEs are',
    'string',
    'number',
  ),
  oversizePage: choice('J/list-deposits-made', 'what becomes of a page over the maximum', 'refuse', 'clamp'),
  depositTime: choice('J/list-deposits-made', 'the form of a deposit’s `created_at`', 'zoneless', 'utc'),
  depositStatus: choice(
    'J/list-deposits-made',
    'the case of a deposit’s `status`; webhooks have it small',
    'COMPLETE',
    'complete',
  ),
  depositAmount: choice('J/list-deposits-made', 'the type of a deposit’s `amount`', 'string', 'number'),
  depositIds: choice('J/list-deposits-made', 'which ids a deposit has', 'both', 'fid', 'deposit_id'),
  depositSenderClabe: choice(
    'P/payload-funding',
    'whether the sender’s CLABE is masked, as in that webhook',
    'plain',
    'masked',
    'absent',
  ),
  depositTrackingKey: choice('J/list-deposits-made', 'whether a deposit shows its clave de rastreo', true, false),
  depositListLag_ms: whole('J/list-deposits-made', 'how long until the list shows a deposit', [0, 600_000], 0, 500),
  mockDepositNames: choice(
    'J/create-mock-deposits',
    'names must equal the registered business name, which a test account may not have',
    'any',
    'business_name',
  ),
  bankAccountCreatedStatus: choice('JR/createbankaccount', 'the HTTP status of the answer', 201, 200),
  bankAccountDuplicate: choice(
    'JR/createbankaccount',
    'a second account of the same CLABE',
    'allow',
    'refuse',
    'return_existing',
  ),
  bankAccountIdempotencyKey: choice('JR/createbankaccount', 'whether it heeds X-Idempotency-Key', 'ignored', 'heeded'),
  bankAccountListLag_ms: whole('J/redeem-your-mxnb-tokens', 'how long until the list shows it', [0, 600_000], 0, 500),
  bankAccountApproval_ms: whole('JR/createbankaccount', 'how long until it can be paid to', [0, 600_000], 0, 500),
};
