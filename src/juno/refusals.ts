export type Refusal = Readonly<{ endpoint: string; httpStatus: number; code: string; page: string }>;

const WITHDRAWALS = 'POST /mint_platform/v1/withdrawals';
const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';
const BANK_ACCOUNTS = 'POST /mint_platform/v1/accounts/banks';
const BITSO_WITHDRAWALS = 'POST /v3/withdrawals';
const VALIDATION = 'A/validation-errors-03-http-400';

/**
 * The answers that prove that a send was refused before it was processed, each with the page it rests on
 * (client.ts says where they are). Juno's own list of codes is not public. What is not here and no success is unknown: 34003 was
 * once answered to a withdrawal that had been made.
 */
export const REFUSED_BEFORE_PROCESSING: readonly Refusal[] = [
  { endpoint: WITHDRAWALS, httpStatus: 400, code: '0303', page: VALIDATION },
  { endpoint: WITHDRAWALS, httpStatus: 400, code: '0304', page: VALIDATION },
  { endpoint: WITHDRAWALS, httpStatus: 400, code: '0315', page: VALIDATION },
  { endpoint: WITHDRAWALS, httpStatus: 400, code: '0379', page: 'A/history-of-changes' },
  { endpoint: WITHDRAWALS, httpStatus: 400, code: '0602', page: 'P/create-a-withdrawal' },
  { endpoint: REDEMPTIONS, httpStatus: 400, code: '0303', page: VALIDATION },
  { endpoint: REDEMPTIONS, httpStatus: 400, code: '0304', page: VALIDATION },
  { endpoint: REDEMPTIONS, httpStatus: 400, code: '0379', page: 'A/history-of-changes' },
  { endpoint: REDEMPTIONS, httpStatus: 400, code: '0602', page: 'P/create-a-withdrawal' },
  {
    endpoint: REDEMPTIONS,
    httpStatus: 400,
    code: '32002',
    page: 'third party: “Request validation failed” for a bad body',
  },
  { endpoint: BANK_ACCOUNTS, httpStatus: 400, code: '0303', page: VALIDATION },
  { endpoint: BANK_ACCOUNTS, httpStatus: 400, code: '0304', page: VALIDATION },
  { endpoint: BANK_ACCOUNTS, httpStatus: 400, code: '0317', page: VALIDATION },
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0303', page: 'P/mxn-field-validations' },
  // Not 0304, an invalid field: it is also what an origin_id gets that was used before, and then a payout of this key is there.
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0317', page: 'P/mxn-field-validations' },
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0318', page: VALIDATION },
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0319', page: VALIDATION },
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0379', page: 'A/history-of-changes' },
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0602', page: 'P/create-a-withdrawal' },
  // A CLABE of Nvio by SPEI. The page prints the code without its status; under another one it is unknown.
  { endpoint: BITSO_WITHDRAWALS, httpStatus: 400, code: '0714', page: 'P/mxn-account-data' },
];
