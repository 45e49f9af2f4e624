import { type AddressInfo, createServer, type Server } from 'node:net';
import { LocalError } from './process.ts';

/** Each port of the world: the setting that moves it, its usual number (0 takes a free one), and what it is for. */
export const PORTS = {
  reactor: { setting: 'REACTOR_PORT', usual: 4000, what: 'the reactor (API, health, webhooks)' },
  indexer: { setting: 'INDEXER_PORT', usual: 42069, what: 'the indexer (GraphQL, SQL over HTTP)' },
  sandbox: { setting: 'SANDBOX_PORT', usual: 4010, what: 'the sandbox, a stand-in for Juno' },
  anvil: { setting: 'ANVIL_PORT', usual: 8545, what: 'anvil, the local chain' },
  postgres: { setting: 'POSTGRES_PORT', usual: 0, what: 'Postgres' },
} as const;

export type PortName = keyof typeof PORTS;
export type Ports = Readonly<Record<PortName, number>>;
const NAMES = Object.keys(PORTS) as PortName[];

export const FREE_PORTS: Ports = { reactor: 0, indexer: 0, sandbox: 0, anvil: 0, postgres: 0 };

/** The ports that the environment asks for. Throws a LocalError that names the setting that is no port. */
export function readPorts(environment: NodeJS.ProcessEnv): Ports {
  const port = (name: PortName): number => {
    const { setting, usual } = PORTS[name];
    const text = environment[setting] || String(usual);
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
      throw new LocalError(`${setting} is not a port: it must be 0 (a free one) to 65535.`);
    }
    return Number(text);
  };
  return Object.fromEntries(NAMES.map((name) => [name, port(name)])) as Ports;
}

/**
 * Turns each 0 into a free port of 127.0.0.1 and makes sure that every other one is free. Throws a LocalError that lists each
 * taken port, what it is for and which setting moves it.
 */
export async function claimPorts(wanted: Ports): Promise<Ports> {
  const tried = await Promise.all(NAMES.map((name) => listen(wanted[name])));
  await Promise.all(tried.map((server) => server && closed(server.server)));
  const taken = NAMES.filter((_, i) => tried[i] === null);
  if (taken.length > 0) throw new LocalError(takenMessage(taken, wanted));
  return Object.fromEntries(NAMES.map((name, i) => [name, tried[i]?.port])) as Ports;
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const found = await listen(0);
  if (!found) throw new LocalError('This machine has no free port left.');
  await closed(found.server);
  return found.port;
}

const listen = (port: number) =>
  new Promise<{ server: Server; port: number } | null>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(null) : reject(error),
    );
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      resolve({ server, port: (server.address() as AddressInfo).port }),
    );
  });

const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

function takenMessage(taken: readonly PortName[], wanted: Ports): string {
  const lines = taken.map((name) => {
    const { setting, what } = PORTS[name];
    return `  Port ${wanted[name]}, for ${what}, is taken. Move it with ${setting}=<port>, or ${setting}=0 for a free one.`;
  });
  return `Nothing was started.\n${lines.join('\n')}`;
}
