/** The sandbox's process: a stand-in for Juno on 127.0.0.1. Prints one line with its port when it can be asked. */
import { fstatSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { openSandbox } from './app.ts';
import { sandboxContext } from './context.ts';
import { readSettings, SettingsError } from './settings.ts';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = pino(
    { level: settings.SANDBOX_LOG_LEVEL, base: { part: 'sandbox' } },
    pino.destination({ fd: 2, sync: true }),
  );
  const stopping = new AbortController();
  const context = sandboxContext({ switches: settings.SANDBOX_SWITCHES, logger, signal: stopping.signal });
  const app = await openSandbox(context, settings);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: settings.SANDBOX_PORT }, ({ port }) => {
    process.stdout.write(`${JSON.stringify({ event: 'listening', port })}\n`);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const text =
      error.code === 'EADDRINUSE'
        ? `Port ${settings.SANDBOX_PORT} is taken; SANDBOX_PORT moves the sandbox.`
        : error.message;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  });

  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    server.close(() => process.exit(0));
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A sandbox never outlives whoever started it with a pipe, which is a socket where Node made it. /dev/null is neither.
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) process.stdin.on('end', stop).on('error', stop).resume();
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof SettingsError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
