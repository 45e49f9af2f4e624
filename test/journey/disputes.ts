/** Disputes on the whole journey: who opens them, who decides them, where the money stands and whom it reaches. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestClient, type Hex, http } from 'viem';
import { foundry } from 'viem/chains';
import { expect } from 'vitest';
import { z } from 'zod';
import { openChain } from '../../src/chain/door.ts';
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { createApi } from '../../src/local/api.ts';
import { payoutClabe } from '../../src/local/drive.ts';
import type { World } from '../../src/local/world.ts';
import { keyOf, query, until } from './support.ts';
import { startWorldOf } from './versions.ts';

/** Longer than a dispute takes to be opened, shorter than anybody waits. */
export const CUSTODY_S = 12;
const APPEAL_S = 3;
const STORY_MS = 120_000;
const PAYER = 'Paula Pagadora';
const PAYEE = 'Rita Recipiente';
const REASON = 'the goods are looked at';

type Leg = { id: string; kind: string; state: string; amount: string; code: string | null };
export type DisputeWorld = Awaited<ReturnType<typeof openDisputeWorld>>;

export async function openDisputeWorld(version: EscrowVersion) {
  const world = await startWorldOf(version, { settings: { DISPUTE_APPEAL_S: String(APPEAL_S) } });
  const second = createApi(world.urls.reactor, await keyOf(world, 'approver'));
  const payer = await world.api.createUser({ fullName: PAYER, email: 'paula@example.com' });
  const payee = await world.api.createUser({ fullName: PAYEE, email: 'rita@example.com' });
  const clabe = await until(async () => (await world.api.user(payer.id)).depositClabe);
  let taken = 0;

  const legsOf = (id: string): Promise<Leg[]> =>
    query<Leg>(
      world,
      `SELECT id::text, kind::text, state::text, amount_centavos::text AS amount, attention_code AS code
       FROM reactor.leg WHERE payment_id = $1 ORDER BY created_at, kind, id`,
      [id],
    );
  /** Throws what it was at when the time is over. */
  const wanted = async <T>(what: string, ask: () => Promise<T | null | false>, shown: () => Promise<unknown>) => {
    const deadline = performance.now() + STORY_MS;
    for (;;) {
      const answer = await ask();
      if (answer) return answer;
      if (performance.now() > deadline) throw new Error(`${what}: ${JSON.stringify(await shown())}`);
      await delay(100);
    }
  };
  const untilState = (id: string, ...states: string[]) =>
    wanted(
      `never ${states.join(' or ')}`,
      async () => (await legsOf(id)).some(({ state }) => states.includes(state)),
      async () => [await legsOf(id), await world.api.call(`/payments/${id}/why`)],
    );
  const untilEnded = (id: string) =>
    wanted(
      'never at its end',
      async () => {
        const legs = await legsOf(id);
        return legs.every(({ state }) => state === 'completed' || state === 'replaced') && legs;
      },
      async () => [await legsOf(id), await world.api.call(`/payments/${id}/why`)],
    );
  const escrowOf = async (id: string): Promise<string | undefined> => {
    const [row] = await query<{ status: string }>(
      world,
      `SELECT e.status::text FROM indexed.escrow e JOIN reactor.leg l ON l.reference = e.reference WHERE l.payment_id = $1`,
      [id],
    );
    return row?.status;
  };

  return {
    version,
    world,
    legsOf,
    untilState,
    untilEnded,
    escrowOf,
    untilEscrow: (id: string, status: string) =>
      wanted(
        `the escrow is never ${status}`,
        async () => (await escrowOf(id)) === status,
        async () => [await escrowOf(id), await legsOf(id), await world.api.call(`/payments/${id}/why`)],
      ),
    /** A payment that is asked for and paid in; each has accounts of its own. */
    paidIn: async (custodySeconds = CUSTODY_S) => {
      const n = taken++;
      const amount = `${1_000 + n}.5${n % 10}`;
      const accounts = { payee: payoutClabe(2 * n), payer: payoutClabe(2 * n + 1) };
      const { id } = await world.api.createPayment({
        ...{ payerId: payer.id, recipientId: payee.id, amount, custodySeconds },
        ...{ payout: { clabe: accounts.payee, legalName: PAYEE }, concept: 'to be disputed' },
      });
      await world.deposit(clabe, amount);
      return { id, centavos: BigInt(amount.replace('.', '')), ...accounts };
    },
    open: async (id: string, by: 'payer' | 'recipient' = 'payer'): Promise<string> =>
      z.object({ id: z.string() }).parse(
        await world.api.call('/disputes', {
          ...{ payment: id, by, reasonCode: 'not_received', statement: 'The goods never came.', reason: REASON },
        }),
      ).id,
    disputesOf: async (id: string) =>
      z
        .object({ disputes: z.array(z.object({ id: z.string(), openedBy: z.string(), state: z.string() })) })
        .parse(await world.api.call(`/disputes?payment=${id}`)).disputes,
    show: (disputeId: string) => world.api.call(`/disputes/${disputeId}`),
    appeal: (disputeId: string, by: 'payer' | 'recipient') =>
      world.api.call(`/disputes/${disputeId}/appeals`, { by, text: 'That is not what was agreed.', reason: REASON }),
    /** Two people decide, as soon as the account that money goes back to is verified. */
    decide: async (disputeId: string, terms: object, account?: string) => {
      const payout = account === undefined ? {} : { payout: { clabe: account, legalName: PAYER } };
      const { id } = z
        .object({ id: z.string() })
        .parse(await world.api.call(`/disputes/${disputeId}/proposals`, { ...terms, ...payout, reason: REASON }));
      await wanted(
        'never approved',
        () =>
          second.call(`/proposals/${id}/approve`, { reason: REASON }).then(
            () => true,
            (error: Error) => {
              if (!/account_not_verified|in_progress/.test(error.message)) throw error;
              return false;
            },
          ),
        async () => id,
      );
    },
    /** Centavos that stand at an account, by the sandbox's own outbox. */
    standing: async (account: string): Promise<bigint> =>
      (await world.outbox())
        .filter((one) => one.clabe === account && one.returned === undefined)
        .reduce((sum, one) => sum + one.amount_centavos, 0n),
    /**
     * Somebody else has the key. The wallet's nonces are put back as they were, so that nobody knows of it but the contract; nothing
     * else may be under way meanwhile, or the chain would mine the same bytes twice.
     */
    disputeInContract: async (id: string): Promise<void> => {
      const [row] = await query<{ escrow_id: string }>(
        world,
        `SELECT escrow_id::text FROM reactor.leg WHERE payment_id = $1`,
        [id],
      );
      const { contracts, urls } = world;
      const client = createTestClient({ mode: 'anvil', chain: foundry, transport: http(urls.chain) });
      const door = openChain({
        ...{ chainId: foundry.id, rpcUrl: urls.chain, escrow: contracts.escrow, token: contracts.token },
        escrowVersion: version,
      });
      const call = door.escrow.disputeCall(BigInt(row?.escrow_id ?? 0), 'by hand');
      const bridge = bridgeOf(world);
      await client.impersonateAccount({ address: bridge });
      const nonce = await door.minedNonce(bridge);
      await client.request({
        method: 'eth_sendTransaction',
        params: [{ from: bridge, to: call.to, data: call.data, gas: '0x100000' }],
      } as never);
      await client.mine({ blocks: 1 });
      await client.setNonce({ address: bridge, nonce });
      await client.stopImpersonatingAccount({ address: bridge });
    },
  };
}

