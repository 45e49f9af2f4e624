import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { type Hex, keccak256, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Call, openChain } from '../../src/chain/door.ts';
import { money } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, guardSwitch, walletTransaction } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const SPENDER = `0x${'1'.repeat(40)}` as Hex;
const TOKEN = `0x${'2'.repeat(40)}` as Hex;
const REVERTS = '0x60006000fd';
/** As a custom error with a number in it: 36 bytes, of which most are zero. */
const REVERTS_WITH_NULS = '0x639b0b4afd5f5260076020526024601cfd';

let postgres: TestPostgres;
let anvil: TestAnvil;
let db: Db;
let ctx: Context;
let turn: () => Promise<unknown>;
let trouble: string | null;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil({ args: ['--no-mining'] })]);
});
afterAll(async () => {
  await db?.$client.end();
  await anvil?.stop();
  await postgres?.stop();
});
beforeEach(async () => {
  await db?.$client.end();
  db = await openTestDatabase(await postgres.createDatabase());
  trouble = null;
  const key = generatePrivateKey();
  const bridge = privateKeyToAccount(key).address.toLowerCase() as Hex;
  await anvil.client.setBalance({ address: bridge, value: parseEther('10') });
  await anvil.client.setCode({ address: TOKEN, bytecode: '0x' });
  const chain = openChain({ chainId: 31337, rpcUrl: anvil.url, escrow: SPENDER, token: TOKEN });
  const settings = { keySecret: KEY_SECRET, chainId: 31337, escrow: SPENDER, token: TOKEN, bridge, bridgesBefore: [] };
  // The rest of a context is for other parts; touching it here would throw.
  ctx = {
    ...{ db, chain, queue: memoryQueue(), holder: 'test', log: pino({ level: 'silent' }) },
    settings: {
      ...settings,
      junoDepositAddress: SPENDER,
      finality: { largeBlocks: 3n },
      wallet: { maxFeePerGas: 100n * 10n ** 9n, maxGas: 5_000_000n },
    },
    watchdog: { current: () => ({ trouble }) },
    ...{ now: () => new Date(), monotonic: () => performance.now(), newId: randomUUID },
  } as unknown as Context;
  await haveWalletSwitch(db, bridge);
  turn = walletLane(ctx, localSigner(key, bridge)).turn;
});

/** The intent to approve: at an address without code it is a transaction like any. */
async function recorded(call: Call = ctx.chain.approveCall(SPENDER, 5n)): Promise<string> {
  const subjectId = randomUUID();
  const id = await withLane({ db, holder: 'test' }, `allowance:${subjectId}`, (lane) =>
    db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        ...{ subjectKind: 'wallet', subjectId, kind: 'chain_approve', attempt: 1, paymentId: null, request: call },
        ...{ amount: money('MXNB', 0n), switches: ['all'], outgoing: null, postings: null },
      }),
    ),
  );
  if (id === 'busy') throw new Error('busy');
  return id;
}
const rowOf = async (id: string) => (await db.select().from(effect).where(eq(effect.id, id)))[0];
const signed = () => db.select().from(walletTransaction);

test('what is signed is stored, with its effect as sending, before the node gets it', async () => {
  const id = await recorded();
  const seen: unknown[] = [];
  const { broadcast } = ctx.chain;
  ctx.chain.broadcast = async (raw) => {
    seen.push([(await signed()).map(({ hash }) => hash), (await rowOf(id))?.state, keccak256(raw)]);
    return broadcast(raw);
  };
  await turn();
  const [row] = await signed();
  expect(seen).toEqual([[[row?.hash], 'sending', row?.hash]]);
});

test('what the policy does not allow is not signed', async () => {
  const id = await recorded(ctx.chain.approveCall(TOKEN, 5n));
  await turn();
  expect(await rowOf(id)).toMatchObject({ state: 'recorded', error: { code: 'policy' } });
  expect(await signed()).toEqual([]);
});

test('what would revert is not signed: it is simulated first', async () => {
  await anvil.client.setCode({ address: TOKEN, bytecode: REVERTS });
  const id = await recorded();
  await turn();
  expect(await rowOf(id)).toMatchObject({ state: 'recorded', error: { code: 'would_revert' } });
  expect(await signed()).toEqual([]);
});

test('what a contract says of itself, whatever its bytes, stops neither the lane nor the others', async () => {
  const id = await recorded();
  const other = await recorded();
  const { estimateGas } = ctx.chain;
  let isFirst = true;
  ctx.chain.estimateGas = async (...call) => {
    if (!isFirst) return estimateGas(...call);
    isFirst = false;
    await anvil.client.setCode({ address: TOKEN, bytecode: REVERTS_WITH_NULS });
    try {
      return await estimateGas(...call);
    } finally {
      await anvil.client.setCode({ address: TOKEN, bytecode: '0x' });
    }
  };
  await turn();
  const { error } = (await rowOf(id)) ?? {};
  expect(error).toMatchObject({ code: 'would_revert', text: expect.stringMatching(/^Execution reverted\P{Cc}*$/u) });
  expect(await rowOf(other)).toMatchObject({ state: 'sending' });
});

test('a switch that is thrown after the intent stops the signing', async () => {
  const id = await recorded();
  await db.update(guardSwitch).set({ isStopped: true, reason: 'drill' }).where(eq(guardSwitch.name, 'all'));
  await turn();
  expect(await rowOf(id)).toMatchObject({ state: 'recorded', error: { code: 'switch' } });
  expect(await signed()).toEqual([]);
});

test('while indexer and RPC disagree nothing is signed', async () => {
  const id = await recorded();
  trouble = 'the indexer to catch up';
  await turn();
  expect((await rowOf(id))?.state).toBe('recorded');
  expect(await signed()).toEqual([]);
  trouble = null;
  await turn();
  expect((await rowOf(id))?.state).toBe('sending');
});
