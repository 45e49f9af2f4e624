import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProxy, type TcpProxy } from '../../src/chaos/proxy.ts';

let echo: Server;
let proxy: TcpProxy;
const clients: Socket[] = [];
beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  echo.listen({ port: 0, host: '127.0.0.1' });
  await once(echo, 'listening');
  proxy = await openProxy((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  echo.close();
});

async function dial(): Promise<Socket> {
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  clients.push(client);
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}
const said = async (client: Socket, text: string): Promise<string> => {
  client.write(text);
  const [data] = (await once(client, 'data')) as [Buffer];
  return data.toString('utf8');
};

test('what is said comes through', async () => {
  expect(await said(await dial(), 'hello')).toBe('hello');
});

test('a cut ends what is open, and the next connection is taken', async () => {
  const client = await dial();
  await said(client, 'hello');
  // Not `once`: a reset is an error first, and that is what is wanted.
  const closed = new Promise((resolve) => client.once('close', resolve));
  proxy.cut();
  await closed;
  expect(await said(await dial(), 'again')).toBe('again');
});

test('in a silence nothing comes through, old or new, and afterwards all of it does', async () => {
  const [old, other] = [await dial(), await dial()];
  await said(old, 'hello');
  await said(other, 'hello');
  proxy.pause();
  const heard: string[] = [];
  old.on('data', (data) => heard.push(data.toString('utf8')));
  old.write('old');
  const fresh = await dial();
  fresh.on('data', (data) => heard.push(data.toString('utf8')));
  fresh.write('new');
  // Time enough for a message that nobody holds back: many have come and gone on a wire of their own.
  const open = await openProxy((echo.address() as AddressInfo).port);
  const free = connect({ port: open.port, host: '127.0.0.1' });
  for (let i = 0; i < 50; i++) await said(free, 'tick');
  free.destroy();
  await open.close();
  expect(heard).toEqual([]);
  const both = Promise.all([once(old, 'data'), once(fresh, 'data')]);
  proxy.resume();
  await both;
  expect(heard.toSorted()).toEqual(['new', 'old']);
});
