import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JunoIncompleteError, JunoMalformedError, JunoUnavailableError } from '../../src/juno/errors.ts';
import { getClabe } from '../../src/juno/getClabe.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { type ListAllDepositsParameters, listAllDeposits } from '../../src/juno/listAllDeposits.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos } from '../../src/money/money.ts';
import { type Answer, clientOf, failure, json, type Peer, refusal, startPeer } from './peer.ts';

const CLABE = parseClabe('710969000000401454');

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

const deposit = (fid: string) => ({
  fid,
  receiver_clabe: CLABE,
  sender_clabe: '*****0606032******',
  amount: '1500.50',
  status: 'COMPLETE',
  created_at: '2025-02-05T18:25:33',
});
const page = (total_pages: string | undefined, ...fids: string[]): Answer =>
  json({ total_pages, response: fids.map(deposit) });

/** The ids that were given before the end, or before the error. */
async function read(parameters: ListAllDepositsParameters = {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of listAllDeposits(clientOf(peer.url).client, parameters)) ids.push(id);
  return ids;
}

describe('all deposits', () => {
  test('come once each, although new ones push old ones onto the next page', async () => {
    peer.answers.push(page('2', 'f-3', 'f-2'), page('3', 'f-2', 'f-1'), page('3', 'f-1', 'f-0'));
    // A deposit came in between, so that there is a page more than the first one announced.
    expect(await read({ startDate: '2025-02-01', pageSize: 2, receiverClabe: CLABE })).toEqual([
      'f-3',
      'f-2',
      'f-1',
      'f-0',
    ]);
    expect(peer.received.map(({ url }) => url)).toEqual(
      [1, 2, 3].map((n) => `/spei/v1/deposits?page=${n}&page_size=2&start_date=2025-02-01&receiver_clabe=${CLABE}`),
    );
  });

  test('without counters end with an empty page, and with one that was there before', async () => {
    peer.answers.push(page(undefined, 'f-1'), page(undefined, 'f-0'), page(undefined));
    expect(await read()).toEqual(['f-1', 'f-0']);
    peer.answers.splice(0, 1, page(undefined, 'f-1', 'f-0'));
    expect(await read()).toEqual(['f-1', 'f-0']);
    expect(peer.received).toHaveLength(5);
  });

  test('are not said to be all where a page repeats and more are announced', async () => {
    peer.answers.push(page('9', 'f-1'));
    expect(await refusal(read())).toBeInstanceOf(JunoIncompleteError);
    expect(peer.received).toHaveLength(2);
  });

  test('are not said to be all after the last page that may be read', async () => {
    peer.answers.push(page('9', 'f-9'), page('9', 'f-8'), page('9', 'f-7'));
    expect(await refusal(read({ maxPages: 2 }))).toBeInstanceOf(JunoIncompleteError);
    expect(peer.received).toHaveLength(2);
  });

  test('are not said to be none where a page fails', async () => {
    peer.answers.push(failure(500, '0101'));
    expect(await refusal(read())).toBeInstanceOf(JunoUnavailableError);
  });

  test('keep a time without zone as the text it was, and a masked sender masked', async () => {
    peer.answers.push(page('1', 'f-1'));
    const { value } = await listAllDeposits(clientOf(peer.url).client).next();
    expect(value).toMatchObject({
      id: 'f-1',
      clabe: CLABE,
      amount: centavos(150_050n),
      status: 'complete',
      statusText: 'COMPLETE',
      senderClabe: '*****0606032******',
      createdAt: null,
      createdAtText: '2025-02-05T18:25:33',
    });
  });
});

test('one CLABE says whether it is enabled', async () => {
  peer.answers.push(json({ clabe: CLABE, type: 'AUTO_PAYMENT', status: 'enabled', created_at: '2025-02-05T18:25:33' }));
  expect(await getClabe(clientOf(peer.url).client, { clabe: CLABE })).toMatchObject({
    clabe: CLABE,
    status: 'ENABLED',
  });
  expect(peer.received[0]?.url).toBe(`/spei/v1/clabes/${CLABE}`);
});

test('the answer about another CLABE says nothing of the one that was asked for', async () => {
  peer.answers.push(json({ clabe: '646180157042875763', type: 'AUTO_PAYMENT', status: 'ENABLED' }));
  const error = await refusal(getClabe(clientOf(peer.url).client, { clabe: CLABE }));
  expect(error).toBeInstanceOf(JunoMalformedError);
  expect(error).toMatchObject({ details: ['payload: is another CLABE'] });
});

test.each([
  ['nested', { sender: { clabe: '646180157042875763' }, receiver: { clabe: CLABE } }],
  ['flat', { sender_clabe: '646180157042875763', receiver_clabe: CLABE }],
])('an issuance names sender and receiver, %s', async (_, details) => {
  peer.answers.push(
    json({
      transaction_id: 't-1',
      transaction_type: 'ISSUANCE',
      status: 'COMPLETE',
      amount: 1500.5,
      currency: 'MXN',
      details,
    }),
  );
  const { senderClabe, receiverClabe } = await getTransaction(clientOf(peer.url).client, { id: 't-1' });
  expect({ senderClabe, receiverClabe }).toEqual({ senderClabe: '646180157042875763', receiverClabe: CLABE });
});
