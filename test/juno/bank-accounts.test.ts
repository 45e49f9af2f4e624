import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JunoIncompleteError } from '../../src/juno/errors.ts';
import { listBankAccounts } from '../../src/juno/listBankAccounts.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { clientOf, json, type Peer, refusal, startPeer } from './peer.ts';

const CLABE = parseClabe('646180157042875763');

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());
const client = () => clientOf(peer.url).client;

describe('bank accounts in pages', () => {
  const account = (id: number) => ({ id: `b-${id}`, clabe: CLABE, recipient_legal_name: 'Jane Doe' });
  const ids = async () => (await listBankAccounts(client())).items.map(({ id }) => id);

  test.each<[string, object[]]>([
    [
      'that are counted',
      [
        { response: [account(1)], total_pages: '2', current_page: '1' },
        { response: [account(2)], total_pages: '2', current_page: '2' },
      ],
    ],
    ['that end with an empty one', [{ response: [account(1)] }, { response: [account(2)] }, { response: [] }]],
    [
      'that count from 1',
      [
        { content: [account(1)], totalPages: 2 },
        { content: [account(1)], totalPages: 2 },
        { content: [account(2)], totalPages: 2 },
      ],
    ],
  ])('%s are read to their end, in pages as large as may be asked for', async (_, pages) => {
    // Only what the first answer says tells that there are pages.
    peer.answers.push(...[pages[0], ...pages].map((page) => json(page)));
    expect(await ids()).toEqual(['b-1', 'b-2']);
    expect(peer.received).toHaveLength(pages.length + 1);
    const [first, ...others] = peer.received.map(({ url }) => url.split('?')[1] ?? '');
    expect(first).toBe('');
    for (const query of others) expect(query).toContain('page_size=100&size=100');
  });

  test('are more than a hundred where the server gives 25 whatever it is asked for', async () => {
    const all = Array.from({ length: 2_600 }, (_, n) => account(n));
    const page = (n: number) =>
      json({ response: all.slice((n - 1) * 25, n * 25), total_pages: 104, current_page: String(n) });
    peer.answers.push(page(1), ...Array.from({ length: 104 }, (_, n) => page(n + 1)));
    expect(await ids()).toEqual(all.map(({ id }) => id));
  });

  test('are thousands in one answer, which has more than 1 MiB', async () => {
    const all = Array.from({ length: 20_000 }, (_, n) => account(n));
    const answer = json(all);
    expect(JSON.stringify(answer).length).toBeGreaterThan(1024 * 1024);
    peer.answers.push(answer);
    expect(await ids()).toHaveLength(20_000);
    expect(peer.received).toHaveLength(1);
  });

  test('are whole where the server knows no pages, and never a part where more are announced', async () => {
    peer.answers.push(json({ response: [account(1)] }));
    expect(await ids()).toEqual(['b-1']);
    peer.answers.splice(0, 1, json({ response: [account(1)], total_pages: '2' }));
    expect(await refusal(listBankAccounts(client()))).toBeInstanceOf(JunoIncompleteError);
  });
});
