import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readSources } from '../../src/reactor/http/webhook-source.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { keyPair, openWebhooks, type Webhooks } from './support.ts';

let postgres: TestPostgres;
let webhooks: Webhooks;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
afterEach(() => webhooks.close());

const open = async (settings: Parameters<typeof openWebhooks>[1] = {}) => {
  webhooks = await openWebhooks(await postgres.createDatabase(), settings);
};
const body = (id: string, status: string, extra: object = {}) => JSON.stringify({ payload: { id, status, ...extra } });

describe('without keys every webhook is a hint', () => {
  beforeEach(() => open());

  test('a replay of the same bytes is acknowledged, kept once, and rings once', async () => {
    const bytes = body(randomUUID(), 'COMPLETE');
    for (const _ of [1, 2, 3]) expect((await webhooks.post(bytes)).status).toBe(200);
    expect(await webhooks.kept()).toHaveLength(1);
    expect(webhooks.rung).toHaveLength(1);
    expect(await webhooks.counted('duplicate', 2)).toBe(2);
  });

  test('a forged one does not silence the true one after it, and telling the same again rings at a bounded pace', async () => {
    const id = randomUUID();
    await webhooks.post(body(id, 'COMPLETE', { by: 'a forger' }));
    expect(webhooks.rung).toHaveLength(1);
    await webhooks.post(body(id, 'complete', { by: 'Juno' }));
    expect(webhooks.rung).toHaveLength(2);
    for (let n = 0; n < 20; n++) await webhooks.post(body(id, 'COMPLETE', { n }));
    expect(await webhooks.kept()).toHaveLength(22);
    expect(webhooks.rung.length).toBeLessThan(10);
  });

  test('statuses out of order ring each time, because only a look tells which is true', async () => {
    const id = randomUUID();
    for (const status of ['COMPLETE', 'PENDING', 'IN_PROGRESS']) await webhooks.post(body(id, status));
    expect(webhooks.rung).toHaveLength(3);
  });

  test('the same bytes from Bitso and from Juno are two', async () => {
    const bytes = body(randomUUID(), 'COMPLETE');
    for (const source of ['juno', 'bitso']) expect((await webhooks.post(bytes, { source })).status).toBe(200);
    expect([(await webhooks.kept('juno')).length, (await webhooks.kept('bitso')).length]).toEqual([1, 1]);
    expect(webhooks.rung).toHaveLength(2);
  });

  test('garbage is kept byte for byte, said in the log, and rings: Juno may have changed its shape', async () => {
    const garbage = new Uint8Array(randomBytes(500));
    expect((await webhooks.post(garbage, { headers: { 'content-type': 'application/octet-stream' } })).status).toBe(
      200,
    );
    const [row] = await webhooks.kept();
    expect(row).toMatchObject({
      isReadable: false,
      news: null,
      size: 500,
      signature: 'unchecked',
      sourceAddress: '192.0.2.1',
    });
    expect(row?.headers).toEqual({ 'content-type': 'application/octet-stream' });
    expect(Buffer.from(row?.body ?? []).equals(garbage)).toBe(true);
    expect(webhooks.rung).toHaveLength(1);
    expect(webhooks.logged.join('')).toContain('webhook_unreadable');
  });

  test('a wrong content type changes nothing: the bytes are read', async () => {
    await webhooks.post(body(randomUUID(), 'COMPLETE'), { headers: { 'content-type': 'text/html' } });
    expect(await webhooks.kept()).toMatchObject([{ isReadable: true }]);
  });

  test.each(['a\\u0000b', '\\ud800'])(
    'an id that Postgres cannot hold (%s) is no reason to fail: the bytes are kept',
    async (id) => {
      expect((await webhooks.post(`{"payload":{"id":"${id}","status":"COMPLETE"}}`)).status).toBe(200);
      expect(await webhooks.kept()).toMatchObject([{ isReadable: false }]);
      expect(webhooks.rung).toHaveLength(1);
    },
  );

  test('what was kept can be neither edited nor deleted', async () => {
    await webhooks.post('x');
    for (const statement of ["UPDATE reactor.webhook_in SET signature = 'valid'", 'DELETE FROM reactor.webhook_in'])
      await expect(webhooks.db.execute(statement)).rejects.toThrow();
  });
});

