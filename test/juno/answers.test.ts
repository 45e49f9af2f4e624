import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { classify } from '../../src/juno/classify.ts';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createMockDeposit } from '../../src/juno/createMockDeposit.ts';
import {
  JunoMalformedError,
  JunoNotSentError,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnknownError,
  REFUSED_BEFORE_PROCESSING,
} from '../../src/juno/errors.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listBankAccounts } from '../../src/juno/listBankAccounts.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { listDeposits } from '../../src/juno/listDeposits.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { listWebhooks } from '../../src/juno/listWebhooks.ts';
import { registerWebhook } from '../../src/juno/registerWebhook.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos, mxnbUnits } from '../../src/money/money.ts';
import { endOf } from '../../src/reactor/rate/endings.ts';
import { API_SECRET, clientOf, json, NONCE, type Peer, refusal, startPeer } from './peer.ts';

const CLABE = parseClabe('646180157042875763');
const HASH = `0x${'aB'.repeat(32)}`;
const ADDRESS = '0x871697383394d6fbB253A2D6c799C398dAe08365';
const guard = () => undefined;

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());
const client = () => clientOf(peer.url).client;

describe('a transaction', () => {
  const LISTED = { id: 't-1', amount: 1000, transaction_type: 'issuance', summary_status: 'IN_PROGRESS' };

  test('of a list is read in either vocabulary, its amount as number or text', async () => {
    const created_at = '2025-01-31T17:58:57.350820016Z';
    peer.answers.push(
      json({
        content: [
          { ...LISTED, created_at, updated_at: 'later' },
          { transaction_id: 't-2', amount: '0.01', currency: 'mxnb', type: 'REDEMPTION', status: 'Completed' },
          { ...LISTED, id: 't-3', summary_status: 'REVERSED' },
        ],
        totalPages: 1,
      }),
    );
    const { items, others, isLast } = await listTransactions(client(), { type: 'ISSUANCE' });
    expect(items.map(({ id, type, status }) => [id, type, status])).toEqual([
      ['t-1', 'ISSUANCE', 'in_progress'],
      ['t-2', 'REDEMPTION', 'complete'],
      ['t-3', 'ISSUANCE', 'unknown'],
    ]);
    expect(items.map(({ amount }) => amount)).toEqual([centavos(100_000n), centavos(1n), centavos(100_000n)]);
    expect(items[0]).toMatchObject({ createdAt: new Date('2025-01-31T17:58:57.350Z'), updatedAtText: 'later' });
    expect(items[1]).toMatchObject({ createdAt: null, updatedAtText: null, txHash: null, address: null });
    expect({ others, isLast }).toEqual({ others: [], isLast: true });
    expect(peer.received[0]?.url).toBe(
      '/mint_platform/v1/transactions?page=0&size=100&sort=createdAt%2CDESC&type=ISSUANCE',
    );
  });

  test('that is dust or another currency stands aside and hides nothing', async () => {
    const dust = { ...LISTED, id: 'dust', amount: '0.000001', currency: 'mxnb' };
    const dollars = { ...LISTED, id: 'dollars', currency: 'USD' };
    peer.answers.push(json({ content: [dust, LISTED, dollars], totalPages: '2' }));
    const { items, others, isLast } = await listTransactions(client());
    expect(items.map(({ id }) => id)).toEqual(['t-1']);
    expect(others.map(({ id }) => id)).toEqual(['dust', 'dollars']);
    expect(isLast).toBe(false);
  });

  test('keeps every digit of what it was read from', async () => {
    const body =
      '{"payload":{"content":[{"id":"t","amount":12345678901234567.89,"type":"X","status":"FAILED","n":1.10}]}}';
    peer.answers.push({ body });
    const { items, raw } = await listTransactions(client());
    expect(items[0]?.amount).toEqual(centavos(1_234_567_890_123_456_789n));
    expect(items[0]?.raw).toContain('"n":"1.10"');
    expect(raw).toBe(body);
  });

  const detail = (fields: object) =>
    json({ transaction_id: 't-1', amount: 1, transaction_type: 'CRYPTO_WITHDRAWAL', status: 'COMPLETE', ...fields });
  const read = () => getTransaction(client(), { id: 't-1' });

  test('in detail names hash, address and CLABE', async () => {
    peer.answers.push(
      detail({
        details: { sender: { clabe: '012180015040777777' }, receiver_clabe: CLABE, recipient_address: ADDRESS },
        timeline: [
          { step: 'Approved', receipt: `0x${'11'.repeat(32)}` },
          { step: 'Tokens transferred', receipt: `https://arbiscan.io/tx/${HASH}` },
        ],
      }),
    );
    expect(await read()).toMatchObject({
      txHash: HASH.toLowerCase(),
      address: ADDRESS.toLowerCase(),
      receiverClabe: CLABE,
      status: 'complete',
    });
  });

  test('in detail names the hash under other names', async () => {
    peer.answers.push(
      detail({
        timeline: [
          { name: 'Approved', hash: `0x${'11'.repeat(32)}` },
          { name: 'TOKENS TRANSFERRED', hash: HASH },
        ],
      }),
    );
    expect(await read()).toMatchObject({ txHash: HASH.toLowerCase() });
  });

  test('whose hash or address is ambiguous names none', async () => {
    peer.answers.push(
      detail({
        details: { a: ADDRESS, b: `0x${'2'.repeat(40)}`, hashes: [HASH, `0x${'3'.repeat(64)}`] },
        timeline: [{ step: 'x', receipt: null }, null, 'y'],
      }),
    );
    expect(await read()).toMatchObject({ txHash: null, address: null, receiverClabe: null });
  });

  test.each([
    ['another transaction', { transaction_id: 't-2' }],
    ['an amount that is no money', { amount: 'much' }],
    ['no status', { status: undefined }],
    ['a status that is no text', { status: null }],
  ])('in detail is malformed with %s', async (_, fields) => {
    peer.answers.push(detail(fields));
    expect(await refusal(read())).toBeInstanceOf(JunoMalformedError);
  });
});

