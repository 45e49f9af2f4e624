/** One payment a way on the contract that is live, while a reactor is killed between the making of its escrow and the funding. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { auditWorld } from '../../src/local/audit.ts';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { isFlawless } from '../../src/local/report.ts';
import type { World } from '../../src/local/world.ts';
import { openOrders } from '../chaos/folder.ts';
import { ANY } from '../chaos/orders.ts';
import { JOURNEY_TIMEOUT_MS, query } from './support.ts';
import { startWorldOf } from './versions.ts';

const PAYMENTS = 2;
/** In this order: signed and handed over, seen by the reactor, and the intent to fund written down. */
const POINTS = [
  '^after broadcast of custody: chain_create',
  '^after commit of .*custody: created',
  '^after commit of .*chain_fund recorded',
];
let world: World | undefined;
let folder: string | undefined;
afterEach(async () => {
  await world?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
  world = undefined;
});

test('on v2-pausable, killed between the two steps: the same escrow is funded', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  folder = mkdtempSync(join(tmpdir(), 'kustodia-two-steps-'));
  const orders = openOrders(folder);
  orders.give({ armed: ANY, only: POINTS[0] ?? '', patience_ms: 100 });
  const here = await startWorldOf('v2-pausable', {
    reactorMain: join(import.meta.dirname, '../chaos/reactor.ts'),
    settings: { CRASH_FOLDER: folder },
  });
  world = here;
  const died: string[] = [];
  const kills = async () => {
    for (const [at, only] of POINTS.entries()) {
      orders.give({ armed: ANY, only });
      await here.reactors()[0]?.exited;
      died.push(...orders.read().flatMap((line) => ('killed' in line ? line.killed.map(({ name }) => name) : [])));
      orders.give({ armed: at + 1 < POINTS.length ? ANY : null, only: POINTS[at + 1] ?? '' });
      await here.restartReactor(0);
    }
  };
  const [report] = await Promise.all([
    driveAndJudge(here, { payments: PAYMENTS, timeoutMs: JOURNEY_TIMEOUT_MS - 120_000 }),
    kills(),
  ]);
  for (const point of POINTS) expect(died.some((name) => new RegExp(point).test(name))).toBe(true);
  expect(isFlawless(report)).toBe(true);
  expect(report.spei_payouts).toBe(PAYMENTS);
  expect(await auditWorld(here)).toEqual([]);
  const escrows = await query<{ escrow_id: string; status: string }>(
    here,
    'SELECT escrow_id::text, status FROM indexed.escrow ORDER BY 1',
  );
  expect(escrows).toEqual([0, 1].map((id) => ({ escrow_id: String(id), status: 'released' })));
  const effects = await query<{ kind: string; count: number }>(
    here,
    `SELECT kind::text, count(*)::int FROM reactor.effect WHERE kind IN ('chain_create', 'chain_fund') GROUP BY 1 ORDER BY 1`,
  );
  expect(effects).toEqual([
    { kind: 'chain_create', count: PAYMENTS },
    { kind: 'chain_fund', count: PAYMENTS },
  ]);
});
