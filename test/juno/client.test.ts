import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRedemption, encodeRedemption } from '../../src/juno/createRedemption.ts';
import { createWithdrawal, encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import {
  type JunoError,
  JunoMalformedError,
  JunoNotSentError,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnauthorisedError,
  JunoUnavailableError,
  JunoUnknownError,
} from '../../src/juno/errors.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { centavos, mxnbUnits } from '../../src/money/money.ts';
import {
  type Answer,
  API_KEY,
  API_SECRET,
  clientOf,
  failure,
  json,
  NONCE,
  type Peer,
  refusal,
  startPeer,
} from './peer.ts';

const KEY = '6b1f0f4e-7c1d-11ef-9d2a-0242ac120002';
const BODY = encodeRedemption({ amount: centavos(150_050n), bankAccountId: '0b338ba9-7c3a-4a13-964b-0c0ca6bb473e' });
const guard = () => undefined;

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

const redeem = (overrides = {}, parameters = {}) =>
  createRedemption(clientOf(peer.url, overrides).client, { body: BODY, idempotencyKey: KEY, guard, ...parameters });

describe('what is sent', () => {
  test('is signed without the query where Juno wants it so', async () => {
    peer.answers.push(json([]));
    const { client } = clientOf(peer.url, { signedPath: 'without_query' });
    await listClabes(client, { page: 2 });
    const { url, headers } = peer.received[0] ?? expect.unreachable();
    expect(url).toContain('?');
    const signature = createHmac('sha256', API_SECRET)
      .update(`${NONCE}GET${url.split('?')[0]}`)
      .digest('hex');
    expect(headers.authorization).toBe(`Bitso ${API_KEY}:${NONCE}:${signature}`);
  });

  test('is signed over nonce, method, path with query and the exact bytes', async () => {
    peer.answers.push(json([]));
    const { client } = clientOf(`${peer.url}/`);
    await listClabes(client, { page: 2 });
    await refusal(redeem({}, { body: `{"tag":"Ñandú – ★"}` }));

    const [look, send] = peer.received;
    for (const request of [look, send]) {
      const { method, url, body, headers } = request ?? expect.unreachable();
      const message = Buffer.concat([Buffer.from(`${NONCE}${method}${url}`), body]);
      const signature = createHmac('sha256', API_SECRET).update(message).digest('hex');
      expect(headers.authorization).toBe(`Bitso ${API_KEY}:${NONCE}:${signature}`);
    }
    expect(look?.url).toBe('/spei/v1/clabes?clabe_type=AUTO_PAYMENT&page=2&page_size=100');
    expect(look?.headers).not.toHaveProperty('content-length');
    expect(send?.body.toString('utf8')).toBe('{"tag":"Ñandú – ★"}');
    expect(send?.headers['content-length']).toBe(String(Buffer.byteLength('{"tag":"Ñandú – ★"}')));
  });

  test('goes out with its idempotency key, once, whatever comes back', async () => {
    peer.answers.push({ status: 503 });
    await refusal(redeem());
    expect(peer.received).toHaveLength(1);
    expect(peer.received[0]).toMatchObject({
      method: 'POST',
      url: '/mint_platform/v1/redemptions',
      headers: { 'x-idempotency-key': KEY, 'content-type': 'application/json' },
    });
    expect(peer.received[0]?.body.toString()).toBe(BODY);
  });

  test('follows no redirect: neither money nor signature goes to another address', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      peer.answers.splice(0, 1, { status, headers: { location: `${peer.url}/elsewhere` } });
      expect(await refusal(redeem())).toBeInstanceOf(JunoUnknownError);
    }
    expect(peer.received.map(({ url }) => url)).toEqual(Array(5).fill('/mint_platform/v1/redemptions'));
  });

  test('takes a connection of its own for a send, and one kept open for look-ups', async () => {
    peer.answers.push(json([]));
    const { client } = clientOf(peer.url);
    await listBalances(client);
    await listBalances(client);
    expect(peer.arrived().connections).toBe(1);
    await refusal(createWithdrawal(client, { body: BODY, idempotencyKey: KEY, guard }));
    expect(peer.arrived().connections).toBe(2);
  });
});