const bridgeOf = ({ environmentFile }: World): Hex => {
  const found = /^ESCROW_BRIDGE_WALLET='(0x[0-9a-fA-F]{40})'$/m.exec(readFileSync(environmentFile, 'utf8'));
  if (!found) throw new Error('the world names no bridge wallet');
  return found[1] as Hex;
};

/** Past its date and disputed nothing of it is released; then it goes back to the payer. */
export async function forThePayer(here: DisputeWorld): Promise<void> {
  const payment = await here.paidIn();
  await here.untilState(payment.id, 'in_custody');
  const dispute = await here.open(payment.id);
  await here.untilEscrow(payment.id, 'disputed');
  await delay(CUSTODY_S * 1_000);
  expect((await here.legsOf(payment.id)).map(({ state, code }) => [state, code])).toEqual([['in_custody', null]]);
  expect(await here.escrowOf(payment.id)).toBe('disputed');
  await here.decide(dispute, { outcome: 'payer' }, payment.payer);
  const legs = await here.untilEnded(payment.id);
  expect(legs.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['custody replaced', 'refund completed']);
  expect([await here.standing(payment.payer), await here.standing(payment.payee)]).toEqual([payment.centavos, 0n]);
  expect(await here.escrowOf(payment.id)).toBe(here.version === 'v2-pausable' ? 'cancelled' : 'released');
}

