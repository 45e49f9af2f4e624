/** What a person can do at 3 a.m. when another transaction used a nonce of the bridge wallet, and what the chain refuses them. */
import { type AddressInfo, BlockList } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { eq, sql } from 'drizzle-orm';
import { type Hex, parseGwei } from 'viem';
import { foundry } from 'viem/chains';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Call, openChain } from '../../src/chain/door.ts';
import { run } from '../../src/cli/run.ts';
import { effect, foreignAct, leg } from '../../src/reactor/db/schema.ts';
import { createApp } from '../../src/reactor/http/app.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { highestNonce } from '../../src/reactor/wallet/store.ts';
import { lookAtNonce, unsettledOf } from '../../src/reactor/wallet/taken.ts';
import { ALL_WELL } from '../http/world.ts';
import { atOnce } from '../support/at-once.ts';
import { refused } from '../support/refused.ts';
import { startProxy } from './proxy.ts';
import { AMOUNT, answering, DEPTH, type GivenWallet, SPENDER, TOKEN } from './support.ts';
import { useNode } from './use-node.ts';

const here = useNode();
const REASON = ['--reason', 'our own drill with the old key'];
const WEBHOOK = { keys: [], sources: new BlockList(), trustedHops: 0, ratePerMinute: 1_000, mostUnverifiedPerHour: 1 };
const ESCROW: Hex = `0x${'e'.repeat(40)}`;

let server: ServerType | undefined;
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** The command line of one person after the other, against the reactor's own REST. */
async function deskOf(w: GivenWallet) {
  const ctx = { ...w.ctx, settings: { ...w.ctx.settings, junoWebhook: WEBHOOK } };
  const app = createApp(ctx, { health: async () => ALL_WELL });
  const served = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  server = served;
  await new Promise((resolve) => served.once('listening', resolve));
  const url = `http://127.0.0.1:${(served.address() as AddressInfo).port}`;
  const keyOf = async (name: string, role: 'operator' | 'approver') =>
    (await createApiKey(w.db, { name, role })).secret;
  const keys = { olga: await keyOf('olga', 'operator'), pablo: await keyOf('pablo', 'approver') };
  return async (who: keyof typeof keys, ...args: string[]) => {
    const [out, err]: [string[], string[]] = [[], []];
    const environment = { KUSTODIA_URL: url, KUSTODIA_API_KEY: keys[who] };
    const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
    return {
      code,
      text: [...out, ...err].join('\n'),
      last: () => JSON.parse(out.at(-1)?.split('\n').at(-1) ?? 'null'),
    };
  };
}

/** What anvil calls finalised is so far behind its head. */
const ANVIL_FINALIZED = 64;

/** Another transaction from the same key, at a nonce. */
const elsewhere = (
  w: GivenWallet,
  nonce: number,
  call: Partial<Call> & { value?: bigint } = { to: SPENDER, value: 1n },
) =>
  here.anvil.client.sendTransaction({
    ...{ account: w.account, chain: foundry, to: SPENDER, nonce, gas: 200_000n, ...call },
    ...{ maxFeePerGas: parseGwei('90'), maxPriorityFeePerGas: parseGwei('9') },
  });

/** An effect whose nonce another transaction used, as deep as it has to be, and a person was told. */
async function givenTaken(
  w: GivenWallet,
  id: string,
  call?: Parameters<typeof elsewhere>[2],
): Promise<{ id: string; hash: Hex }> {
  await w.turn();
  const [signed] = await w.signedFor(id);
  await here.anvil.client.dropTransaction({ hash: signed?.hash as Hex });
  const hash = await elsewhere(w, signed?.nonce ?? 0, call);
  await here.mine(DEPTH + 1);
  await w.turn();
  expect(await w.stateOf(id)).toMatchObject({ state: 'sending', error: { code: 'nonce_taken' } });
  return { id, hash };
}