describe('the bodies', () => {
  test('say what the pages say, in the same bytes each time', () => {
    const address = '0x871697383394d6fbB253A2D6c799C398dAe08365';
    const withdrawal = (as = {}) => encodeWithdrawal({ amount: mxnbUnits(1_500_500_000n), address, ...as });
    expect(withdrawal()).toBe(
      '{"amount":"1500.50","blockchain":"ARBITRUM","asset":"MXNB","address":"0x871697383394d6fbB253A2D6c799C398dAe08365","compliance":{"travel_rule":{}}}',
    );
    expect(JSON.parse(withdrawal({ amountAs: 'number' }))).toMatchObject({
      amount: 1500.5,
      compliance: { travel_rule: {} },
    });
    expect(withdrawal()).toBe(withdrawal());
    const redemption = { amount: centavos(150_050n), bankAccountId: 'b-1' };
    expect(encodeRedemption(redemption)).toBe('{"amount":"1500.50","asset":"MXN","destination_bank_account_id":"b-1"}');
    expect(encodeRedemption({ ...redemption, amountAs: 'number' })).toBe(
      '{"amount":1500.50,"asset":"MXN","destination_bank_account_id":"b-1"}',
    );
  });

  test.each([
    ['nothing withdrawn', () => encodeWithdrawal({ amount: mxnbUnits(0n), address: `0x${'1'.repeat(40)}` })],
    ['no address', () => encodeWithdrawal({ amount: mxnbUnits(1n), address: '0x12' })],
    ['nothing redeemed', () => encodeRedemption({ amount: centavos(-1n), bankAccountId: 'b-1' })],
    ['no account', () => encodeRedemption({ amount: centavos(1n), bankAccountId: '' })],
  ])('are not made of %s', (_, encode) => expect(encode).toThrow(RangeError));
});

describe('the guard', () => {
  test('is asked with the connection open; when it throws, not a byte arrives', async () => {
    const late = new Error('the deadline has passed');
    let connectionsSeen = 0;
    const error = await refusal(
      redeem(
        {},
        {
          guard: () => {
            connectionsSeen = peer.arrived().connections;
            throw late;
          },
        },
      ),
    );
    expect(error).toBeInstanceOf(JunoNotSentError);
    expect(error.message).toContain('the deadline has passed');
    expect(error.cause).toBe(late);
    // A request that is allowed proves that what was refused would have arrived by now.
    await refusal(redeem());
    expect(connectionsSeen).toBeLessThanOrEqual(1);
    expect(peer.received).toHaveLength(1);
    const bytes = peer.arrived().bytes;
    await refusal(redeem());
    expect(peer.arrived().bytes).toBe(2 * bytes);
  });

  test('is waited for before the first byte; what is given up meanwhile is not written', async () => {
    let { promise, resolve: answer } = Promise.withResolvers<void>();
    const guard = () => promise;
    peer.answers.push(json({ id: 't-1', summary_status: 'IN_PROGRESS' }));
    const sent = redeem({}, { guard });
    await vi.waitFor(() => expect(peer.arrived().connections).toBe(1));
    expect(peer.arrived().bytes).toBe(0);
    answer();
    await sent;
    const { bytes } = peer.arrived();
    ({ promise, resolve: answer } = Promise.withResolvers<void>());
    expect(await refusal(redeem({ timeout_ms: 50 }, { guard }))).toBeInstanceOf(JunoNotSentError);
    answer();
    // What is allowed proves that what was given up would have arrived by now.
    await redeem();
    expect(peer.arrived().bytes).toBe(2 * bytes);
  });

  test('is not asked where the rate limiter or the nonce refuses', async () => {
    const never = () => expect.unreachable();
    const refuse = async () => {
      throw new Error('no');
    };
    for (const overrides of [{ acquire: refuse }, { nonce: refuse }])
      expect(await refusal(redeem(overrides, { guard: never }))).toBeInstanceOf(JunoNotSentError);
    expect(peer.arrived().connections).toBe(0);
  });

  test('comes last: limiter, nonce, guard', async () => {
    const order: string[] = [];
    peer.answers.push(json({ id: 't-1', summary_status: 'IN_PROGRESS' }));
    await redeem(
      {
        acquire: async ({ kind, endpoint }: { kind: string; endpoint: string }) =>
          void order.push(`${kind} ${endpoint}`),
        nonce: () => {
          order.push('nonce');
          return NONCE;
        },
      },
      { guard: () => order.push('guard') },
    );
    expect(order).toEqual(['send POST /mint_platform/v1/redemptions', 'nonce', 'guard']);
  });
});

