/** The reactor's process: `npm run reactor`. Needs only its environment (.env.example). */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { openChain } from '../chain/door.ts';
import { createJunoClient } from '../juno/client.ts';
import type { Context } from './context.ts';
import { migrateDatabase, openDatabase } from './db/client.ts';
import { assertPins } from './guards/pins.ts';
import { createApp } from './http/app.ts';
import { createLogger } from './log.ts';
import { openBoss } from './queue/boss.ts';
import { createJunoLimit } from './rate/juno-limit.ts';
import { type Reactor, startReactor } from './reactor.ts';
import { readSettings, SettingsError } from './settings.ts';
import { openSigning } from './signing.ts';
import { localSigner } from './wallet/signer.ts';
import { measureHealth } from './watch/health.ts';
import { createWatchdog } from './watch/watchdog.ts';

const log = createLogger('reactor', process.env['LOG_LEVEL'] ?? 'info');

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const signer = localSigner(settings.bridgeKey, settings.bridge);
  const db = openDatabase(settings.databaseUrl, {
    max: settings.databasePool,
    onError: (error) => log.warn({ event: 'database_connection_lost', err: error }),
  });
  await migrateDatabase(db);
  const chain = openChain(settings);
  await assertPins(db, chain, settings);
  await chain.escrow.check(settings.bridge);

  const now = () => new Date();
  const holder = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const junoLimit = createJunoLimit({
    db,
    most: settings.junoRatePerMinute,
    window_s: settings.junoRateWindow_s,
    caller: holder,
    sleep,
    log,
  });
  const signing = openSigning(db, settings);
  // Juno and Bitso know the same keys and count their calls together, so both doors share nonces and budget.
  const openDoor = (baseUrl: string) =>
    junoLimit.watch(
      createJunoClient({
        baseUrl,
        apiKey: settings.junoApiKey,
        apiSecret: settings.junoApiSecret,
        ...signing,
        timeout_ms: settings.juno.timeout_ms,
        acquire: junoLimit.acquire,
        log: (line) => log.debug({ event: 'juno_call', ...line }),
      }),
    );

  let reactor: Reactor | undefined;
  const ctx: Context = {
    settings,
    db,
    juno: openDoor(settings.junoBaseUrl),
    bitso: settings.bitsoBaseUrl === null ? null : openDoor(settings.bitsoBaseUrl),
    junoLimit,
    chain,
    queue: await openBoss(settings.databaseUrl, log),
    watchdog: createWatchdog({
      db,
      chain,
      lagBound_s: settings.indexerLagBound_s,
      now,
      onHead: (health) => reactor?.onHead(health.headTimestamp),
    }),
    log,
    holder,
    now,
    monotonic: () => performance.now(),
    newId: randomUUID,
  };
  reactor = await startReactor(ctx, signer);
  const server = serve(
    { fetch: createApp(ctx, { health: () => measureHealth(ctx) }).fetch, hostname: settings.host, port: settings.port },
    ({ port }) => {
      log.info({ event: 'listening', port }, `the reactor listens on http://${settings.host}:${port}`);
    },
  );
  server.on('error', (error: NodeJS.ErrnoException) => {
    const text =
      error.code === 'EADDRINUSE' ? `Port ${settings.port} is taken; REACTOR_PORT moves the reactor.` : error.message;
    log.fatal({ event: 'cannot_listen' }, text);
    process.exit(1);
  });

  let isStopping = false;
  const stop = async (why: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ event: 'stopping', why });
    server.close();
    await reactor?.stop();
    await db.$client.end();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  if (process.env['KUSTODIA_PARENT_PIPE'] === '1')
    process.stdin.on('end', () => void stop('its parent is gone')).resume();
}

main().catch((error: unknown) => {
  if (error instanceof SettingsError) log.fatal({ event: 'settings_wrong' }, error.message);
  else log.fatal({ event: 'not_started', err: error }, 'the reactor did not start; nothing was sent');
  process.exit(1);
});