describe('a list', () => {
  const DEPOSIT = { fid: 'f-1', receiver_clabe: CLABE, amount: '150.50', status: 'COMPLETE' };

  test.each<[string, object, number, boolean]>([
    ['text counters, more to come', { response: [DEPOSIT], total_pages: '3' }, 2, false],
    ['text counters, the last', { response: [DEPOSIT], total_pages: '3' }, 3, true],
    ['number counters', { content: [DEPOSIT], totalPages: 3 }, 3, true],
    ['no counters and items', { response: [DEPOSIT] }, 1, false],
    ['no counters and none', { response: [] }, 1, true],
    ['no pages at all', { response: [], total_pages: '0' }, 1, true],
    ['no envelope', [DEPOSIT], 1, true],
  ])('of deposits ends by %s', async (_, payload, page, isLast) => {
    peer.answers.push(json(payload));
    const answer = await listDeposits(client(), { page, startDate: '2026-01-31', onlyRefunds: true });
    expect(answer.isLast).toBe(isLast);
    for (const item of answer.items)
      expect(item).toMatchObject({ id: 'f-1', clabe: CLABE, amount: centavos(15_050n), status: 'complete' });
    expect(peer.received[0]?.url).toBe(
      `/spei/v1/deposits?page=${page}&page_size=100&start_date=2026-01-31&only_refunds=true`,
    );
  });

  test('that is not there is malformed, never empty', async () => {
    peer.answers.push(json({ items: [] }));
    for (const list of [listDeposits, listTransactions, listClabes, listBankAccounts, listBalances, listWebhooks])
      expect(await refusal(list(client()))).toBeInstanceOf(JunoMalformedError);
  });

  test('of deposits has an id by either of its names', async () => {
    peer.answers.push(
      json([
        { ...DEPOSIT, fid: undefined, deposit_id: 'd-1' },
        { ...DEPOSIT, deposit_id: 'd-2' },
      ]),
    );
    expect((await listDeposits(client())).items.map(({ id }) => id)).toEqual(['d-1', 'f-1']);
  });

  test.each<[string, object, boolean]>([
    ['that counts from 1 and takes 0 for it', { content: [], totalPages: 2, number: 1, last: false }, false],
    ['of the last of two pages', { content: [], totalPages: 2, number: 1, last: true }, true],
    ['of the other envelope that counts from 1', { response: [], total_pages: 2, current_page: 1 }, false],
    ['of its last page', { response: [], total_pages: 2, current_page: 2 }, true],
  ])('of transactions believes a server %s', async (_, payload, isLast) => {
    peer.answers.push(json(payload));
    expect((await listTransactions(client(), { page: 1 })).isLast).toBe(isLast);
  });

  test.each(['fid', 'receiver_clabe', 'amount', 'status'])('of deposits keeps one without %s apart', async (field) => {
    const odd = { ...DEPOSIT, [field]: undefined };
    peer.answers.push(json({ response: [DEPOSIT, odd] }));
    const { items, unreadable } = await listDeposits(client());
    expect(items.map(({ id }) => id)).toEqual(['f-1']);
    expect(unreadable.map(({ raw }) => Object.keys(JSON.parse(raw)))).toEqual([
      Object.keys(JSON.parse(JSON.stringify(odd))),
    ]);
  });

  test('of which no item can be read is malformed', async () => {
    peer.answers.push(json({ response: [{ fid: '1' }, { fid: '2' }] }), json({ content: [{ id: '1' }, { id: '2' }] }));
    expect(await refusal(listDeposits(client()))).toBeInstanceOf(JunoMalformedError);
    expect(await refusal(listTransactions(client()))).toBeInstanceOf(JunoMalformedError);
  });

  test('of balances is read flat and nested, as number and text, of MXNB alone', async () => {
    const list = [
      { asset: 'mxnb', available: 12.000001, locked: 0 },
      { asset: 'ETH', available: '0.000000000000000001' },
    ];
    peer.answers.push(json(list), json({ balances: list }), json([{ asset: 'MXNB' }]));
    const items = [{ asset: 'MXNB', available: mxnbUnits(12_000_001n) }];
    expect((await listBalances(client())).items).toEqual(items);
    expect((await listBalances(client())).items).toEqual(items);
    expect(await refusal(listBalances(client()))).toBeInstanceOf(JunoMalformedError);
  });

  test('of accounts, CLABEs and webhooks', async () => {
    peer.answers.push(
      json([{ id: 'b-1', clabe: CLABE, recipient_legal_name: 'Jane Doe' }]),
      json({ response: [{ clabe: CLABE, type: 'AUTO_PAYMENT', status: 'ENABLED' }], total_pages: '1' }),
      { body: '{"webhooks":[{"id":11330,"callback_url":"https://example.com/juno","event":"transaction"}]}' },
    );
    expect((await listBankAccounts(client())).items).toEqual([{ id: 'b-1', clabe: CLABE, legalName: 'Jane Doe' }]);
    expect(await listClabes(client())).toMatchObject({ items: [{ clabe: CLABE, status: 'ENABLED' }], isLast: true });
    expect((await listWebhooks(client())).items).toMatchObject([{ callbackUrl: 'https://example.com/juno' }]);
  });

  test.each([
    ['under `payload`', (items: object[]) => ({ success: true, payload: items })],
    ['bare', (items: object[]) => items],
  ])('of webhooks may be %s', async (_, around) => {
    peer.answers.push({ body: JSON.stringify(around([{ id: 1, callback_url: 'https://example.com/juno' }])) });
    expect((await listWebhooks(client())).items).toEqual([
      { id: '1', callbackUrl: 'https://example.com/juno', event: null },
    ]);
  });
});