describe('an answer to a send', () => {
  const cases: [string, Answer, abstract new (...args: never) => JunoError, string | null][] = [
    ['a refusal on the list', failure(400, '32002'), JunoRejectedError, '32002'],
    ['the same code as a number', failure(400, 32002), JunoRejectedError, '32002'],
    ['the other envelope of errors', { status: 400, body: '{"errors":[{"code":"0304"}]}' }, JunoRejectedError, '0304'],
    ['three digits of a code', failure(400, 304), JunoRejectedError, '0304'],
    ['a listed code under another status', failure(422, '32002'), JunoUnknownError, '32002'],
    ['a listed code under 500', failure(500, '0304'), JunoUnknownError, '0304'],
    ['a code that is on no list', failure(400, '0399'), JunoUnknownError, '0399'],
    ['34003, once answered to what had been done', failure(400, '34003'), JunoUnknownError, '34003'],
    ['34003 under 500', failure(500, '34003'), JunoUnknownError, '34003'],
    ['a key used with another body', failure(409, '34009'), JunoUnknownError, '34009'],
    ['404', failure(404, '1401'), JunoUnknownError, '1401'],
    ['400 in no JSON', { status: 400, body: '<html>32002</html>' }, JunoUnknownError, null],
    ['a message that sounds like a refusal', failure(400, '0101', 'insufficient balance'), JunoUnknownError, '0101'],
    ['a gateway', { status: 502, body: '<html>502</html>' }, JunoUnknownError, null],
    ['failure under 200', failure(200, '0101'), JunoUnknownError, '0101'],
    ['429', { status: 429, body: '' }, JunoThrottledError, null],
    ['a code of category 08 under 503', failure(503, '0801'), JunoUnknownError, '0801'],
    ['401 with a code of category 02', failure(401, '0215'), JunoUnauthorisedError, '0215'],
    ['401 without a code', { status: 401, body: '' }, JunoUnknownError, null],
    ['broken JSON', { body: '{"success":true,"payload":{"id":' }, JunoUnknownError, null],
    ['a success without an id', json({ summary_status: 'COMPLETE' }), JunoUnknownError, null],
    ['an empty success', { status: 204 }, JunoUnknownError, null],
    ['an empty id', json({ id: '' }), JunoUnknownError, null],
    ['no end', { body: Buffer.alloc(1024 * 1024 + 1, 32) }, JunoUnknownError, null],
    ['a reset', (socket) => socket.resetAndDestroy(), JunoUnknownError, null],
    ['a hang-up', (socket) => socket.end(), JunoUnknownError, null],
    [
      'half an answer',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"succ'),
      JunoUnknownError,
      null,
    ],
    ['what is no HTTP', (socket) => socket.end('220 smtp.example.org ESMTP\r\n'), JunoUnknownError, null],
  ];
  test.each(cases)('%s', async (_, answer, type, code) => {
    peer.answers.push(answer);
    const { client, lines } = clientOf(peer.url);
    const error = (await refusal(createRedemption(client, { body: BODY, idempotencyKey: KEY, guard }))) as JunoError;
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ endpoint: 'POST /mint_platform/v1/redemptions', code });
    expect(error.whatNext).not.toBe('');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      endpoint: 'POST /mint_platform/v1/redemptions',
      method: 'POST',
      outcome: error.outcome,
      httpStatus: error.httpStatus,
      code,
    });
    expect(peer.received).toHaveLength(1);
  });

  test('that does not come in time is unknown', async () => {
    peer.answers.push(() => undefined);
    const error = (await refusal(redeem({ timeout_ms: 50 }))) as JunoError;
    expect(error).toBeInstanceOf(JunoUnknownError);
    expect(error.message).toContain('within 50 ms');
  });

  test('that begins in time and does not end is unknown', async () => {
    peer.answers.push((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'));
    const error = (await refusal(redeem({ timeout_ms: 100 }))) as JunoError;
    expect(error).toBeInstanceOf(JunoUnknownError);
    expect(error.httpStatus).toBe(200);
  });

  test('that cannot be read is kept, beside what was wrong with it', async () => {
    peer.answers.push(json({ clabe: '646180157042875763' }));
    const error = (await refusal(redeem())) as JunoError;
    expect(error.raw).toBe('{"success":true,"payload":{"clabe":"646180157042875763"}}');
    expect(error.details).toEqual(['payload: has no id']);
  });

  test.each([
    ['id and summary_status', { id: 't-1', summary_status: 'IN_PROGRESS', amount: 1000 }, 'in_progress'],
    ['transaction_id and status', { transaction_id: 't-1', status: 'COMPLETED' }, 'complete'],
    ['a status never seen', { id: 't-1', summary_status: 'REVERSED' }, 'unknown'],
    ['no status', { id: 't-1' }, 'unknown'],
  ])('that succeeds, with %s', async (_, payload, status) => {
    peer.answers.push(json(payload, 201));
    const { client, lines } = clientOf(peer.url, { now: () => 5 });
    const sent = await createRedemption(client, { body: BODY, idempotencyKey: KEY, guard });
    expect(sent).toMatchObject({ id: 't-1', status, raw: JSON.stringify({ success: true, payload }) });
    expect(lines).toEqual([
      {
        method: 'POST',
        endpoint: 'POST /mint_platform/v1/redemptions',
        httpStatus: 201,
        duration_ms: 0,
        outcome: 'ok',
        code: null,
      },
    ]);
  });
});

