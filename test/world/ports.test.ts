import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { claimPorts, FREE_PORTS, readPorts } from '../../src/local/ports.ts';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

describe('claimPorts', () => {
  it('says which port is taken, what for, and which setting moves it', async () => {
    const taken = createServer();
    server = taken;
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as AddressInfo).port)),
    );
    await expect(claimPorts({ ...FREE_PORTS, sandbox: port })).rejects.toThrow(
      `Nothing was started.\n  Port ${port}, for the sandbox, a stand-in for Juno, is taken. Move it with SANDBOX_PORT=<port>, or SANDBOX_PORT=0`,
    );
  });

  it('finds a different free port for each part', async () => {
    const ports = Object.values(await claimPorts(FREE_PORTS));
    expect(new Set(ports).size).toBe(5);
    expect(ports.every((port) => port > 0)).toBe(true);
  });
});

describe('readPorts', () => {
  it('has usual ports that the environment changes', () => {
    expect(readPorts({ ANVIL_PORT: '0', REACTOR_PORT: '4999' })).toEqual({
      reactor: 4999,
      indexer: 42069,
      sandbox: 4010,
      anvil: 0,
      postgres: 0,
    });
  });

  it.each(['65536', '-1', '4000a', '1.5'])('refuses %s', (text) => {
    expect(() => readPorts({ INDEXER_PORT: text })).toThrow('INDEXER_PORT is not a port');
  });
});
