import { type Mutant, removing } from '../mutant.ts';

const METRICS = 'docs/metrics.md';

/** What those who run it are told, and nobody else. */
export const TOLD: readonly Mutant[] = [
  removing(
    'metrics-closed',
    'in production nobody reads the metrics without their token',
    METRICS,
    [
      'src/reactor/http/metrics.ts',
      "metricsToken === null ? junoEnv !== 'production'",
      'metricsToken === null ? junoEnv.length > 0',
    ],
    ['test/metrics/expose.test.ts', 'with a token only for who shows it, and in production without one for nobody'],
  ),
  removing(
    'metrics-not-zero',
    'what cannot be read is never told as a zero',
    METRICS,
    ['src/reactor/metrics/expose.ts', 'return behind_s === null ? [] : one(behind_s);', 'return one(behind_s ?? 0);'],
    ['test/metrics/expose.test.ts', 'what cannot be read has no value, and is never taken for a zero'],
  ),
  removing(
    'tally-once',
    'each move is counted once: what was counted is gone',
    METRICS,
    [
      'src/reactor/metrics/tally.ts',
      'DELETE FROM reactor.tally_news n USING picked p WHERE n.owner = p.owner RETURNING n.*',
      'SELECT n.* FROM reactor.tally_news n JOIN picked p ON n.owner = p.owner',
    ],
    ['test/metrics/tally.test.ts', 'every move is counted once, whoever folds, and its news is gone'],
  ),
];