describe('with keys only what is signed has an effect', () => {
  const [old, present] = [keyPair('old'), keyPair('present')];
  beforeEach(() => open({ keys: [old.key, present.key] }));

  test('a webhook signed by any of the keys is kept and rings', async () => {
    for (const pair of [old, present]) {
      const { body: bytes, headers } = pair.webhook({ id: randomUUID(), status: 'COMPLETE', concept: 'Año' });
      expect((await webhooks.post(bytes, { headers })).status).toBe(200);
    }
    expect((await webhooks.kept()).map((row) => row.signature)).toEqual(['valid', 'valid']);
    expect(webhooks.rung).toHaveLength(2);
  });

  test('an unsigned one is 401, a forged one 403: kept, counted, said in the log, and without effect', async () => {
    const { body: bytes, headers } = present.webhook({ id: 'mine', status: 'PENDING' });
    expect((await webhooks.post(body('x', 'COMPLETE'))).status).toBe(401);
    expect((await webhooks.post(bytes.replace('PENDING', 'COMPLETE'), { headers })).status).toBe(403);
    expect((await webhooks.kept()).map((row) => row.signature).sort()).toEqual(['invalid', 'unsigned']);
    expect(webhooks.rung).toEqual([]);
    expect([await webhooks.counted('unsigned', 1), await webhooks.counted('invalid', 1)]).toEqual([1, 1]);
    for (const event of ['webhook_unsigned', 'webhook_invalid']) expect(webhooks.logged.join('')).toContain(event);
  });

  test('an unknown key is 503, so that it is sent again, and is believed once the key is there', async () => {
    const next = keyPair('next');
    const { body: bytes, headers } = next.webhook({ id: 'later', status: 'COMPLETE' });
    const refused = await webhooks.post(bytes, { headers });
    expect([refused.status, refused.headers.get('retry-after'), webhooks.rung]).toEqual([503, '60', []]);
    await webhooks.close();
    await open({ keys: [next.key] });
    expect((await webhooks.post(bytes, { headers })).status).toBe(200);
    expect(webhooks.rung).toHaveLength(1);
  });

  test('a forged one that came first does not silence the true one, of the same bytes', async () => {
    const { body: bytes, headers } = present.webhook({ id: 'true', status: 'COMPLETE' });
    await webhooks.post(bytes);
    expect((await webhooks.post(bytes, { headers })).status).toBe(200);
    expect(webhooks.rung).toHaveLength(1);
    await webhooks.post(bytes, { headers });
    expect(webhooks.rung).toHaveLength(1);
  });

  test('a flood of unsigned ones does not keep a signed one out', async () => {
    await webhooks.close();
    await open({ keys: [present.key], mostUnverifiedPerHour: 3 });
    for (let i = 0; i < 10; i++) expect((await webhooks.post(body(`${i}`, 'COMPLETE'))).status).toBe(401);
    const { body: bytes, headers } = present.webhook({ id: 'true', status: 'COMPLETE' });
    expect((await webhooks.post(bytes, { headers })).status).toBe(200);
    expect((await webhooks.kept()).map((row) => row.signature).sort()).toEqual([
      'unsigned',
      'unsigned',
      'unsigned',
      'valid',
    ]);
    expect(webhooks.rung).toHaveLength(1);
  });
});