test('it is listed with what used it; two people clear it, and the lane goes on at the next nonce', async () => {
  const w = await here.givenWallet();
  const kustodia = await deskOf(w);
  expect((await kustodia('olga', 'wallet', 'nonces')).text).toBe('None.');
  const { id, hash } = await givenTaken(w, await w.record());
  const next = await w.record();
  await w.turn();
  expect(await w.signedFor(next)).toEqual([]);

  const listed = await kustodia('olga', 'wallet', 'nonces');
  expect(listed.text).toMatch(new RegExp(`0 +${id} +chain_approve +none +${hash} of .* may be cleared`));
  expect(listed.text).toContain('Find out first who signed it');
  const clear = ['wallet', 'clear-nonce', id, '--taken-by', hash, ...REASON];
  expect((await kustodia('olga', ...clear, '--dry-run', '--json')).last()).toMatchObject({ dryRun: true });
  expect((await kustodia('olga', 'effect', 'proposals')).text).toBe('None.');
  const proposal: string = (await kustodia('olga', ...clear, '--json')).last().id;
  expect((await kustodia('olga', 'effect', 'approve', proposal, ...REASON)).code).toBe(1);
  expect((await w.stateOf(id))?.state).toBe('sending');
  expect((await kustodia('pablo', 'effect', 'approve', proposal, ...REASON)).text).toBe('Approved and done.');

  expect(await w.stateOf(id)).toMatchObject({ state: 'dead', decidedBy: proposal, error: { code: 'nonce_taken' } });
  expect((await w.signedFor(id)).map(({ succeeded }) => succeeded)).toEqual([false]);
  const { externalId, wallet, nonce } = foreignAct;
  const { bridge } = w.ctx.settings;
  expect(await w.db.select({ hash: externalId, wallet, nonce }).from(foreignAct)).toEqual([
    { hash, wallet: bridge, nonce: 0 },
  ]);
  // It says nothing of the nonces of the wallet that comes after this one.
  expect(await highestNonce(w.ctx, bridge)).toBe(0);
  expect(await highestNonce(w.ctx, '0x000000000000000000000000000000000000beef')).toBeNull();
  const unsaid = { source: 'wallet', externalId: '0x1', nonce: 5, reason: 'drill' } as const;
  await refused(w.db.insert(foreignAct).values(unsaid), /foreign_act_wallet/);
  const { rows } = await w.db.execute(
    sql`SELECT split_part(actor, ' ', 1) AS actor, command FROM reactor.audit_log WHERE subject = ${`effect:${id}`} ORDER BY id`,
  );
  expect(rows).toEqual([
    { actor: 'olga', command: 'propose wallet clear-nonce' },
    { actor: 'pablo', command: 'approve wallet clear-nonce' },
  ]);
  await w.turn();
  expect((await w.signedFor(next)).map(({ nonce }) => nonce)).toEqual([1]);
  await here.mine(DEPTH + 1);
  await w.turn();
  expect((await w.stateOf(next))?.state).toBe('confirmed');
  expect((await kustodia('olga', 'wallet', 'nonces')).text).toBe('None.');
});

