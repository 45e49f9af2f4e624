/**
 * The indexer's process: `npm run indexer`. Names Ponder's schema, starts Ponder, passes signals on, tidies up behind it. With
 * `-- --anew` it first drops what was indexed, and the chain is read again; with `-- --serve` it indexes nothing, and answers readers from
 * what another indexer writes.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { assertSameBranch } from './branch.ts';
import { readBlock, readGenesisHash } from './chain.ts';
import { dropSchemas, forgetCachedChain, shareViews, viewsShow, withDatabase } from './database.ts';
import { type IndexerEnvironment, IndexerStartError, LOCAL_CHAIN_ID, readEnvironment } from './environment.ts';
import { startPonder } from './ponder.ts';
import { assertPortIsFree } from './port.ts';
import { schemaName } from './schema-name.ts';
import { tidyUp } from './tidy.ts';

const ROOT = join(import.meta.dirname, '../..');
const STOP_TIMEOUT_MS = 15_000;

const log = pino({ level: process.env['LOG_LEVEL'] ?? 'info', base: { part: 'indexer', pid: process.pid } });

async function main(): Promise<void> {
  let ponder: ChildProcess | undefined;
  const stopped = new AbortController();
  const stop = () => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    if (!ponder) process.exit(0);
    ponder.kill('SIGINT');
    setTimeout(() => ponder?.kill('SIGKILL'), STOP_TIMEOUT_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (process.env['KUSTODIA_PARENT_PIPE'] === '1') process.stdin.on('end', stop).on('error', stop).resume();

  const asked = readArguments(process.argv.slice(2));
  const env = readEnvironment(process.env);
  await assertPortIsFree(env);
  const schema = schemaName(ROOT, env, await readGenesisHash(env));
  const isServing = asked === SERVE;
  if (isServing) await assertShown(env, schema);
  else await prepareDatabase(env, schema, asked === ANEW);

  ponder = startPonder(env, schema, process.env, { isServing });
  log.info(
    { event: 'starting', schema, ponderPid: ponder.pid, port: env.INDEXER_PORT },
    isServing ? `Ponder answers from ${schema}, and indexes nothing` : `Ponder starts on ${schema}`,
  );
  ponder.once('error', (error) => {
    log.fatal({ event: 'failed', err: error }, 'Ponder could not be started; run `npm install` again');
    process.exit(1);
  });
  ponder.once('exit', (code, signal) => {
    if (!stopped.signal.aborted)
      log.error({ event: 'ended', code, signal }, 'Ponder ended by itself; its log says why');
    process.exit(stopped.signal.aborted ? 0 : (code ?? 1));
  });
  if (isServing) return;
  const { signal } = stopped;
  await tidyUp({
    ...{ schema, signal, log, now: Date.now },
    withDatabase: (work) => withDatabase(env.DATABASE_URL, work),
    wait: (ms) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
  });
}

const ANEW = '--anew';
const SERVE = '--serve';

/** What is asked beside the environment. Throws an IndexerStartError at what is not known, and at both at once. */
function readArguments(given: readonly string[]): typeof ANEW | typeof SERVE | undefined {
  const [asked, ...more] = new Set(given);
  const unknown = more.length > 0 ? given.join(' ') : asked;
  if (asked === undefined) return undefined;
  if (more.length === 0 && (asked === ANEW || asked === SERVE)) return asked;
  throw new IndexerStartError(
    `${unknown} is not known here. \`npm run indexer\` takes its settings from its environment, and ${ANEW} to drop what was indexed and read the chain again, or ${SERVE} to answer readers from what another indexer writes. Nothing was started.`,
  );
}

/** Sees that what another indexer of this build writes is what readers are shown; writes nothing, so that a replica of the database does. */
async function assertShown({ DATABASE_URL }: IndexerEnvironment, schema: string): Promise<void> {
  const isShown = await withDatabase(DATABASE_URL, (db) => viewsShow(db, schema)).catch(unusable);
  if (!isShown)
    throw new IndexerStartError(
      `Readers are not shown ${schema} yet: no indexer of this build, chain and contracts has caught up in this database. Nothing was started. Start one (\`npm run indexer\`), wait until its /ready answers 200, then start this one again.`,
    );
}

/** Sees that the database answers, and that what it holds is of this chain; takes from it what a chain left that may not exist any more. */
async function prepareDatabase(env: IndexerEnvironment, schema: string, isAnew: boolean): Promise<void> {
  const { DATABASE_URL, CHAIN_ID } = env;
  await withDatabase(DATABASE_URL, async (db) => {
    await shareViews(db);
    if (isAnew || CHAIN_ID === LOCAL_CHAIN_ID) await forgetCachedChain(db, CHAIN_ID);
    if (!isAnew) return assertSameBranch(db, { schema, chainId: CHAIN_ID }, (number) => readBlock(env, number));
    const held = await dropSchemas(db, Date.now);
    if (held !== null)
      throw new IndexerStartError(
        `An indexer still runs on ${held}, or ended without a word less than half a minute ago. Nothing was started. Stop it, or wait, then start this one again with ${ANEW}.`,
      );
    log.warn({ event: 'anew' }, 'what was indexed is dropped, the chain is read again; money waits until that is done');
  }).catch(unusable);
}

function unusable(cause: unknown): never {
  if (cause instanceof IndexerStartError) throw cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new IndexerStartError(`The database cannot be used: ${why}. Check DATABASE_URL; nothing was started.`);
}

main().catch((error: unknown) => {
  if (error instanceof IndexerStartError) process.stderr.write(`${error.message}\n`);
  else log.fatal({ event: 'failed', err: error }, 'the indexer did not start');
  process.exit(1);
});