describe('where nobody answers', () => {
  test('a port that refuses is not sent', async () => {
    const { url } = peer;
    await peer.close();
    const { client } = clientOf(url);
    const error = await refusal(createRedemption(client, { body: BODY, idempotencyKey: KEY, guard }));
    expect(error).toBeInstanceOf(JunoNotSentError);
    expect((error.cause as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
  });

  test('a name that does not resolve is not sent', async () => {
    const { client } = clientOf('http://juno.invalid');
    expect(await refusal(listBalances(client))).toBeInstanceOf(JunoNotSentError);
  });

  test('a handshake that fails is not sent: the signature was not shown to anybody', async () => {
    // What speaks no TLS answers the greeting with a line of its own.
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { client } = clientOf(`https://127.0.0.1:${port}`);
    const error = await refusal(
      createRedemption(client, { body: BODY, idempotencyKey: KEY, guard: () => expect.unreachable() }),
    );
    expect(error).toBeInstanceOf(JunoNotSentError);
    await new Promise((resolve) => server.close(resolve));
  });

  test('a header that cannot be written is not sent', async () => {
    expect(await refusal(redeem({}, { idempotencyKey: 'a\nb' }))).toBeInstanceOf(JunoNotSentError);
    expect(peer.arrived().connections).toBe(0);
  });
});

describe('an answer to a look-up', () => {
  const look = (overrides = {}) => getTransaction(clientOf(peer.url, overrides).client, { id: 'a/b?c' });

  test.each<[string, Answer]>([
    ['5xx', failure(500, '0101')],
    ['404', failure(404, '1401')],
    ['400 with a code on the list of refusals', failure(400, '0304')],
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['a time-out', () => undefined],
    ['more than a mebibyte', { body: Buffer.alloc(1024 * 1024 + 1, 32) }],
  ])('says nothing: %s', async (_, answer) => {
    peer.answers.push(answer);
    expect(await refusal(look({ timeout_ms: 500 }))).toBeInstanceOf(JunoUnavailableError);
  });

  test('that cannot be read is malformed, and kept', async () => {
    for (const body of ['', 'null', '[]', '{"payload":null}', '{"payload":{"id":"x"}}', `${'['.repeat(100_000)}`]) {
      peer.answers.splice(0, 1, { body });
      const error = (await refusal(look())) as JunoMalformedError;
      expect(error).toBeInstanceOf(JunoMalformedError);
      expect(error.raw).toBe(body);
    }
  });

  test('is asked for under an escaped id and logged under its route', async () => {
    peer.answers.push({ status: 500 });
    const { client, lines } = clientOf(peer.url);
    await refusal(getTransaction(client, { id: 'a/b?c' }));
    expect(peer.received[0]?.url).toBe('/mint_platform/v1/transactions/a%2Fb%3Fc');
    expect(lines[0]?.endpoint).toBe('GET /mint_platform/v1/transactions/:id');
  });
});
