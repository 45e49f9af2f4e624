import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JunoClient } from '../../src/juno/client.ts';
import { createBankAccount, encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createBitsoTransfer, encodeBitsoTransfer } from '../../src/juno/createBitsoTransfer.ts';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createMockDeposit } from '../../src/juno/createMockDeposit.ts';
import { createRedemption, encodeRedemption } from '../../src/juno/createRedemption.ts';
import { createWithdrawal, encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import { deleteBankAccount } from '../../src/juno/deleteBankAccount.ts';
import { deleteWebhook } from '../../src/juno/deleteWebhook.ts';
import { JunoError } from '../../src/juno/errors.ts';
import { getBitsoWithdrawal } from '../../src/juno/getBitsoWithdrawal.ts';
import { getClabe } from '../../src/juno/getClabe.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listBalances } from '../../src/juno/listBalances.ts';
import { listBankAccounts } from '../../src/juno/listBankAccounts.ts';
import { listBitsoBalances } from '../../src/juno/listBitsoBalances.ts';
import { listBitsoBanks } from '../../src/juno/listBitsoBanks.ts';
import { listBitsoDeposits } from '../../src/juno/listBitsoDeposits.ts';
import { listBitsoWithdrawalMethods } from '../../src/juno/listBitsoWithdrawalMethods.ts';
import { listBitsoWithdrawals } from '../../src/juno/listBitsoWithdrawals.ts';
import { listClabes } from '../../src/juno/listClabes.ts';
import { listDeposits } from '../../src/juno/listDeposits.ts';
import { listFinancialMovements } from '../../src/juno/listFinancialMovements.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { listWebhookKeys } from '../../src/juno/listWebhookKeys.ts';
import { listWebhooks } from '../../src/juno/listWebhooks.ts';
import { registerWebhook } from '../../src/juno/registerWebhook.ts';
import { updateBankAccount } from '../../src/juno/updateBankAccount.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos, toMxnb } from '../../src/money/money.ts';
import { createLogger } from '../../src/reactor/log.ts';
import { type Answer, API_KEY, API_SECRET, clientOf, failure, json, type Peer, startPeer } from './peer.ts';

const CLABE = parseClabe('646180157042875763');
const NVIO = parseClabe('710969000000401454');
const NAME = 'Jane Doe Pérez';
const RFC = 'DOPJ800101AB1';
const ID = '05e9eb13-2db8-482f-a440-b932ba5faf90';
const amount = centavos(10_000n);
const guard = () => undefined;
const money = { idempotencyKey: ID, guard };
const account = encodeBankAccount({ clabe: CLABE, legalName: NAME, tag: 'seller' });
const payout = { amount, originId: ID, concept: 'Renta' };
const withdrawal = { wid: ID, status: 'complete', amount: '1', currency: 'mxn', details: { origin_id: ID, x: CLABE } };
const transaction = { id: ID, transaction_type: 'ISSUANCE', amount: 1, status: 'COMPLETE', details: { clabe: CLABE } };
const bank = { id: ID, clabe: CLABE, recipient_legal_name: NAME };

/** Every call of the client, with the answer that makes it a success. */
const CALLS: Readonly<Record<string, readonly [(client: JunoClient) => Promise<unknown>, Answer]>> = {
  createClabe: [(c) => createClabe(c, { guard }), json({ clabe: CLABE }, 201)],
  getClabe: [(c) => getClabe(c, { clabe: CLABE }), json({ clabe: CLABE, status: 'ENABLED' })],
  listClabes: [(c) => listClabes(c), json([{ clabe: CLABE, status: 'ENABLED' }])],
  listDeposits: [
    (c) => listDeposits(c, { receiverClabe: CLABE, senderClabe: NVIO }),
    json([{ fid: ID, receiver_clabe: CLABE, amount: '1', status: 'COMPLETE', sender_name: NAME }]),
  ],
  createMockDeposit: [
    (c) =>
      createMockDeposit(c, { amount, receiverClabe: CLABE, senderClabe: NVIO, senderName: NAME, receiverName: NAME }),
    json({ sender_clabe: NVIO, sender_name: NAME }),
  ],
  listTransactions: [(c) => listTransactions(c), json({ content: [transaction] })],
  getTransaction: [(c) => getTransaction(c, { id: ID }), json(transaction)],
  listFinancialMovements: [
    (c) => listFinancialMovements(c),
    json([{ id: ID, type: 'FUNDING', status: 'COMPLETED', funding: { sender_clabe: CLABE } }]),
  ],
  listBalances: [(c) => listBalances(c), json([{ asset: 'mxnb', available: '1' }])],
  listBitsoBalances: [(c) => listBitsoBalances(c), json({ balances: [{ currency: 'mxn', available: '1' }] })],
  listBankAccounts: [(c) => listBankAccounts(c), json([bank])],
  createBankAccount: [(c) => createBankAccount(c, { body: account, guard }), json(bank, 201)],
  updateBankAccount: [(c) => updateBankAccount(c, { id: ID, body: account, guard }), json(bank)],
  deleteBankAccount: [(c) => deleteBankAccount(c, { id: ID }), json(bank)],
  createWithdrawal: [
    (c) =>
      createWithdrawal(c, {
        body: encodeWithdrawal({ amount: toMxnb(amount), address: `0x${'1'.repeat(40)}` }),
        ...money,
      }),
    json(transaction),
  ],
  createRedemption: [
    (c) => createRedemption(c, { body: encodeRedemption({ amount, bankAccountId: ID }), ...money }),
    json(transaction),
  ],
  registerWebhook: [
    (c) => registerWebhook(c, { callbackUrl: 'https://example.com/x' }),
    { body: '{"message":"ok","webhooks":[]}' },
  ],
  listWebhooks: [(c) => listWebhooks(c), { body: '{"webhooks":[]}' }],
  deleteWebhook: [(c) => deleteWebhook(c, { id: '11330' }), { status: 204, body: '' }],
  listWebhookKeys: [(c) => listWebhookKeys(c, { path: '/keys' }), json([])],
  createBitsoWithdrawal: [
    (c) =>
      createBitsoWithdrawal(c, {
        body: encodeBitsoWithdrawal({ ...payout, clabe: CLABE, beneficiary: NAME, rfc: RFC }),
        guard,
      }),
    json(withdrawal),
  ],
  createBitsoTransfer: [
    (c) => createBitsoTransfer(c, { body: encodeBitsoTransfer({ ...payout, clabe: NVIO }), guard }),
    json(withdrawal),
  ],
  getBitsoWithdrawal: [(c) => getBitsoWithdrawal(c, { wid: ID }), json(withdrawal)],
  listBitsoWithdrawals: [(c) => listBitsoWithdrawals(c, { originIds: [ID] }), json([withdrawal])],
  listBitsoWithdrawalMethods: [(c) => listBitsoWithdrawalMethods(c), json([])],
  listBitsoDeposits: [
    (c) => listBitsoDeposits(c, { createdFrom: new Date(), receiverClabe: CLABE }),
    json({ response: [{ fid: ID, receiver_clabe: CLABE, amount: '1', status: 'COMPLETE', sender_name: NAME }] }),
  ],
  listBitsoBanks: [(c) => listBitsoBanks(c), json([])],
};

/** An answer that gives back everything that it was sent, as a server in trouble may. */
const echo = `${CLABE} ${NVIO} ${NAME} ${RFC} ${API_SECRET}`;
const FAILURES: Readonly<Record<string, Answer>> = {
  'a refusal': failure(400, '0304', echo),
  'a code that is a CLABE': failure(400, CLABE, echo),
  'a wrong signature': failure(401, '0215', echo),
  'too many requests': { status: 429, body: echo },
  'a gateway': { status: 502, body: `<html>${echo}</html>` },
  'a success of another shape': json({ [CLABE]: NAME, id: { clabe: [CLABE] } }),
  'a success that is no JSON': { body: `{"payload":"${echo}` },
  'what is no HTTP': (socket) => socket.end(`HTTP/1.1 2OO ${echo}\r\n\r\n`),
  'a reset': (socket) => socket.resetAndDestroy(),
};

let peer: Peer;
let printed: string;
let client: JunoClient;
beforeEach(async () => {
  peer = await startPeer();
  printed = '';
  const log = createLogger('test', 'trace', {
    write: (line: string) => {
      printed += line;
    },
  });
  let drawn = 0;
  ({ client } = clientOf(peer.url, {
    log: (line) => log.trace({ event: 'juno_call', ...line }),
    nonce: () => `17313492001230${String(++drawn).padStart(5, '0')}`,
    timeout_ms: 2_000,
  }));
  client = logged(client, (error) => log.error({ event: 'failed', err: error, thrown: error }));
});
afterEach(() => peer.close());

/** The same client, every error of which is logged as the reactor logs it and as a careless line would. */
const logged = (inner: JunoClient, onError: (error: unknown) => void): JunoClient => ({
  ...inner,
  call: (call, schema) =>
    inner.call(call, schema).catch((error: unknown) => {
      onError(error);
      throw error;
    }),
});

/** Fails where any of what must not be read stands in the log. */
function expectNothingPrivate(): void {
  const sent = peer.received.map(({ headers }) => headers.authorization ?? '').filter(Boolean);
  const [nonces, signatures] = [sent.map((text) => text.split(':')[1]), sent.map((text) => text.split(':')[2])];
  for (const hidden of [API_KEY, API_SECRET, CLABE, NVIO, NAME, RFC, ...sent, ...nonces, ...signatures])
    expect(printed.includes(hidden ?? '')).toBe(false);
  expect(printed).not.toMatch(/(?<!\d)\d{18}(?!\d)/);
  expect(printed).not.toMatch(/[0-9a-f]{64}/i);
}

test('no call of the client is left out here', async () => {
  const files = await readdir(new URL('../../src/juno/', import.meta.url));
  const calls = files.filter((file) => /^(create|get|list|update|delete|register)[A-Z]/.test(file));
  // They are the lists of deposits, page after page.
  const here = [...Object.keys(CALLS), 'listAllDeposits', 'listAllBitsoDeposits'].map((name) => `${name}.ts`);
  expect(here.toSorted()).toEqual(calls.toSorted());
});

test.each(Object.entries(CALLS))('%s logs its success and nothing private', async (_, [call, success]) => {
  peer.answers.push(success);
  await call(client);
  expect(printed).toContain('"outcome":"ok"');
  expectNothingPrivate();
});

test.each(Object.entries(FAILURES))('no call logs anything private after %s', async (_, answer) => {
  peer.answers.push(answer);
  const calls = Object.values(CALLS);
  for (const [call] of calls) await call(client).catch((error: unknown) => expect(error).toBeInstanceOf(JunoError));
  expect(peer.received).toHaveLength(calls.length);
  expect(printed.split('\n').length).toBeGreaterThan(calls.length);
  expectNothingPrivate();
});
