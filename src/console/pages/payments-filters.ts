import { LEG_STATES, type LegState, PAYMENT_KINDS } from '../../reactor/payment/states.ts';

/** The stations of the journey, in its order, and the states of legs at each. */
export const STATIONS = {
  requested: ['requested'],
  deposited: ['deposited', 'reserved'],
  withdrawing: ['withdrawing', 'withdrawn'],
  funding: ['creating', 'created', 'funding'],
  in_custody: ['in_custody'],
  releasing: ['releasing', 'released'],
  returning: ['returning', 'returned'],
  redeeming: ['redeeming', 'paying_out'],
  completed: ['completed'],
  accrued: ['accrued'],
  trouble: ['payout_failed', 'payout_returned'],
} as const satisfies Readonly<Record<string, readonly LegState[]>>;
export type Station = keyof typeof STATIONS;
export const STATION_NAMES = Object.keys(STATIONS) as readonly Station[];

/** What a payment as a whole may be. Where its money is says the station of its legs. */
export const STATUSES = [...LEG_STATES, 'needs_attention', 'on_hold'] as const;
const DAY = /^\d{4}-\d\d-\d\d$/;

export type Filters = Readonly<{
  status?: (typeof STATUSES)[number];
  station?: Station;
  kind?: (typeof PAYMENT_KINDS)[number];
  from?: string;
  to?: string;
}>;

/** Filters as the address has them; what is no filter is left out. */
export function filtersOf(given: Readonly<Record<string, unknown>>): Filters {
  const status = STATUSES.find((one) => one === given['status']);
  const station = STATION_NAMES.find((one) => one === given['station']);
  const kind = PAYMENT_KINDS.find((one) => one === given['kind']);
  const dayOf = (name: string) => (DAY.test(String(given[name])) ? String(given[name]) : undefined);
  const [from, to] = [dayOf('from'), dayOf('to')];
  return {
    ...{ ...(status && { status }), ...(station && { station }), ...(kind && { kind }) },
    ...{ ...(from && { from }), ...(to && { to }) },
  };
}

/** The same as the reactor is asked for them. */
export function queryOf({ station, ...filters }: Filters) {
  return { ...filters, ...(station && { legState: STATIONS[station].join(',') }) };
}
