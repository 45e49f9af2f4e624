import type { JunoCall } from '../../src/juno/client.ts';
import type { Rail } from '../../src/reactor/payment/states.ts';

export const RAILS = ['bank_redemption', 'bitso_spei', 'bitso_transfer'] as const satisfies readonly Rail[];

const ACCOUNTS = '/mint_platform/v1/accounts/banks';
const TRANSACTIONS = '/mint_platform/v1/transactions';
/** Read by a look, while a payment waits for it. */
export const DETAIL = `GET ${TRANSACTIONS}/:id`;
const times = (count: number, endpoint: string): string[] => Array.from({ length: count }, () => endpoint);

/**
 * The lists that the reactor goes through at a look at Juno, whatever it looks for: all of them every time, which is more than it does.
 * `test/rate/payment-calls.full.test.ts` compares this and what follows with a real world.
 */
export const LOOK_CALLS: readonly string[] = [
  ...times(2, 'GET /spei/v1/deposits'),
  'GET /mint_platform/v1/financial_movements',
  'GET /spei/v2/deposits',
  `GET ${TRANSACTIONS}`,
];

/** The CLABEs of payer and recipient, who are new. */
const PEOPLE = [...times(2, 'GET /spei/v1/clabes'), ...times(2, 'POST /mint_platform/v1/clabes')];
/** The account to be paid to, registered and read back. */
const ACCOUNT = [`POST ${ACCOUNTS}`, `GET ${ACCOUNTS}`];
/** The ISSUANCE of the deposit, the withdrawal, the credit of the return: each is read until it has ended. */
const CUSTODY = [...times(3, DETAIL), 'POST /mint_platform/v1/withdrawals', ...times(4, DETAIL)];
const REDEMPTION = ['POST /mint_platform/v1/redemptions', ...times(2, DETAIL)];
const BITSO = ['POST /v3/withdrawals', 'GET /v3/withdrawals'];

/** What one payment asks of Juno and Bitso besides, in this order, as recorded in a real world. */
export const PAYMENT_CALLS: Readonly<Record<(typeof RAILS)[number], readonly string[]>> = {
  bank_redemption: [...PEOPLE, ...ACCOUNT, ...CUSTODY, `GET ${ACCOUNTS}`, ...REDEMPTION],
  bitso_spei: [...PEOPLE, ...ACCOUNT, ...CUSTODY, ...REDEMPTION, ...BITSO],
  bitso_transfer: [...PEOPLE, ...CUSTODY, ...REDEMPTION, ...BITSO],
};

/** The call of an endpoint, with nothing in it. */
export function callOf(endpoint: string): JunoCall {
  const [method, route = ''] = endpoint.split(' ') as [JunoCall['method'], string];
  return method === 'GET' ? { kind: 'look', method, route } : { kind: 'send', method, route, body: '{}' };
}