describe('bounds', () => {
  test('over the cap nothing more is kept, all is counted, and the intake is rung at most once a second', async () => {
    await open({ mostUnverifiedPerHour: 5 });
    for (let i = 0; i < 105; i++) expect((await webhooks.post(body(`${i}`, 'COMPLETE'))).status).toBe(200);
    expect(await webhooks.kept()).toHaveLength(5);
    expect(await webhooks.counted('over_cap', 100)).toBe(100);
    // Five of their own, and one or two for all the rest, which took well under two seconds.
    expect(webhooks.rung.length).toBeLessThanOrEqual(8);
    expect(webhooks.rung.length).toBeGreaterThanOrEqual(6);
    // The flood is one or two lines of the log, not a hundred.
    expect(webhooks.logged.filter((line) => line.includes('webhook_over_cap')).length).toBeLessThanOrEqual(4);
  });

  test('large bodies use the cap up sooner', async () => {
    await open({ mostUnverifiedPerHour: 32 });
    for (let i = 0; i < 10; i++) await webhooks.post(`${i}`.padEnd(60_000, 'x'));
    expect(await webhooks.kept()).toHaveLength(3);
  });

  /** A sender that pays no heed to answers and writes on for as long as it can. */
  async function pour(port: number, head: string, chunk: Buffer, times: number) {
    const socket: Socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.write(head);
    for (let i = 0; i < times && !socket.destroyed; i++) {
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    await closed;
    return answer;
  }

  test.each([
    ['announced', 'Content-Length: 10485760', (bytes: Buffer) => bytes],
    [
      'in chunks',
      'Transfer-Encoding: chunked',
      (bytes: Buffer) =>
        Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
    ],
  ])('10 MB, %s, are refused early and never held in memory', async (_name, header, wrap) => {
    await open();
    const { port, server } = await webhooks.listen();
    let seen: Socket | undefined;
    server.on('connection', (socket: Socket) => {
      seen = socket;
    });
    const head = `POST /webhooks/juno HTTP/1.1\r\nHost: here\r\n${header}\r\n\r\n`;
    const answer = await pour(port, head, wrap(Buffer.alloc(64 * 1024)), 160);
    expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 413 Payload Too Large');
    expect(seen?.bytesRead).toBeLessThan(1024 * 1024);
    expect(await webhooks.kept()).toEqual([]);
    expect(await webhooks.counted('too_large', 1)).toBe(1);
  });
});

describe('where it comes from', () => {
  const sources = readSources('3.129.233.228, 10.1.0.0/16');

  test('only listed addresses and networks are let in', async () => {
    await open({ sources });
    const statuses = [];
    for (const from of ['3.129.233.228', '::ffff:10.1.2.3', '3.129.233.229', '::1'])
      statuses.push((await webhooks.post(body(from, 'COMPLETE'), { from })).status);
    expect(statuses).toEqual([200, 200, 403, 403]);
    expect((await webhooks.kept()).map((row) => row.sourceAddress)).toEqual(['3.129.233.228', '10.1.2.3']);
    expect(await webhooks.counted('wrong_source', 1)).toBeGreaterThanOrEqual(1);
  });

  test('X-Forwarded-For is not believed unless a setting says how many proxies are ours', async () => {
    await open({ sources });
    const headers = { 'x-forwarded-for': '3.129.233.228' };
    expect((await webhooks.post('a', { headers, from: '203.0.113.9' })).status).toBe(403);
  });

  test('behind two proxies the address before them counts, whatever the sender claims to be', async () => {
    await open({ sources, trustedHops: 2 });
    const send = (forwarded: string) =>
      webhooks.post(forwarded, { headers: { 'x-forwarded-for': forwarded }, from: '10.1.0.1' });
    expect((await send('3.129.233.228, 172.16.0.1')).status).toBe(200);
    expect((await send('3.129.233.228, 203.0.113.9, 172.16.0.1')).status).toBe(403);
    expect((await send('3.129.233.228')).status).toBe(403);
  });

  test('a real connection has its own address', async () => {
    await open({ sources: readSources('127.0.0.1') });
    const { port } = await webhooks.listen();
    const response = await fetch(`http://127.0.0.1:${port}/webhooks/bitso`, {
      method: 'POST',
      body: body('a', 'COMPLETE'),
    });
    expect(response.status).toBe(200);
    expect(await webhooks.kept('bitso')).toMatchObject([{ sourceAddress: '127.0.0.1' }]);
  });
});