describe('what is made', () => {
  test('an account: the body byte for byte, the signature over it', async () => {
    peer.answers.push(json({ id: 'b-1', clabe: CLABE, recipient_legal_name: 'Ñ' }, 201), json({ id: 7 }, 201));
    const body = encodeBankAccount({ clabe: CLABE, legalName: 'Ñ', tag: 'tag' });
    expect(await createBankAccount(client(), { body, guard })).toMatchObject({
      id: 'b-1',
      clabe: CLABE,
      legalName: 'Ñ',
    });
    expect(await createBankAccount(client(), { body, guard })).toMatchObject({ id: '7', clabe: null, legalName: null });
    const [request] = peer.received;
    expect(JSON.parse(String(request?.body))).toEqual({
      tag: 'tag',
      recipient_legal_name: 'Ñ',
      clabe: CLABE,
      ownership: 'THIRD_PARTY',
    });
    const message = `${NONCE}POST/mint_platform/v1/accounts/banks${body}`;
    const signature = createHmac('sha256', API_SECRET).update(message, 'utf8').digest('hex');
    expect(request?.headers.authorization?.endsWith(`:${NONCE}:${signature}`)).toBe(true);
  });

  test('a CLABE, which is unknown if its control digit is wrong', async () => {
    peer.answers.push(json({ clabe: CLABE }, 201), json({ clabe: '710969123456329002' }, 201));
    expect((await createClabe(client(), { guard })).clabe).toBe(CLABE);
    expect(await refusal(createClabe(client(), { guard }))).toBeInstanceOf(JunoUnknownError);
  });

  test('a webhook for the only event of Juno, or for one of Bitso', async () => {
    peer.answers.push({ body: '{"message":"Webhook successfully created","webhooks":[]}' });
    await registerWebhook(client(), { callbackUrl: 'https://example.com/juno' });
    expect(peer.received[0]).toMatchObject({ method: 'POST', url: '/v4/webhooks' });
    expect(String(peer.received[0]?.body)).toBe('{"callback_url":"https://example.com/juno","events":["TRANSACTION"]}');
    await registerWebhook(client(), { callbackUrl: 'https://example.com/bitso', event: 'withdrawal' });
    expect(JSON.parse(String(peer.received[1]?.body)).events).toEqual(['withdrawal']);
  });

  const mock = { amount: centavos(10_000n), receiverClabe: CLABE, senderName: 'Jane', receiverName: 'Kustodia' };

  test('a mock deposit', async () => {
    peer.answers.push(json({ tracking_key: 'x' }));
    await createMockDeposit(client(), mock);
    await createMockDeposit(client(), { ...mock, senderClabe: CLABE, refundType: 17 });
    expect(JSON.parse(String(peer.received[1]?.body))).toMatchObject({ sender_clabe: CLABE, refund_type: 17 });
    expect(JSON.parse(String(peer.received[0]?.body))).toEqual({
      amount: '100.00',
      receiver_clabe: CLABE,
      receiver_name: 'Kustodia',
      sender_name: 'Jane',
    });
  });

  test.each([
    'https://buildwithjuno.com',
    'https://BUILDWITHJUNO.com./',
    'https://api.buildwithjuno.com',
    'https://buildwithjuno.com:443/x',
    // What stands before production has another name.
    'https://juno-proxy.example.com',
    'https://127.0.0.1.example.com',
  ])('but no mock deposit at %s', async (baseUrl) => {
    // Leave is never asked for: it is refused before the door opens.
    const { client: production } = clientOf(baseUrl, { acquire: () => expect.unreachable() });
    const error = await refusal(createMockDeposit(production, mock));
    expect(error).toBeInstanceOf(JunoNotSentError);
    expect(error.message).toContain('neither stage nor this machine');
  });
});

