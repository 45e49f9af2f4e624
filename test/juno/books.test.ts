import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { encodeBitsoRedemption } from '../../src/juno/createRedemption.ts';
import { deleteBankAccount } from '../../src/juno/deleteBankAccount.ts';
import { deleteWebhook } from '../../src/juno/deleteWebhook.ts';
import { JunoIncompleteError, JunoMalformedError, JunoUnknownError } from '../../src/juno/errors.ts';
import { listAllBitsoDeposits } from '../../src/juno/listAllBitsoDeposits.ts';
import { listBitsoDeposits } from '../../src/juno/listBitsoDeposits.ts';
import { listDeposits } from '../../src/juno/listDeposits.ts';
import { listFinancialMovements } from '../../src/juno/listFinancialMovements.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { listWebhookKeys } from '../../src/juno/listWebhookKeys.ts';
import { updateBankAccount } from '../../src/juno/updateBankAccount.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos } from '../../src/money/money.ts';
import { type Answer, clientOf, failure, json, type Peer, refusal, startPeer } from './peer.ts';

const CLABE = parseClabe('646180157042875763');
const HASH = `0x${'ab'.repeat(32)}`;
const guard = () => undefined;

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());
const client = () => clientOf(peer.url).client;

describe('a movement', () => {
  const movements = async (...content: object[]) => {
    peer.answers.splice(0, 1, json({ content, totalPages: 1 }));
    return listFinancialMovements(client());
  };

  test('has its fields beside its details, or inside', async () => {
    const beside = {
      id: 'm-1',
      type: 'FUNDING',
      status: 'COMPLETED',
      amount: 150.5,
      currency: 'MXN',
      created_at: '2025-01-31T17:58:57Z',
      funding: {
        sender_clabe: CLABE,
        transaction_hash: HASH,
        id: 'inner',
        transaction_id: 't-1',
        transaction_type: 'Issuance',
      },
      withdrawal: null,
    };
    const inside = {
      type: 'withdrawal',
      withdrawal: { wid: 'w-1', status: 'PROCESSING', amount: '1', asset: 'mxnb', receiver: { clabe: CLABE } },
    };
    const { items, isLast } = await movements(beside, inside);
    expect(isLast).toBe(true);
    expect(items[0]).toMatchObject({
      id: 'm-1',
      type: 'FUNDING',
      status: 'complete',
      statusText: 'COMPLETED',
      amount: centavos(15_050n),
      createdAt: new Date('2025-01-31T17:58:57Z'),
      senderClabe: CLABE,
      txHash: HASH,
      transactionId: 't-1',
      detailType: 'ISSUANCE',
      trackingKey: null,
      refundedWithdrawal: null,
    });
    expect(items[1]).toMatchObject({
      id: 'w-1',
      type: 'WITHDRAWAL',
      status: 'in_progress',
      amount: centavos(100n),
      receiverClabe: CLABE,
      createdAt: null,
    });
    expect(peer.received[0]?.url).toBe('/mint_platform/v1/financial_movements?page=0&size=100');
  });

  test('that brought a payout back names it', async () => {
    const refunded_withdrawal = { wid: 'w-1', tracking_key: 'K1', origin_id: null };
    const { items } = await movements({ id: 'm', type: 'FUNDING', status: 'x', funding: { refunded_withdrawal } });
    expect(items[0]?.refundedWithdrawal).toEqual({ wid: 'w-1', trackingKey: 'K1', originId: null });
  });

  test('that is none hides none beside it', async () => {
    const { items, unreadable } = await movements(
      { id: 'm', type: 'FUNDING', status: 'x', funding: {} },
      { id: 'odd', type: 'FUNDING', status: 'x', funding: null },
    );
    expect([items.map(({ id }) => id), unreadable.map(({ id }) => id)]).toEqual([['m'], ['odd']]);
  });

  test('of another currency, of dust, and of a type not known yet is kept', async () => {
    const { items } = await movements(
      { id: 'a', type: 'CONVERSION', status: 'PENDING', conversion: { amount: '1', currency: 'USD' } },
      { id: 'b', type: 'FUNDING', status: 'FAILED', funding: { amount: '0.000001', asset: 'MXNB' } },
      { id: 'c', type: 'FEE', status: 'COMPLETED', amount: '1', fee: { a: 1.1 } },
    );
    expect(items.map(({ type, status, amount }) => [type, status, amount])).toEqual([
      ['CONVERSION', 'pending', null],
      ['FUNDING', 'failed', null],
      ['FEE', 'complete', centavos(100n)],
    ]);
    expect(items[2]?.raw).toContain('"a":"1.1"');
  });

  test.each<[string, object]>([
    ['no details', { id: 'm', type: 'FUNDING', status: 'COMPLETED' }],
    ['two of them', { id: 'm', type: 'FUNDING', status: 'COMPLETED', funding: {}, withdrawal: {} }],
    ['those of another type', { id: 'm', type: 'FUNDING', status: 'COMPLETED', withdrawal: {} }],
    ['details that are no object', { id: 'm', type: 'FUNDING', status: 'COMPLETED', funding: 'x' }],
    ['no type', { id: 'm', status: 'COMPLETED', funding: {} }],
    ['no status', { id: 'm', type: 'FUNDING', funding: {} }],
    ['no id', { type: 'FUNDING', status: 'COMPLETED', funding: {} }],
  ])('is kept apart with %s, and malformed where there is no other', async (_, item) => {
    expect(await movements(item)).toMatchObject({ items: [], unreadable: [{ raw: JSON.stringify(item) }] });
    expect(await refusal(movements(item, item))).toBeInstanceOf(JunoMalformedError);
  });
});

