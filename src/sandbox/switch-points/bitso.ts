import { choice, whole } from './point.ts';

/** Bitso's v3 withdrawals and its deposits. */
export const BITSO_POINTS = {
  bitsoOriginId: choice(
    'P/list-your-withdrawals',
    'a second withdrawal of one origin_id: refused, the first one again, or a second payout',
    'refuse',
    'return_original',
    'not_checked',
  ),
  bitsoOriginIdStatus: choice('P/list-your-withdrawals', 'the HTTP status of that refusal', 400, 409),
  bitsoCreatedStatus: choice('P/mxn-withdrawals', 'the HTTP status of an accepted request', 200, 201),
  bitsoOnePayload: choice('P/list-your-withdrawals', 'the payload for one wid', 'object', 'list'),
  bitsoUnknownWids: choice('P/list-your-withdrawals', 'a list by wids of which one is unknown', 'left_out', 'error'),
  bitsoStatusCase: choice('P/mxn-withdrawal-status', 'small in samples, capital in prose', 'lower', 'upper'),
  bitsoOrder: choice('P/list-your-withdrawals', 'the order of the list', 'newest_first', 'oldest_first'),
  bitsoListLag_ms: whole('P/list-your-withdrawals', 'how long until lists show a withdrawal', [0, 600_000], 0, 500),
  bitsoClabeCheck: choice(
    'P/mxn-account-data',
    'whether “the format of the CLABE” includes its control digit',
    'control_digit',
    'length',
  ),
  bitsoConcept: choice('P/mxn-account-data', 'whether “alphanumeric” lets spaces be', 'with_spaces', 'without_spaces'),
  bitsoNumericReference_digits: whole('P/mxn-account-data', '“has a maximum length”, which is cut', [1, 30], 7, 20),
  bitsoTrackingKeyFrom: choice('P/mxn-withdrawal-status', 'from which status on it shows', 'processing', 'complete'),
  bitsoCepLinkFrom: choice('P/payload-funding', 'the sample of a deposit has an empty one', 'complete', 'never'),
  bitsoFailReason: choice(
    'P/mxn-field-validations',
    'whether a failed one says why in `details.fail_reason`',
    true,
    false,
  ),
  bitsoReturnStatus: choice('P/list-deposits', 'the status of a withdrawal that came back', 'complete', 'failed'),
  bitsoReturnOriginId: choice(
    'P/list-deposits',
    'whether `refunded_withdrawal` has `origin_id`, which is optional',
    true,
    false,
  ),
  bitsoReturnInV1: choice('J/list-deposits-made', 'whether the older list shows it as well', false, true),
  bitsoDepositsEnvelope: choice('P/list-deposits', 'the key of the items', 'response', 'deposits'),
  bitsoBankCodes: choice('P/create-an-account', 'the digits of a bank’s code', 'five', 'three'),
};
