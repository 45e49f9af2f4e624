/**
 * `node bench/table.ts`: writes what docs/performance.json holds into the table of docs/performance.md, each figure beside its goal.
 * `npm run bench -- --record docs/performance.json` measures it anew.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecord } from './frame/record.ts';

const DOCS = join(import.meta.dirname, '../docs');
const PAGE = join(DOCS, 'performance.md');
const [FROM, TO] = ['<!-- measured -->', '<!-- /measured -->'];

type Goal = Readonly<{ what: string; bench: string; figure: string; goal: string; isMet: (median: number) => boolean }>;
const under = (bound: number) => (median: number) => median < bound;
const least = (bound: number) => (median: number) => median >= bound;
const told = () => true;

const GOALS: readonly Goal[] = [
  {
    what: 'event mined → intent recorded, websocket, p50 ms',
    bench: 'event-to-intent',
    figure: 'websocket.event_to_intent_ms.p50',
    goal: '< 100',
    isMet: under(100),
  },
  {
    what: 'the same, p99 ms',
    bench: 'event-to-intent',
    figure: 'websocket.event_to_intent_ms.p99',
    goal: '< 1,000',
    isMet: under(1_000),
  },
  {
    what: 'the same, polling, p50 ms',
    bench: 'event-to-intent',
    figure: 'polling.event_to_intent_ms.p50',
    goal: 'told',
    isMet: told,
  },
  {
    what: 'webhook → acknowledged, p99 ms',
    bench: 'webhook-ack',
    figure: 'webhook_ack_ms.p99',
    goal: '< 20',
    isMet: under(20),
  },
  {
    what: 'webhook → intent recorded, p99 ms',
    bench: 'webhook-to-intent',
    figure: 'webhook_to_intent_ms.p99',
    goal: '< 50',
    isMet: under(50),
  },
  {
    what: 'permitted by a block → release broadcast, p99 ms',
    bench: 'due-to-broadcast',
    figure: 'due_to_broadcast_ms.p99',
    goal: '< 1,000',
    isMet: under(1_000),
  },
  {
    what: 'payments a second, chain and rails in-process',
    bench: 'lives',
    figure: 'lives_per_s',
    goal: '≥ 50',
    isMet: least(50),
  },
  { what: 'steps of payments a second', bench: 'lives', figure: 'steps_per_s', goal: 'told', isMet: told },
  {
    what: 'payments a second, everything real',
    bench: 'world-lives',
    figure: 'world_lives_per_s',
    goal: 'told',
    isMet: told,
  },
  {
    what: 'releases a second on one wallet',
    bench: 'releases',
    figure: 'releases_per_s',
    goal: '≥ 20',
    isMet: least(20),
  },
  { what: 'the cron schedule by ours', bench: 'cron-ratio', figure: 'cron_ratio', goal: '≥ 200', isMet: least(200) },
  {
    what: 'event → intent, nothing else open, p99 ms',
    bench: 'open-escrows',
    figure: '0.event_to_intent_ms.p99',
    goal: 'told',
    isMet: told,
  },
  {
    what: 'the same, 100,000 open, p99 ms',
    bench: 'open-escrows',
    figure: '100000.event_to_intent_ms.p99',
    goal: 'the same',
    isMet: told,
  },
  {
    what: 'the same, 1,000,000 open, p99 ms',
    bench: 'open-escrows',
    figure: '1000000.event_to_intent_ms.p99',
    goal: 'the same',
    isMet: told,
  },
  {
    what: 'event → intent, others open in Ponder itself, p50 ms',
    bench: 'open-ponder',
    figure: 'event_to_intent_ms.p50',
    goal: 'told',
    isMet: told,
  },
  {
    what: 'payments a second, two reactors by one',
    bench: 'scaling',
    figure: '2.lives_per_s',
    goal: 'told',
    isMet: told,
  },
  { what: 'the same, four reactors', bench: 'scaling', figure: '4.lives_per_s', goal: 'told', isMet: told },
  { what: 'the indexer catches up, ms', bench: 'catch-up', figure: 'catch_up_ms', goal: 'told', isMet: told },
  {
    what: 'reactor killed and started → first intent, p50 ms',
    bench: 'restart',
    figure: 'restart_to_act_ms.p50',
    goal: 'told',
    isMet: told,
  },
  { what: 'memory of reactor and indexer, MB', bench: 'memory', figure: 'rss_mb.both', goal: 'told', isMet: told },
  { what: 'the console’s overview, p50 ms', bench: 'console', figure: 'overview.p50_ms', goal: 'told', isMet: told },
  {
    what: 'payments a minute of one Juno account',
    bench: 'rate',
    figure: 'payments_per_minute',
    goal: 'told',
    isMet: told,
  },
];

const record = await readRecord(join(DOCS, 'performance.json'));
const rows = GOALS.flatMap(({ what, bench, figure, goal, isMet }) => {
  const result = record.results.find((one) => one.bench === bench);
  const spread = result?.figures[figure];
  if (!result || !spread) return [];
  const verdict = goal === 'told' || goal === 'the same' ? '' : isMet(spread.median) ? 'met' : '**not met**';
  const range = result.rounds === 1 ? '1 round' : `${spread.least} to ${spread.most} in ${result.rounds}`;
  return [`| ${what} | ${goal} | ${spread.median} | ${range} | ${result.load.before} | ${verdict} |`];
});
const table = [
  `${record.machine}. ${record.at.slice(0, 10)}. A load above 2 means that others used the same processors.`,
  '',
  '| figure | goal | median | spread | load | |',
  '| --- | --- | --- | --- | --- | --- |',
  ...rows,
].join('\n');
const page = await readFile(PAGE, 'utf8');
const [before, after] = [page.split(FROM)[0], page.split(TO)[1]];
if (before === undefined || after === undefined) throw new Error(`docs/performance.md has no ${FROM} and ${TO}`);
await writeFile(PAGE, `${before}${FROM}\n\n${table}\n\n${TO}${after}`);
