import { inspect } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createRedemption, encodeRedemption } from '../../src/juno/createRedemption.ts';
import { getClabe } from '../../src/juno/getClabe.ts';
import { listAllDeposits } from '../../src/juno/listAllDeposits.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos } from '../../src/money/money.ts';
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

const CLABE = parseClabe('646180157042875763');
const NAME = 'Jane Doe Pérez';
const BODY = encodeBankAccount({ clabe: CLABE, legalName: NAME, tag: 'tag-1' });

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

/** Every way in which an error may end in a log, an answer or a terminal. */
function renderings(error: Error): string[] {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  log.error(error);
  log.error({ err: error, error });
  return [
    ...lines,
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    JSON.stringify({ ...error }),
    inspect(error),
    inspect(error, { showHidden: true, depth: Number.POSITIVE_INFINITY }),
    String(error),
    error.stack ?? '',
  ];
}

const bank = (overrides = {}, guard = (): void => undefined) =>
  createBankAccount(clientOf(peer.url, overrides).client, { body: BODY, guard });
const echo = JSON.stringify({ success: false, error: { code: CLABE, message: `${CLABE} ${NAME} ${API_SECRET}` } });
const deposit = { fid: 'f-1', receiver_clabe: CLABE, amount: '1.00', status: 'COMPLETE', sender_name: NAME };

const cases: [string, Answer, () => Promise<unknown>][] = [
  ['JunoRejectedError', failure(400, '0317', `clabe ${CLABE} of ${NAME}`), () => bank()],
  ['JunoThrottledError', { status: 429, body: echo }, () => bank()],
  ['JunoUnauthorisedError', failure(401, '0215', `${API_KEY}:${NONCE} ${CLABE}`), () => bank()],
  [
    'JunoNotSentError',
    {},
    () =>
      bank({}, () => {
        throw new Error('too late');
      }),
  ],
  ['JunoUnknownError', { status: 500, body: echo }, () => bank()],
  ['JunoUnknownError', { status: 400, body: echo }, () => bank()],
  ['JunoUnknownError', { body: `{"payload":"${CLABE} ${NAME}"` }, () => bank()],
  ['JunoUnknownError', (socket) => socket.end(`HTTP/1.1 2OO ${CLABE} ${NAME}\r\n\r\n`), () => bank()],
  ['JunoUnknownError', (socket) => socket.resetAndDestroy(), () => bank()],
  ['JunoUnavailableError', { status: 404, body: echo }, () => getClabe(clientOf(peer.url).client, { clabe: CLABE })],
  [
    'JunoMalformedError',
    json({ clabe: [CLABE], name: NAME }),
    () => getClabe(clientOf(peer.url).client, { clabe: CLABE }),
  ],
  [
    'JunoIncompleteError',
    json({ total_pages: '9', response: [deposit] }),
    async () => {
      for await (const _ of listAllDeposits(clientOf(peer.url).client, { receiverClabe: CLABE }));
    },
  ],
];

test.each(cases)('%s shows no secret, signature, CLABE or name: %j', async (name, answer, call) => {
  peer.answers.push(answer);
  const error = await refusal(call());
  expect(error.name).toBe(name);
  const authorization = peer.received[0]?.headers.authorization;
  const signature = authorization?.split(':').at(-1);
  const hidden = [API_KEY, API_SECRET, NONCE, CLABE, NAME, authorization, signature].filter(
    (text) => text !== undefined,
  );
  for (const text of renderings(error)) for (const secret of hidden) expect(text).not.toContain(secret);
  // It says all the same what was asked, and what to do.
  expect(JSON.stringify(error)).toMatch(/"endpoint":"(GET|POST) \/.*"whatNext":"\w/);
});

test('the line of a call shows none of them either', async () => {
  peer.answers.push(json({ clabe: CLABE, status: 'ENABLED' }), { status: 500, body: echo });
  const { client, lines } = clientOf(peer.url);
  await getClabe(client, { clabe: CLABE });
  await refusal(
    createRedemption(client, {
      body: encodeRedemption({ amount: centavos(10_000n), bankAccountId: CLABE }),
      idempotencyKey: 'k-1',
      guard: () => undefined,
    }),
  );
  expect(lines).toHaveLength(2);
  for (const secret of [API_KEY, API_SECRET, NONCE, CLABE, NAME]) expect(JSON.stringify(lines)).not.toContain(secret);
});