test('a deposit that brought a payout back names it, where it is said', async () => {
  const deposit = { fid: 'f-1', receiver_clabe: CLABE, amount: '1.00', status: 'COMPLETE' };
  const refunded_withdrawal = { wid: 'w-1', tracking_key: 'K1', origin_id: 'o-1' };
  peer.answers.push(json([{ ...deposit, tracking_key: 'K2', refunded_withdrawal }, deposit]));
  const { items } = await listDeposits(client(), {
    onlyRefunds: true,
    endDate: '2026-01-31',
    depositStatus: 'COMPLETE',
    senderClabe: CLABE,
    timezone: '-06:00',
  });
  expect(items.map(({ trackingKey, refundedWithdrawal }) => ({ trackingKey, refundedWithdrawal }))).toEqual([
    { trackingKey: 'K2', refundedWithdrawal: { wid: 'w-1', trackingKey: 'K1', originId: 'o-1' } },
    { trackingKey: null, refundedWithdrawal: null },
  ]);
  expect(peer.received[0]?.url).toBe(
    `/spei/v1/deposits?page=1&page_size=100&end_date=2026-01-31&deposit_status=COMPLETE&only_refunds=true&sender_clabe=${CLABE}&timezone=-06%3A00`,
  );
});

describe('Bitso’s deposits', () => {
  const DEPOSIT = { fid: 'f-1', receiver_clabe: CLABE, amount: '1.00', status: 'complete' };
  const refunded_withdrawal = { wid: 'w-1', tracking_key: 'K1' };

  test.each<[string, object | object[], string | null]>([
    ['response', { response: [{ ...DEPOSIT, refunded_withdrawal }], next_page_token: 'n-1' }, 'n-1'],
    ['deposits', { deposits: [{ ...DEPOSIT, refunded_withdrawal }], next_page_token: null }, null],
    ['nothing', [{ ...DEPOSIT, refunded_withdrawal }], null],
  ])('are read under %s, with the payout that came back', async (_, payload, nextPageToken) => {
    peer.answers.push(json(payload));
    const answer = await listBitsoDeposits(client(), {
      createdFrom: new Date('2026-01-31T00:00:00.000Z'),
      onlyRefunds: true,
      pageToken: 'n-0',
    });
    expect(answer).toMatchObject({
      items: [{ id: 'f-1', refundedWithdrawal: { wid: 'w-1', trackingKey: 'K1', originId: null } }],
      nextPageToken,
    });
    expect(peer.received[0]?.url).toBe(
      '/spei/v2/deposits?page_size=1000&page_token=n-0&next_page_token=n-0&created_at_gte=2026-01-31T00%3A00%3A00.000Z&only_refunds=true',
    );
  });

  const page = (from: number, count: number, beside: object = {}) =>
    json({ response: Array.from({ length: count }, (_, n) => ({ ...DEPOSIT, fid: `f-${from + n}` })), ...beside });
  const all = async (maxPages = 100) => {
    const ids: string[] = [];
    for await (const { id } of listAllBitsoDeposits(client(), { createdFrom: new Date(), maxPages })) ids.push(id);
    return ids;
  };

  test.each(['next_page_token', 'next', 'page_token'])('go on by a token that is called %s', async (name) => {
    peer.answers.push(page(1, 25, { [name]: 'n-1' }), page(26, 25, { [name]: null }));
    expect(await all()).toHaveLength(50);
    expect(peer.received[1]?.url).toContain('page_token=n-1&next_page_token=n-1');
  });

  test('a token that was read once and is left out then is of the last page', async () => {
    peer.answers.push(page(1, 25, { next_page_token: 'n-1' }), page(26, 25));
    expect(await all()).toHaveLength(50);
  });

  test.each<[string, ReturnType<typeof page>]>([
    ['a token under a name that is not known', page(1, 2, { nextCursor: 'n-1' })],
    ['links in the place of a token', page(1, 2, { pagination: { next: '/more' } })],
    ['a token that is no text', page(1, 2, { next: { token: 'n-1' } })],
    ['a page of 25 and no token', page(1, 25)],
    ['a page of 100 and no token', page(1, 100)],
    ['a page of as many as asked for and no token', page(1, 1_000)],
    ['a bare list of 25', json(Array.from({ length: 25 }, (_, n) => ({ ...DEPOSIT, fid: `f-${n}` })))],
  ])('%s may be a part: it is never taken for the whole', async (_, answer) => {
    peer.answers.push(answer);
    const error = await refusal(listBitsoDeposits(client(), { createdFrom: new Date() }));
    expect(error).toBeInstanceOf(JunoIncompleteError);
  });

  test('the same page again and again is asked for twice, and is no end', async () => {
    peer.answers.push(page(1, 2, { next_page_token: 'same' }));
    expect(await refusal(all())).toBeInstanceOf(JunoIncompleteError);
    expect(peer.received).toHaveLength(2);
  });

  test('more pages than one look reads are no end', async () => {
    peer.answers.push(...Array.from({ length: 4 }, (_, n) => page(n, 1, { next_page_token: `n-${n}` })));
    expect(await refusal(all(3))).toBeInstanceOf(JunoIncompleteError);
    expect(peer.received).toHaveLength(3);
  });

  test('a page of 1,000 may have more than 1 MiB', async () => {
    const long = { ...DEPOSIT, concept: 'x'.repeat(1_200) };
    const response = Array.from({ length: 1_000 }, (_, n) => ({ ...long, fid: `f-${n}` }));
    peer.answers.push(json({ response, next_page_token: null }));
    expect(await all()).toHaveLength(1_000);
  });

  test('one that is none hides none beside it', async () => {
    peer.answers.push(json({ response: [DEPOSIT, { fid: 'odd' }] }));
    const { items, unreadable } = await listBitsoDeposits(client(), { createdFrom: new Date() });
    expect([items.map(({ id }) => id), unreadable.map(({ id }) => id)]).toEqual([['f-1'], ['odd']]);
  });

  test('that are not there are malformed, never none', async () => {
    peer.answers.push(json({ next_page_token: null }));
    expect(await refusal(listBitsoDeposits(client(), { createdFrom: new Date() }))).toBeInstanceOf(JunoMalformedError);
  });
});