describe('the chain refuses', () => {
  /** What the dry run is refused with, or that it was not. */
  async function refusal(w: GivenWallet, { id, hash }: { id: string; hash: string }): Promise<string> {
    const kustodia = await deskOf(w);
    const { code, text } = await kustodia(
      'olga',
      'wallet',
      'clear-nonce',
      id,
      '--taken-by',
      hash,
      '--dry-run',
      ...REASON,
    );
    return code === 0 ? 'not refused' : text;
  }

  test('while our own transaction has a receipt: the RPC was not whole when it was told', async () => {
    const w = await here.givenWallet();
    const id = await w.record();
    await w.turn();
    const [signed] = await w.signedFor(id);
    await here.mine(DEPTH + 1);
    here.proxy.misbehave(async ({ method }) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined));
    await w.turn();
    here.proxy.misbehave();
    expect(await refusal(w, { id, hash: signed?.hash ?? '' })).toContain('The chain has our own transaction at it');
  });

  test('before anybody was told: a reorganisation may still take the other one out', async () => {
    const w = await here.givenWallet();
    const id = await w.record();
    await w.turn();
    const [signed] = await w.signedFor(id);
    await here.anvil.client.dropTransaction({ hash: signed?.hash as Hex });
    const hash = await elsewhere(w, 0);
    await here.mine();
    await w.turn();
    expect(await refusal(w, { id, hash })).toContain('Nobody was told');
  });

  test('what is not as deep as a success would have to be', async () => {
    const w = await here.givenWallet();
    const given = await givenTaken(w, await w.record());
    const deeper = {
      ...w.ctx,
      settings: { ...w.ctx.settings, finality: { ...w.ctx.settings.finality, largeBlocks: 50n } },
    };
    const row = await w.stateOf(given.id);
    const seen = row && (await lookAtNonce(deeper, row, await unsettledOf(w, given.id)));
    expect(seen?.problem).toContain('a reorganisation may still take it out: it needs 50');
  });

  test('what would be sent to Juno again, until every RPC calls the other one final', async () => {
    const w = await here.givenWallet();
    const given = await givenTaken(w, await w.record());
    const problemOf = async (kind: 'chain_approve' | 'chain_return') => {
      const row = await w.stateOf(given.id);
      return row && (await lookAtNonce(w.ctx, { ...row, kind }, await unsettledOf(w, given.id))).problem;
    };
    expect(await problemOf('chain_approve')).toBeNull();
    expect(await problemOf('chain_return')).toContain('Wait, and try again');
    await here.mine(ANVIL_FINALIZED);
    expect(await problemOf('chain_return')).toBeNull();
  });

  test('another transaction than the one that it has there', async () => {
    const w = await here.givenWallet();
    const { id, hash } = await givenTaken(w, await w.record());
    expect(await refusal(w, { id, hash: `0x${'9'.repeat(64)}` })).toContain(`The chain has ${hash} at nonce 0`);
  });

  test('where the other transaction made the very same call: it happened', async () => {
    const w = await here.givenWallet();
    const call = w.ctx.chain.approveCall(SPENDER, 5n);
    const given = await givenTaken(w, await w.record(call), call);
    expect(await refusal(w, given)).toContain('made this very call, so it happened');
  });

  test('an approval after a reorganisation took the other one out: it is looked at again, and nothing is given up', async () => {
    const w = await here.givenWallet();
    const kustodia = await deskOf(w);
    const { id, hash } = await givenTaken(w, await w.record());
    const made = await kustodia('olga', 'wallet', 'clear-nonce', id, '--taken-by', hash, ...REASON, '--json');
    await here.anvil.client.request({ method: 'anvil_reorg', params: [DEPTH + 1, []] } as never);
    const approved = await kustodia('pablo', 'effect', 'approve', made.last().id, ...REASON);
    expect(approved).toMatchObject({ code: 1, text: expect.stringContaining('No block has nonce 0') });
    expect((await w.stateOf(id))?.state).toBe('sending');
  });

  test('where the second RPC does not have the other transaction', async () => {
    const w = await here.givenWallet();
    const { id, hash } = await givenTaken(w, await w.record());
    const second = await startProxy(here.anvil.url);
    onTestFinished(second.stop);
    second.misbehave(async ({ method }) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined));
    const door = { chainId: foundry.id, rpcUrl: here.proxy.url, escrow: SPENDER, token: TOKEN };
    const row = await w.stateOf(id);
    const seenBy = async (rpcUrl2: string | null) => {
      const ctx = { ...w.ctx, chain: openChain({ ...door, rpcUrl2 }) };
      return row && (await lookAtNonce(ctx, row, await unsettledOf(w, id))).problem;
    };
    expect(await seenBy(second.url)).toContain(`One of the RPCs does not have ${hash}`);
    second.misbehave();
    expect(await seenBy(second.url)).toBeNull();
    expect(await seenBy(null)).toBeNull();
  });

  const become = (code: Hex) => here.anvil.client.setCode({ address: ESCROW, bytecode: code });
  const referenceOf = async (w: GivenWallet, id: string): Promise<string> => {
    const rows = await w.db
      .select({ reference: leg.reference })
      .from(effect)
      .innerJoin(leg, eq(sql`${leg.id}::text`, effect.subjectId))
      .where(eq(effect.id, id));
    return rows[0]?.reference ?? '';
  };

  test('a release whose escrow is empty already, and not one whose tokens are still in it', async () => {
    await become(answering(7));
    const w = await here.givenWallet({ escrow: ESCROW });
    const given = await givenTaken(w, await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n)));
    const reference = await referenceOf(w, given.id);
    await become(answering(7, { status: 2, reference }));
    expect(await refusal(w, given)).toContain('it was released, and that ends the step');
    for (const held of [1, 3]) {
      await become(answering(7, { status: held, reference }));
      expect(await refusal(w, given)).toBe('not refused');
    }
  });

  test('a funding whose escrow is there already, and not one that never was made', async () => {
    await become(answering(0));
    const w = await here.givenWallet({ escrow: ESCROW });
    const id = await w.recordOf('chain_fund', atOnce(w.ctx.chain).fundCall(`0x${'0'.repeat(64)}`, AMOUNT, 3n));
    const reference = (await referenceOf(w, id)) as Hex;
    // Its request carries the leg's own reference, which only the recorded leg knows.
    const request = atOnce(w.ctx.chain).fundCall(reference, AMOUNT, 3n);
    await w.db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL session_replication_role = replica`);
      await tx.update(effect).set({ request }).where(eq(effect.id, id));
    });
    const given = await givenTaken(w, id);
    expect(await refusal(w, given)).toBe('not refused');
    await become(answering(7, { status: 1, reference }));
    expect(await refusal(w, given)).toContain('The contract has escrow 7 under this leg’s reference: it was funded');
  });
});
