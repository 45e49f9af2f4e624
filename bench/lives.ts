/**
 * `node bench/lives.ts [--payments N] [--in-flight N]`: whole payments a second. The reactor as the product wires it, over a real
 * Postgres with fsync and the real queue; the chain and the rails answer at once in the same process, and Juno's rate is out of the way.
 * Every payment waits in the escrow for a second. Counted at the bank. Prints one JSON object.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { openChain } from '../src/chain/door.ts';
import { startKeeper } from '../src/local/keeper.ts';
import { freePort } from '../src/local/ports.ts';
import { startPostgres } from '../src/local/postgres.ts';
import type { Context } from '../src/reactor/context.ts';
import { migrateDatabase, openDatabase } from '../src/reactor/db/client.ts';
import { openDoors } from '../src/reactor/doors.ts';
import { assertPins } from '../src/reactor/guards/pins.ts';
import { openBoss } from '../src/reactor/queue/boss.ts';
import { createJunoLimit } from '../src/reactor/rate/juno-limit.ts';
import { type Reactor, startReactor } from '../src/reactor/reactor.ts';
import { readSettings } from '../src/reactor/settings.ts';
import { openSigning } from '../src/reactor/signing.ts';
import { openSigner } from '../src/reactor/wallet/open-signer.ts';
import { createWatchdog } from '../src/reactor/watch/watchdog.ts';
import { ADDRESS, BRIDGE_KEY } from '../src/simulate/addresses.ts';
import { indexedTables } from '../src/simulate/database.ts';
import { CHAIN_ID, GENESIS_S } from '../src/simulate/moments.ts';
import { createOutside } from './lives/outside.ts';
import { createPayers } from './lives/payers.ts';
import { postgresCpu_ms } from './lives/postgres-cpu.ts';

const { values } = parseArgs({
  options: { payments: { type: 'string', default: '400' }, 'in-flight': { type: 'string', default: '100' } },
});
const [payments, inFlight] = [Number(values.payments), Number(values['in-flight'])];

const folder = await mkdtemp(join(tmpdir(), 'kustodia-bench-'));
await chmod(folder, 0o755);
const keeper = startKeeper(folder);
const postgres = await startPostgres({ port: await freePort(), folder, keeper });
const settings = readSettings({
  DATABASE_URL: postgres.url,
  CHAIN_ID: String(CHAIN_ID),
  ETH_RPC_URL: 'http://127.0.0.1:1',
  ESCROW_CONTRACT_ADDRESS: ADDRESS.escrow,
  MXNB_CONTRACT_ADDRESS: ADDRESS.token,
  ESCROW_BRIDGE_WALLET: ADDRESS.bridge,
  ESCROW_PRIVATE_KEY: BRIDGE_KEY,
  JUNO_DEPOSIT_ADDRESS: ADDRESS.juno,
  JUNO_ENV: 'sandbox',
  JUNO_BASE_URL: 'http://127.0.0.1:2',
  JUNO_STAGE_API_KEY: 'bench',
  JUNO_STAGE_API_SECRET: 'bench secret',
  JUNO_RATE_PER_MINUTE: '1000000',
  KUSTODIA_KEY_SECRET: 'the secret of the bench, of no use elsewhere',
  DAILY_PAYOUT_CAP_MXN: '1000000000',
  PAYMENT_CAP: '1000000000',
  USER_DAILY_CAP: '1000000000',
});
const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
const db = openDatabase(postgres.url, { max: settings.databasePool });
await migrateDatabase(db);
await db.$client.query(indexedTables(GENESIS_S));

let onIndexed: () => void = () => undefined;
let ctx: Context | undefined;
const outside = createOutside(db, {
  onIndexed: () => onIndexed(),
  onJuno: () => void ctx?.queue.enqueue({ lane: 'intake', id: 'juno' }),
});
const junoLimit = createJunoLimit({
  ...{ db, sleep, log, caller: 'bench', most: settings.junoRatePerMinute, window_s: settings.junoRateWindow_s },
});
const chain = openChain({ ...settings, transport: outside.transport });
await assertPins(db, chain, settings);
let reactor: Reactor | undefined;
const now = () => new Date();
const monotonic = () => performance.now();
ctx = {
  ...{ settings, db, junoLimit, chain, log, now, monotonic },
  ...openDoors({
    ...{ settings, junoLimit, monotonic },
    signing: openSigning(db, settings),
    exchange: outside.exchange,
    log: () => undefined,
  }),
  approver: null,
  queue: await openBoss(postgres.url, log),
  watchdog: createWatchdog({
    ...{ db, chain, now },
    lagBound_s: settings.indexerLagBound_s,
    onHead: ({ headTimestamp }) => reactor?.onHead(headTimestamp),
    onReorg: ({ kept }) => reactor?.onReorg(kept),
  }),
  holder: 'bench',
  newId: randomUUID,
};
reactor = await startReactor(ctx, openSigner(settings), {
  listen: (_url, _log, { onNews }) => {
    onIndexed = onNews;
    return { stop: async () => undefined };
  },
});
const payers = await createPayers(ctx, outside.juno);

const statements = async (): Promise<number> => {
  const { rows } = await db.$client.query<{ n: string }>(
    `SELECT xact_commit::text AS n FROM pg_stat_database WHERE datname = current_database()`,
  );
  return Number(rows[0]?.n);
};
const WARM_UP = Math.min(inFlight, payments);
let asked = 0;
const done = () => outside.bank.outgoing().length;
const keepUp = async (): Promise<void> => {
  while (asked < WARM_UP + payments && asked - done() < inFlight) await payers.ask(asked++);
};
let cpu = process.cpuUsage();
let commits = 0;
let postgres_ms = 0;
let started = 0;
while (done() < WARM_UP + payments) {
  await keepUp();
  if (started === 0 && done() >= WARM_UP) {
    [started, cpu, commits] = [performance.now(), process.cpuUsage(), await statements()];
    postgres_ms = postgresCpu_ms(folder);
  }
  await sleep(20);
}
const wall_ms = performance.now() - started;
const used = process.cpuUsage(cpu);
const paid = done() - WARM_UP;
process.stdout.write(
  `${JSON.stringify({
    lives_per_s: Number(((paid / wall_ms) * 1000).toFixed(2)),
    node_cpu_ms_each: Number(((used.user + used.system) / 1000 / paid).toFixed(1)),
    postgres_cpu_ms_each: Number(((postgresCpu_ms(folder) - postgres_ms) / paid).toFixed(1)),
    commits_each: Number((((await statements()) - commits) / paid).toFixed(1)),
    payments: paid,
    in_flight: inFlight,
    wall_ms: Math.round(wall_ms),
  })}\n`,
);
await reactor.stop();
await db.$client.end();
await postgres.stop();
await keeper.close();
// What the outside still has to say keeps nobody.
process.exit(0);
