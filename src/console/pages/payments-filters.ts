import { LEG_STATES, PAYMENT_KINDS } from '../../reactor/payment/states.ts';

export const STATUSES = [...LEG_STATES, 'needs_attention', 'on_hold'] as const;
const DAY = /^\d{4}-\d\d-\d\d$/;

export type Filters = Readonly<{
  status?: (typeof STATUSES)[number];
  kind?: (typeof PAYMENT_KINDS)[number];
  from?: string;
  to?: string;
}>;

/** Filters as the address has them; what is no filter is left out. */
export function filtersOf(given: Readonly<Record<string, unknown>>): Filters {
  const status = STATUSES.find((one) => one === given['status']);
  const kind = PAYMENT_KINDS.find((one) => one === given['kind']);
  const dayOf = (name: string) => (DAY.test(String(given[name])) ? String(given[name]) : undefined);
  const [from, to] = [dayOf('from'), dayOf('to')];
  return { ...(status && { status }), ...(kind && { kind }), ...(from && { from }), ...(to && { to }) };
}