describe('a refusal', () => {
  const body = (...codes: string[]) => JSON.stringify({ success: false, errors: codes.map((code) => ({ code })) });

  test('is a row of the table, and each row names its page', () => {
    for (const { endpoint, httpStatus, code, page } of REFUSED_BEFORE_PROCESSING) {
      expect(page).not.toBe('');
      expect(classify({ kind: 'send' }, endpoint, httpStatus, body(code))).toBeInstanceOf(JunoRejectedError);
    }
  });

  test('is nothing else, whatever the endpoint, status and code', () => {
    const endpoint = fc.constantFrom(
      ...new Set(REFUSED_BEFORE_PROCESSING.map((row) => row.endpoint)),
      'POST /v4/webhooks',
    );
    const codes = fc.constantFrom('34003', '32002', '0379', '0303', '0304', '0315', '0317', '0101', '0801', '0201');
    const statuses = fc.constantFrom(200, 201, 400, 401, 403, 404, 409, 422, 500, 502);
    fc.assert(
      fc.property(endpoint, statuses, codes, (at, status, code) => {
        const listed = REFUSED_BEFORE_PROCESSING.some(
          (row) => row.endpoint === at && row.httpStatus === status && row.code === code,
        );
        expect(classify({ kind: 'send' }, at, status, body(code)) instanceof JunoRejectedError).toBe(listed);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is not an answer of category 08 to a send, but under 429; a look it tells to wait, whatever its status', () => {
    const statuses = fc.constantFrom(200, 201, 400, 401, 403, 409, 422, 500, 502, 503, 504);
    const codes = fc.constantFrom('0801', '801', '0899');
    const keys = fc.constantFrom(undefined, 'key');
    fc.assert(
      fc.property(statuses, codes, keys, (status, code, idempotencyKey) => {
        const sent = classify({ kind: 'send', idempotencyKey }, 'POST /v3/withdrawals', status, body(code));
        expect(sent).toBeInstanceOf(JunoUnknownError);
        expect(endOf(sent)?.ending).toBe('throttled');
        expect(classify({ kind: 'look' }, 'GET /v3/withdrawals', status, body(code))).toBeInstanceOf(
          JunoThrottledError,
        );
      }),
    );
    expect(classify({ kind: 'send' }, 'POST /v3/withdrawals', 429, body('0801'))).toBeInstanceOf(JunoThrottledError);
  });

  test('beside another code proves nothing', () => {
    const error = classify({ kind: 'send' }, 'POST /mint_platform/v1/redemptions', 400, body('0304', '34003'));
    expect(error).toBeInstanceOf(JunoUnknownError);
  });
});