/** Decided before its date: the recipient is paid after it, and not sooner. */
export async function forTheRecipient(here: DisputeWorld): Promise<void> {
  const payment = await here.paidIn();
  await here.untilState(payment.id, 'in_custody');
  const dispute = await here.open(payment.id, 'recipient');
  await here.untilEscrow(payment.id, 'disputed');
  await here.decide(dispute, { outcome: 'recipient' });
  const legs = await here.untilEnded(payment.id);
  expect(legs.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['custody completed']);
  expect([await here.standing(payment.payer), await here.standing(payment.payee)]).toEqual([0n, payment.centavos]);
  expect(await here.disputesOf(payment.id)).toMatchObject([{ id: dispute, state: 'final', openedBy: 'recipient' }]);
}

/** The payer appeals against a decision for the recipient, and gets a quarter. */
export async function appealedAndSplit(here: DisputeWorld): Promise<void> {
  const payment = await here.paidIn();
  await here.untilState(payment.id, 'in_custody');
  const dispute = await here.open(payment.id);
  await here.untilEscrow(payment.id, 'disputed');
  await here.decide(dispute, { outcome: 'recipient' });
  await here.appeal(dispute, 'payer');
  await delay((APPEAL_S + 1) * 1_000);
  expect(await here.disputesOf(payment.id)).toMatchObject([{ state: 'open' }]);
  expect(await here.escrowOf(payment.id)).toBe('disputed');
  await here.decide(dispute, { outcome: 'split', payer: { basisPoints: 2_500 } }, payment.payer);
  await here.untilEnded(payment.id);
  const part = payment.centavos / 4n;
  expect([await here.standing(payment.payer), await here.standing(payment.payee)]).toEqual([
    part,
    payment.centavos - part,
  ]);
}

/** Nothing is on chain yet, or it is on its way there: what is recorded gives way, and the payer has it back without an escrow. */
export async function beforeFunding(here: DisputeWorld): Promise<void> {
  const payment = await here.paidIn();
  const dispute = await until(() => here.open(payment.id));
  await here.decide(dispute, { outcome: 'payer' }, payment.payer);
  await here.untilEnded(payment.id);
  expect([await here.standing(payment.payer), await here.standing(payment.payee)]).toEqual([payment.centavos, 0n]);
}

/** Somebody disputes it in the contract itself: the record opens itself, and holds the payment here. */
export async function inTheContract(here: DisputeWorld): Promise<void> {
  const payment = await here.paidIn();
  await here.untilState(payment.id, 'in_custody');
  await here.disputeInContract(payment.id);
  const [dispute] = await until(async () => {
    const all = await here.disputesOf(payment.id);
    return all.length > 0 && all;
  });
  expect(dispute).toMatchObject({ openedBy: 'chain', state: 'open' });
  await delay(CUSTODY_S * 1_000);
  expect((await here.legsOf(payment.id)).map(({ state }) => state)).toEqual(['in_custody']);
  await here.decide(dispute?.id ?? '', { outcome: 'recipient' });
  await here.untilEnded(payment.id);
  expect([await here.standing(payment.payer), await here.standing(payment.payee)]).toEqual([0n, payment.centavos]);
  expect((await here.disputesOf(payment.id)).length).toBe(1);
}

/** Money on its way: what can still be held is held, in the bridge wallet or beyond, and what has left is told. */
export async function afterRelease(here: DisputeWorld): Promise<void> {
  const payment = await here.paidIn(2);
  await here.untilState(payment.id, 'releasing', 'released', 'returning');
  const dispute = await here.open(payment.id);
  await delay(3_000);
  expect((await here.standing(payment.payee)) + (await here.standing(payment.payer))).toBe(0n);
  await here.decide(dispute, { outcome: 'payer' }, payment.payer);
  await here.untilEnded(payment.id);
  expect([await here.standing(payment.payer), await here.standing(payment.payee)]).toEqual([payment.centavos, 0n]);
  await expect(here.open(payment.id)).rejects.toThrow('dispute_decided');
}

/** What may be told at once. */
export const STORIES = [forThePayer, forTheRecipient, appealedAndSplit, beforeFunding, afterRelease];
