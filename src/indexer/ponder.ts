import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { INDEXED_SCHEMA } from '../chain/indexed/channel.ts';
import type { IndexerEnvironment } from './environment.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What would make Ponder use another port, database or schema than it is told. */
const OVERRIDES = [
  'PORT',
  'DATABASE_PRIVATE_URL',
  'DATABASE_SCHEMA',
  'DATABASE_VIEWS_SCHEMA',
  'PONDER_EXPERIMENTAL_DB',
];

/** A setting of several things with names, which is read as JSON; of several words it is read with commas between them. */
const isList = (value: IndexerEnvironment[keyof IndexerEnvironment]): boolean =>
  Array.isArray(value) && value.some((one) => typeof one === 'object');

/** Starts Ponder on a schema, to write it or only to answer from it. It ends cleanly on SIGINT (SIGTERM leaves its lock behind), and when this process ends. */
export function startPonder(
  env: IndexerEnvironment,
  schema: string,
  inherited: NodeJS.ProcessEnv,
  { isServing }: Readonly<{ isServing: boolean }>,
): ChildProcess {
  const kept = Object.fromEntries(Object.entries(inherited).filter(([name]) => !OVERRIDES.includes(name)));
  const settings = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, isList(value) ? JSON.stringify(value) : String(value)]),
  );
  const format = process.stdout.isTTY ? 'pretty' : 'json';
  const ponder = spawn(
    process.execPath,
    [
      ...['--import', join(import.meta.dirname, 'leash.ts'), join(ROOT, 'node_modules/.bin/ponder')],
      ...['--root', join(ROOT, 'indexer'), '--log-format', format],
      ...(isServing ? ['serve'] : ['start', '--views-schema', INDEXED_SCHEMA]),
      ...['--schema', schema],
      ...['--port', String(env.INDEXER_PORT), '--hostname', env.INDEXER_HOST],
    ],
    {
      cwd: ROOT,
      stdio: ['pipe', 'inherit', 'inherit'],
      // With CI set, Ponder's bundler leaves the end of standard input to the leash.
      env: { ...kept, ...settings, CI: 'true', PONDER_TELEMETRY_DISABLED: 'true' },
    },
  );
  ponder.stdin?.on('error', () => undefined);
  return ponder;
}
