/** The gateway's process: `npm run gateway`. Needs only its environment (.env.example). */
import { serve } from '@hono/node-server';
import { createLogger } from '../reactor/log.ts';
import { SettingsError } from '../reactor/settings-signers.ts';
import { createGateway } from './app.ts';
import { readGatewaySettings } from './settings.ts';

const log = createLogger('gateway', process.env['LOG_LEVEL'] || 'info');

function main(): void {
  const settings = readGatewaySettings(process.env);
  const { fetch } = createGateway(settings, log);
  const server = serve({ fetch, hostname: settings.host, port: settings.port }, ({ port }) =>
    log.info({ event: 'listening', port, cells: [...settings.cells.keys()] }, 'the gateway listens'),
  );
  server.on('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE';
    log.fatal(
      { event: 'cannot_listen' },
      isTaken ? `Port ${settings.port} is taken; GATEWAY_PORT moves the gateway.` : error.message,
    );
    process.exit(1);
  });
  const stop = (why: string): void => {
    log.info({ event: 'stopping', why });
    server.close(() => process.exit(0));
  };
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGTERM', () => stop('SIGTERM'));
  if (process.env['KUSTODIA_PARENT_PIPE'] === '1') process.stdin.on('end', () => stop('its parent is gone')).resume();
}

try {
  main();
} catch (error) {
  log.fatal(
    { event: 'not_started', err: error instanceof SettingsError ? undefined : error },
    error instanceof SettingsError ? error.message : 'the gateway did not start',
  );
  process.exit(1);
}