test('transactions are asked for by time and amount', async () => {
  peer.answers.push(json([]));
  const at = new Date('2026-01-31T12:00:00.999Z');
  await listTransactions(client(), {
    createdFrom: at,
    createdTo: at,
    amountFrom: centavos(1n),
    amountTo: centavos(150n),
  });
  expect(peer.received[0]?.url).toBe(
    '/mint_platform/v1/transactions?page=0&size=100&sort=createdAt%2CDESC&isoDateFrom=2026-01-31T12%3A00%3A00Z&isoDateTo=2026-01-31T12%3A00%3A00Z&amountFrom=0.01&amountTo=1.50',
  );
});

test('a redemption to the Bitso balance names no account', () => {
  const amount = centavos(150_050n);
  expect(encodeBitsoRedemption({ amount })).toBe('{"amount":"1500.50","asset":"MXN"}');
  expect(encodeBitsoRedemption({ amount, amountAs: 'number' })).toBe('{"amount":1500.50,"asset":"MXN"}');
  expect(() => encodeBitsoRedemption({ amount: centavos(0n) })).toThrow(RangeError);
});

describe('what is registered', () => {
  test('is changed by its id, with the whole account', async () => {
    peer.answers.push(json({ id: 'b/1', clabe: CLABE, recipient_legal_name: 'Ñ' }));
    const body = encodeBankAccount({ clabe: CLABE, legalName: 'Ñ', tag: 'new' });
    expect(await updateBankAccount(client(), { id: 'b/1', body, guard })).toMatchObject({ id: 'b/1', clabe: CLABE });
    const [request] = peer.received;
    expect([request?.method, request?.url]).toEqual(['PUT', '/mint_platform/v1/accounts/banks/b%2F1']);
    expect(String(request?.body)).toBe(body);
  });

  test.each<[string, Answer]>([
    ['a body', { body: '{"message":"Webhook successfully deleted"}' }],
    ['none', { status: 204, body: '' }],
  ])('is deleted by its id, with %s in the answer', async (_, answer) => {
    peer.answers.push(answer);
    await deleteBankAccount(client(), { id: 'b-1' });
    await deleteWebhook(client(), { id: '11330' });
    expect(peer.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'DELETE /mint_platform/v1/accounts/banks/b-1',
      'DELETE /v4/webhooks/11330',
    ]);
  });

  test.each<[string, Answer]>([
    ['404', failure(404, '1401')],
    ['a page of something else', { body: '<html/>' }],
    ['a failure under 200', failure(200, '0101')],
  ])('is not known to be deleted after %s', async (_, answer) => {
    peer.answers.push(answer);
    expect(await refusal(deleteWebhook(client(), { id: '1' }))).toBeInstanceOf(JunoUnknownError);
  });
});

test.each([
  ['bare', { body: '[{"key_id":"k-1","public_key":"AAAA"}]' }],
  ['in the usual envelope', json([{ key_id: 'k-1', public_key: 'AAAA' }])],
])('the keys of webhooks come %s, and nothing of ours goes out for them', async (_, answer) => {
  peer.answers.push(answer);
  const { client } = clientOf(peer.url, { nonce: () => expect.unreachable() });
  expect((await listWebhookKeys(client, { path: '/v4/keys' })).items).toEqual([{ keyId: 'k-1', publicKey: 'AAAA' }]);
  expect(peer.received[0]?.url).toBe('/v4/keys');
  expect(peer.received[0]?.headers).not.toHaveProperty('authorization');
});
