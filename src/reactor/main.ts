/** The reactor's process: `npm run reactor`. Needs only its environment (.env.example). */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { type ChainDoorParameters, openChain, rpcTransport } from '../chain/door.ts';
import type { CreateJunoClientParameters } from '../juno/client.ts';
import { exchange as exchangeOverHttp } from '../juno/transport.ts';
import { idsOf } from './cell.ts';
import { createMonotonic } from './clock.ts';
import type { Context } from './context.ts';
import { migrateDatabase, openDatabase, type PgClient } from './db/client.ts';
import { openDoors } from './doors.ts';
import { openMemory } from './effects/memory.ts';
import { checkContracts } from './guards/contract.ts';
import { assertPins } from './guards/pins.ts';
import { createApp } from './http/app.ts';
import { createLogger } from './log.ts';
import { createInstruments } from './metrics/instruments.ts';
import { startOperating } from './operate.ts';
import { openBoss } from './queue/boss.ts';
import { createJunoLimit } from './rate/juno-limit.ts';
import { type Reactor, startReactor } from './reactor.ts';
import { countOpenBreaks } from './reconcile/show.ts';
import { openApprover } from './release/approver.ts';
import { readSettings, SettingsError } from './settings.ts';
import { openSigning } from './signing.ts';
import { traceCall, traceTransport } from './trace/carriers.ts';
import { openTracer } from './trace/open.ts';
import { openSigner } from './wallet/open-signer.ts';
import { measureHealth } from './watch/health.ts';
import { startLoop } from './watch/loop.ts';
import { createWatchdog } from './watch/watchdog.ts';

const log = createLogger('reactor', process.env['LOG_LEVEL'] ?? 'info');

/** What the doors to the outside stand on, where it is not their own: a way to watch or to cut what goes through them. */
export type Carriers = Readonly<{
  Client?: PgClient;
  exchange?: CreateJunoClientParameters['exchange'];
  transport?: ChainDoorParameters['transport'];
}>;

/** The whole reactor, from its environment; ends the process when it cannot start. */
export const runReactor = (carriers: Carriers = {}): Promise<void> =>
  main(carriers).catch((error: unknown) => {
    if (error instanceof SettingsError) log.fatal({ event: 'settings_wrong' }, error.message);
    else log.fatal({ event: 'not_started', err: error }, 'the reactor did not start; nothing was sent');
    process.exit(1);
  });

async function main({ Client, exchange = exchangeOverHttp, transport }: Carriers): Promise<void> {
  const settings = readSettings(process.env);
  const now = () => new Date();
  const monotonic = createMonotonic({ steady: () => performance.now(), wall: () => Date.now() });
  const instruments = createInstruments({ monotonic, now });
  const signer = openSigner(settings);
  const approver = openApprover(settings);
  const db = openDatabase(settings.databaseUrl, {
    max: settings.databasePool,
    Client,
    onError: (error) => log.warn({ event: 'database_connection_lost', err: error }),
  });
  await migrateDatabase(db);
  const holder = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const { tracesTo } = settings.operate;
  const tracer = tracesTo === null ? null : await openTracer({ endpoint: tracesTo, holder, log });
  const chain = openChain({
    ...settings,
    transport: traceTransport({ tracer }, instruments.timeTransport(transport ?? rpcTransport(settings.rpcUrl))),
  });
  await assertPins(db, chain, settings);
  for (const { address } of await checkContracts(db, chain, settings))
    log.warn({ event: 'contract_paused', address }, `the escrow contract ${address} is paused: no money goes into it`);

  const junoLimit = createJunoLimit({
    db,
    most: settings.junoRatePerMinute,
    window_s: settings.junoRateWindow_s,
    caller: holder,
    sleep,
    log,
  });
  let reactor: Reactor | undefined;
  const ctx: Context = {
    settings,
    db,
    ...openDoors({
      settings,
      signing: openSigning(db, settings),
      junoLimit,
      monotonic,
      exchange: instruments.timeExchange(exchange),
      log: (line) => {
        log.debug({ event: 'juno_call', ...line });
        instruments.countCall(line);
        traceCall({ tracer }, line);
      },
    }),
    junoLimit,
    memory: openMemory(),
    chain,
    approver,
    queue: await openBoss(settings.databaseUrl, log),
    watchdog: createWatchdog({
      db,
      chain,
      lagBound_s: settings.indexerLagBound_s,
      now,
      onHead: (health) => reactor?.onHead(health.headTimestamp),
      onReorg: ({ acted, kept }) => {
        log.error(
          { event: 'chain_reorganised', acted, kept },
          `the chain was reorganised below block ${acted}, which was acted on; it still has block ${kept}. What was claimed in between is read again before anything builds on it`,
        );
        reactor?.onReorg(kept);
      },
    }),
    log,
    tracer,
    holder,
    now,
    monotonic,
    newId: idsOf(settings.cell, randomUUID),
  };
  reactor = await startReactor(ctx, signer, { startLoop: instruments.watchLoops(startLoop) });
  const operating = startOperating(ctx, instruments, { breaks: () => countOpenBreaks(db) });
  const server = serve(
    {
      fetch: createApp(ctx, {
        health: () => measureHealth(ctx, { isChecked: reactor?.isChecked() ?? false }),
        metrics: instruments.registry,
      }).fetch,
      hostname: settings.host,
      port: settings.port,
    },
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
    await Promise.all([operating.stop(), reactor?.stop()]);
    await tracer?.stop();
    await db.$client.end();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  if (process.env['KUSTODIA_PARENT_PIPE'] === '1')
    process.stdin.on('end', () => void stop('its parent is gone')).resume();
}

if (import.meta.main) void runReactor();
