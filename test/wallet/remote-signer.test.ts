import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { concat, fromRlp, type Hex, parseTransaction, type TransactionSerializableEIP1559, toRlp } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSigner } from '../../src/reactor/wallet/open-signer.ts';
import { remoteAccounts, remoteSigner } from '../../src/reactor/wallet/remote-signer.ts';
import { signAllowed } from '../../src/reactor/wallet/sign.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { DEPTH, givenWallet as givenWalletOn } from './support.ts';

let postgres: TestPostgres;
let anvil: TestAnvil;
let service: Awaited<ReturnType<typeof startSigner>>;
beforeAll(async () => {
  [postgres, anvil, service] = await Promise.all([
    startPostgres(),
    startAnvil({ args: ['--no-mining'] }),
    startSigner(),
  ]);
});
afterEach(() => service.answerWith());
afterAll(async () => {
  await service?.stop();
  await anvil?.stop();
  await postgres?.stop();
});

type Answer = Readonly<{ status?: number; body?: string; result?: unknown; error?: object }> | 'hang';
type How = (asked: TransactionSerializableEIP1559, key: Hex) => Promise<Answer>;

const honest: How = async (asked, key) => ({ result: await privateKeyToAccount(key).signTransaction(asked) });

/** A signer on this machine, as Web3Signer serves one: it has the keys that it is given, and answers as it is told. */
async function startSigner() {
  let how: How = honest;
  let calls = 0;
  const keys = new Map<string, Hex>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
      id: number;
      params: [Record<string, Hex>];
    };
    calls += 1;
    const [given] = params;
    const key = keys.get(given['from'] ?? '');
    const answer = key
      ? await how(
          {
            type: 'eip1559',
            chainId: Number(given['chainId']),
            nonce: Number(given['nonce']),
            to: given['to'] ?? null,
            data: given['data'] ?? '0x',
            value: BigInt(given['value'] ?? 0),
            gas: BigInt(given['gas'] ?? 0),
            maxFeePerGas: BigInt(given['maxFeePerGas'] ?? 0),
            maxPriorityFeePerGas: BigInt(given['maxPriorityFeePerGas'] ?? 0),
          },
          key,
        )
      : { error: { code: -32000, message: 'no key of that address' } };
    if (answer === 'hang') return;
    const { status = 200, body, ...rest } = answer;
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(body ?? JSON.stringify({ jsonrpc: '2.0', id, ...rest }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    add: (address: Hex, key: Hex) => keys.set(address, key),
    answerWith: (given: How = honest): void => {
      how = given;
    },
    calls: () => calls,
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A wallet whose key only the signer has. */
const givenWallet = ({ url = service.url, timeout_ms = 5_000 }: { url?: string; timeout_ms?: number } = {}) =>
  givenWalletOn(
    { postgres, anvil },
    {
      signer: (key, address) => {
        service.add(address, key);
        return openSigner({ bridge: address, bridgeSigner: { url, timeout_ms } });
      },
    },
  );
const mine = (blocks = 1) => anvil.client.mine({ blocks });

describe('a remote signer', () => {
  test('signs what the lane asks it to: the same path as a local key from there on', async () => {
    const w = await givenWallet();
    const ids = [await w.record(), await w.record()];
    await w.turn();
    expect((await w.signed()).map(({ nonce }) => nonce)).toEqual([0, 1]);
    await mine(DEPTH + 1);
    await w.turn();
    for (const id of ids) expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('that answers with the bytes and what is in them, as geth does, is understood', async () => {
    const w = await givenWallet();
    service.answerWith(async (asked, key) => ({
      result: { raw: await privateKeyToAccount(key).signTransaction(asked), tx: {} },
    }));
    const id = await w.record();
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('sending');
    await mine(DEPTH + 1);
  });

  const changed =
    (part: Partial<TransactionSerializableEIP1559>): How =>
    async (asked, key) => ({ result: await privateKeyToAccount(key).signTransaction({ ...asked, ...part }) });
  /** Where the nonce stands among the fields of EIP-1559. */
  const NONCE = 1;
  const thief: Hex = `0x${'4'.repeat(40)}`;

  test.each<[string, How]>([
    ['another target', changed({ to: thief })],
    ['other calldata', changed({ data: '0xdeadbeef' })],
    ['ether', changed({ value: 1n })],
    ['another nonce', changed({ nonce: 7 })],
    ['another chain', changed({ chainId: 1 })],
    ['more gas', changed({ gas: 4_999_999n })],
    ['a higher fee', changed({ maxFeePerGas: 10n ** 12n })],
    ['a higher tip', changed({ maxPriorityFeePerGas: 1n })],
    ['an access list', changed({ accessList: [{ address: thief, storageKeys: [] }] })],
    [
      'the key of another wallet',
      async (asked) => ({ result: await privateKeyToAccount(generatePrivateKey()).signTransaction(asked) }),
    ],
    [
      'a transaction of the old type',
      async ({ to, data, nonce, gas, chainId }, key) => ({
        result: await privateKeyToAccount(key).signTransaction({
          type: 'legacy',
          ...{ to: to ?? null, data: data ?? '0x', nonce: nonce ?? 0, gas: gas ?? 0n, chainId, gasPrice: 10n ** 9n },
        }),
      }),
    ],
    [
      'bytes after the transaction',
      async (asked, key) => ({ result: `${await privateKeyToAccount(key).signTransaction(asked)}00` }),
    ],
    [
      'a zero that is written in another way',
      async (asked, key) => {
        const signed = fromRlp(`0x${(await privateKeyToAccount(key).signTransaction(asked)).slice(4)}`);
        const fields = (signed as Hex[]).map((field, i) => (i === NONCE && field === '0x' ? '0x00' : field));
        return { result: concat(['0x02', toRlp(fields)]) };
      },
    ],
    ['bytes that are nothing', async () => ({ result: '0x1234' })],
    ['nothing', async () => ({ result: null })],
    ['a number', async () => ({ result: 7 })],
  ])('that signs %s: nothing is stored or sent, and a person is told', async (_, how) => {
    const w = await givenWallet();
    service.answerWith(how);
    const ids = [await w.record(), await w.record()];
    const before = service.calls();
    await w.turn();
    expect(await w.stateOf(ids[0] ?? '')).toMatchObject({
      state: 'recorded',
      failures: 8,
      error: { code: 'signer_differs' },
    });
    expect(await w.signed()).toEqual([]);
    expect(service.calls()).toBe(before + 1);
    service.answerWith();
    await w.hurry();
    await w.turn();
    expect((await w.signed()).map(({ nonce }) => nonce)).toEqual([0, 1]);
    expect(await w.stateOf(ids[0] ?? '')).toMatchObject({ state: 'sending', failures: 0 });
  });

  test.each<[string, How, string]>([
    ['refuses', async () => ({ error: { code: -32010, message: 'locked' } }), 'signer_refused'],
    ['answers with an error of HTTP', async () => ({ status: 503, body: 'busy' }), 'signer_away'],
    ['answers with no JSON', async () => ({ body: '<html>' }), 'signer_away'],
    ['answers without end', async () => ({ result: `0x${'00'.repeat(400_000)}` }), 'signer_away'],
  ])('that %s: nothing is lost, and it goes on when the signer is well', async (_, how, code) => {
    const w = await givenWallet();
    service.answerWith(how);
    const id = await w.record();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'recorded', error: { code } });
    expect(await w.signed()).toEqual([]);
    service.answerWith();
    await w.hurry();
    await w.turn();
    expect(await w.signed()).toHaveLength(1);
  });

  test('that is slow: nobody waits for it longer than its limit, or asks it for the next one in the same turn', async () => {
    const w = await givenWallet({ timeout_ms: 300 });
    service.answerWith(async () => 'hang');
    const ids = await Promise.all([w.record(), w.record(), w.record()]);
    const before = service.calls();
    await w.turn();
    expect(service.calls()).toBe(before + 1);
    const errors = (await Promise.all(ids.map(w.stateOf))).map((row) => row?.error);
    expect(errors.filter((error) => error !== null)).toEqual([expect.objectContaining({ code: 'signer_away' })]);
    expect(await w.signed()).toEqual([]);
  });

  test('that is down: what is in flight is followed all the same', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    service.answerWith(async () => ({ status: 503, body: '' }));
    const waiting = await w.record();
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
    expect((await w.stateOf(waiting))?.state).toBe('recorded');
  });

  test('that is down while a fee has to be raised: the same bytes go on, and the rest of the lane with them', async () => {
    const w = await givenWallet();
    const ids = [await w.record(), await w.record()];
    await w.turn();
    for (const { hash } of await w.signed()) await anvil.client.dropTransaction({ hash: hash as Hex });
    await anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 500n * 10n ** 9n });
    await mine();
    service.answerWith(async () => ({ status: 503, body: '' }));
    await w.age(61_000);
    await w.turn();
    expect(await w.signed()).toHaveLength(2);
    // Still more than what was signed for would be asked now, but a block would take it.
    const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = parseTransaction((await w.signed())[0]?.raw as Hex);
    await anvil.client.setNextBlockBaseFeePerGas({
      baseFeePerGas: ((maxFeePerGas - maxPriorityFeePerGas) * 11n) / 12n,
    });
    await mine();
    await w.age(10_000);
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    for (const id of ids) expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('where nothing listens: the error names the setting, and never the address', async () => {
    const url = 'http://127.0.0.1:9/a-path-that-may-be-a-secret';
    const signer = remoteSigner({ url, address: thief, timeout_ms: 1_000 });
    const error = await signer.sign({ type: 'eip1559', chainId: 1, nonce: 0, to: thief }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'signer_away', message: expect.stringContaining('ESCROW_SIGNER_URL') });
    expect(JSON.stringify([(error as Error).message])).not.toContain('secret');
  });

  test('says which keys it has: the doctor asks', async () => {
    expect(await remoteAccounts({ url: anvil.url, timeout_ms: 5_000 })).toContain(
      '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
    );
  });
});

test('anvil’s own eth_signTransaction is a remote signer like any other', async () => {
  const bridge: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
  const signer = remoteSigner({ url: anvil.url, address: bridge, timeout_ms: 5_000 });
  const asked: TransactionSerializableEIP1559 = {
    type: 'eip1559',
    chainId: 31337,
    nonce: 0,
    to: bridge,
    data: '0x',
    value: 0n,
    gas: 21_000n,
    maxFeePerGas: 10n ** 9n,
    maxPriorityFeePerGas: 10n ** 8n,
  };
  const policy = {
    ...{ chainId: 31337, escrows: {}, bridge, token: bridge, junoDepositAddress: bridge, mostAllowed: 0n },
    ...{ maxFeePerGas: 10n ** 11n, maxGas: 5_000_000n },
  };
  const { raw } = await signAllowed(signer, policy, 'noop', asked);
  expect(raw.startsWith('0x02')).toBe(true);
});
