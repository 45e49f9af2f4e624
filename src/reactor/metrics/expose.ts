/** Every metric of the reactor, and where each value comes from. */
import type { Registry } from 'prom-client';
import type { Context } from '../context.ts';
import { CALL_KINDS } from '../rate/policy.ts';
import type { Instruments } from './instruments.ts';
import { type Books, type Funds, keptFor, readBooks, readFunds } from './readings.ts';
import { STAY_BOUNDS_S } from './stay.ts';
import { type Sample, tell } from './told.ts';

/** Scrapes and alerts share what was read so lately. */
const BOOKS_MS = 5_000;
const FUNDS_MS = 15_000;
const QUEUE_MS = 5_000;

/** What does not fit where it belongs, by kind: `reconcile` tells it. */
export type OpenBreaks = () => Promise<readonly Readonly<{ kind: string; count: number; oldest_s: number }>[]>;

export type Readings = Readonly<{ books: () => Promise<Books>; funds: () => Promise<Funds> }>;

/** What is read for scrapes and alerts, once for all who ask at about the same time. */
export const openReadings = (ctx: Context): Readings => ({
  books: keptFor(BOOKS_MS, ctx.monotonic, () => readBooks(ctx)),
  funds: keptFor(FUNDS_MS, ctx.monotonic, () => readFunds(ctx)),
});

const one = (value: number, labels: Sample['labels'] = {}): Sample[] => [{ labels, value }];
/** In the smallest unit of its currency, whole. A sample of Prometheus is a double: of sums over 2^53 it rounds the last digits, which the books have. */
const whole = (units: bigint): number => Number(units);
const isOf = (subject: string) => (row: Books['tally'][number]) => row.subject === subject;

/** Registers what is read at a scrape beside the instruments of the process. */
export function exposeReadings(
  ctx: Context,
  { registry }: Pick<Instruments, 'registry'>,
  { books, funds }: Readings,
  breaks: OpenBreaks | null = null,
): void {
  const gauge = (name: string, help: string, read: () => Promise<readonly Sample[]>, to: Registry = registry) =>
    tell(to, { name: `kustodia_${name}`, help, type: 'gauge' }, read);

  const counted = (subject: string, value: (row: Books['tally'][number]) => number) => async () =>
    (await books()).tally.filter(isOf(subject)).map((row) => ({
      labels: { kind: row.kind, state: row.state },
      value: value(row),
    }));
  gauge(
    'payments',
    'Payments by their status, without holds and marks.',
    counted('payment', (row) => row.present),
  );
  gauge(
    'legs',
    'Legs by kind and state.',
    counted('leg', (row) => row.present),
  );
  gauge(
    'leg_centavos',
    'What the legs in each state are for, in centavos.',
    counted('leg', (row) => whole(row.amount)),
  );
  gauge('moves_uncounted', 'Moves that the counts above do not have yet; 10000 or more show as 10000.', async () =>
    one((await books()).uncounted),
  );
  tell(
    registry,
    { name: 'kustodia_leg_state_seconds', help: 'How long legs were in a state that they left.', type: 'histogram' },
    async () => (await books()).tally.filter(isOf('leg')).flatMap(stays),
  );
  tell(
    registry,
    { name: 'kustodia_effect_outcomes_total', help: 'What became of effects, by kind.', type: 'counter' },
    async () =>
      (await books()).tally.filter(isOf('effect')).map(({ kind, state, entered }) => ({
        labels: { kind, outcome: state },
        value: entered,
      })),
  );
  gauge('effects_open', 'Effects that are recorded, being sent, or unknown.', async () =>
    (await books()).effects.map(({ count, ...labels }) => ({ labels, value: count })),
  );
  gauge(
    'effects_unknown_oldest_seconds',
    'Since the oldest unknown effect was first sent; 0 where there is none.',
    async () => one((await books()).oldest_unknown_s ?? 0),
  );
  gauge('legs_needing_attention', 'Legs that need a person, by reason.', async () =>
    (await books()).attention.map(({ code, count }) => ({ labels: { code }, value: count })),
  );
  gauge('holds_open', 'Holds and disputes of payments.', async () => one((await books()).holds));
  gauge('suspense_items', 'Deposits that no payment claims.', async () => one((await books()).suspense.count));
  gauge('suspense_centavos', 'Their centavos.', async () => one(whole((await books()).suspense.centavos)));
  if (breaks) {
    gauge('breaks_open', 'Breaks that reconciliation found and nobody closed.', async () =>
      (await breaks()).map(({ kind, count }) => ({ labels: { kind }, value: count })),
    );
    gauge('breaks_oldest_seconds', 'The age of the oldest of them.', async () =>
      (await breaks()).map(({ kind, oldest_s }) => ({ labels: { kind }, value: oldest_s })),
    );
  }

  gauge('juno_budget_calls', 'Calls to Juno in the window, and how many may be.', async () => [
    ...one((await books()).calls, { of: 'used' }),
    ...one(ctx.settings.junoRatePerMinute, { of: 'most' }),
  ]);
  gauge('juno_budget_tokens', 'Calls that each kind may make at once, as of the last call.', async () =>
    (await books()).tokens.map((value, i) => ({ labels: { kind: CALL_KINDS[i] ?? 'lent' }, value })),
  );
  gauge('juno_breaker', '1 for the state that the breaker of Juno is in.', async () => {
    const { breaker } = await books();
    return (['closed', 'half_open', 'open'] as const).map((state) => ({
      labels: { state },
      value: breaker.state === state ? 1 : 0,
    }));
  });

  gauge('lanes_held', 'Subjects that somebody works on.', async () => one((await books()).lanes));
  gauge('wallet_in_flight', 'Signed transactions of the bridge wallet without a final receipt.', async () =>
    one((await books()).in_flight),
  );
  const queue = keptFor(QUEUE_MS, ctx.monotonic, () => ctx.queue.stats());
  gauge('queue_jobs', 'Jobs that wait, their alarms among them, and that are under way.', async () => {
    const { waiting, active } = await queue();
    return [...one(waiting, { state: 'waiting' }), ...one(active, { state: 'active' })];
  });

  gauge('chain_head_block', 'The newest block of the RPC.', async () => one(Number(ctx.watchdog.current().headNumber)));
  gauge('indexer_lag_seconds', 'How far the indexer is behind the RPC, by the chain’s clock.', async () => {
    const { behind_s } = ctx.watchdog.current();
    return behind_s === null ? [] : one(behind_s);
  });
  gauge('indexer_lag_blocks', 'The same in blocks.', async () => {
    const { headNumber, indexedNumber } = ctx.watchdog.current();
    return indexedNumber === null ? [] : one(Math.max(0, Number(headNumber - indexedNumber)));
  });
  gauge('chain_trusted', '1 while RPC and indexer agree, so that what follows from the chain goes on.', async () =>
    one(ctx.watchdog.current().trouble === null ? 1 : 0),
  );
  gauge('finality_gap_blocks', 'Blocks between the head and the newest final one.', async () => {
    const { finalityGap } = await funds();
    return finalityGap === null ? [] : one(finalityGap);
  });
  gauge('wallet_wei', 'What the bridge wallet pays gas with.', async () => one(whole((await funds()).gas)));
  gauge('wallet_gas_transactions', 'Transactions that it pays for at the fee of now.', async () =>
    one((await funds()).gasTransactions),
  );
  gauge('wallet_mxnb_units', 'Millionths of MXNB in the bridge wallet, of payments and of Kustodia.', async () =>
    one(whole((await funds()).mxnb)),
  );
}

function stays({ kind, state, left, stayed_s, within }: Books['tally'][number]): Sample[] {
  const labels = { kind, state };
  const line = (suffix: string, value: number, more: Sample['labels'] = {}): Sample => ({
    labels: { ...labels, ...more },
    value,
    metricName: `kustodia_leg_state_seconds_${suffix}`,
  });
  return [
    ...STAY_BOUNDS_S.map((le, i) => line('bucket', within[i] ?? 0, { le })),
    line('bucket', left, { le: '+Inf' }),
    line('sum', stayed_s),
    line('count', left),
  ];
}
