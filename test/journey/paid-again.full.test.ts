/** What comes back, fails, is paid by hand or goes back to the payer, on the whole journey: each peso is paid once. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Api, createApi, type Rail } from '../../src/local/api.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { clabeOf, payoutClabe } from '../../src/local/drive.ts';
import { armFault, giveBack } from '../../src/local/juno.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS, keyOf, query, SHORT_DELAYS, until } from './support.ts';

const PAYER = 'Paula Pagadora';
const PAYEE = 'Rita Recipiente';
const REASON = 'the bank of the recipient says so';
const CEP = 'https://www.banxico.org.mx/cep/go?i=90710';

let world: World;
let second: Api;
let people: { payer: { id: string; clabe: string }; payee: { id: string } };
beforeAll(async () => {
  world = await startWorld({
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
    settings: { JUNO_ISSUANCE_PATIENCE_S: '1' },
  });
  second = createApi(world.urls.reactor, await keyOf(world, 'approver'));
  const payer = await world.api.createUser({ fullName: PAYER, email: 'paula@example.com' });
  const payee = await world.api.createUser({ fullName: PAYEE, email: 'rita@example.com' });
  const clabe = await until(async () => (await world.api.user(payer.id)).depositClabe);
  people = { payer: { id: payer.id, clabe }, payee };
}, JOURNEY_TIMEOUT_MS);
afterAll(() => world?.stop());

let taken = 0;
/** A payment that is asked for and paid in, by a rail to an account of its own. */
async function paidIn(rail: Rail = 'bank_redemption', custodySeconds = 1) {
  const n = taken++;
  const amount = `${1_000 + n}.5${n % 10}`;
  const clabe = rail === 'bitso_transfer' ? clabeOf('710') : payoutClabe(n);
  const { id } = await world.api.createPayment({
    ...{ payerId: people.payer.id, recipientId: people.payee.id, amount, custodySeconds },
    ...{ payout: { clabe, legalName: PAYEE, rail }, concept: 'to be paid again' },
  });
  return { id, amount, clabe, deposit: () => world.deposit(people.payer.clabe, amount) };
}

type Leg = { id: string; state: string; kind: string; rail: string; code: string | null };
const legsOf = (id: string): Promise<Leg[]> =>
  query<Leg>(
    world,
    `SELECT id::text, state::text, kind::text, rail::text, attention_code AS code FROM reactor.leg WHERE payment_id = $1 ORDER BY created_at, id`,
    [id],
  );
const untilStates = async (id: string, ...states: string[]): Promise<Leg[]> => {
  const deadline = performance.now() + 90_000;
  for (;;) {
    const legs = await legsOf(id);
    if (legs.length === states.length && legs.every(({ state }, i) => state === states[i])) return legs;
    if (performance.now() > deadline) throw new Error(`not ${states.join(', ')}: ${JSON.stringify(legs)}`);
    await delay(100);
  }
};
const lastOf = (legs: readonly Leg[]): Leg => {
  const last = legs.at(-1);
  if (!last) throw new Error('a payment has a leg');
  return last;
};
/** What stands at an account, by the sandbox's own outbox. */
const standing = async (clabe: string) =>
  (await world.outbox()).filter((one) => one.clabe === clabe && one.returned === undefined);
async function sendBack(clabe: string): Promise<void> {
  const [order] = await standing(clabe);
  if (!order) throw new Error(`nothing stands at ${clabe}`);
  await giveBack(world.sandboxBooks, order.transaction_id);
}

const MADE = z.object({ id: z.string() });
const refusal = async (asked: Promise<unknown>): Promise<string> => {
  const said = await asked.then(
    (answer) => `nothing was refused: ${JSON.stringify(answer)}`,
    (error: Error) => error.message,
  );
  return /"code":"(\w+)"/.exec(said)?.[1] ?? said;
};
const propose = async (id: string, body: object): Promise<string> =>
  MADE.parse(await world.api.call(`/payments/${id}/proposals`, { ...body, reason: REASON })).id;
/** Does it as soon as what it needs is there: the account verified, the money seen. Throws what refuses it for good. */
async function approve(proposal: string): Promise<unknown> {
  for (;;) {
    try {
      return await second.call(`/proposals/${proposal}/approve`, { reason: REASON });
    } catch (error) {
      if (!/account_not_verified|in_progress|money_not_seen|not_decidable/.test(String(error))) throw error;
      await delay(100);
    }
  }
}
const to = (clabe: string, legalName = PAYEE) => ({ clabe, legalName });
/** Asked for until the returned money is seen somewhere. */
const proposeRepay = (id: string, legId: string, clabe: string): Promise<string> =>
  until(() => propose(id, { do: 'repay', legId, payout: to(clabe) }).catch(() => null));

describe.concurrent('what comes back', () => {
  test('days later is paid to another account, comes back from there too, and is paid a third time', {
    timeout: JOURNEY_TIMEOUT_MS,
  }, async () => {
    const { id, clabe, deposit } = await paidIn();
    await deposit();
    const [first] = await untilStates(id, 'completed');
    const legId = first?.id ?? '';
    expect(await refusal(propose(id, { do: 'repay', legId, payout: to(payoutClabe(900)) }))).toBe(
      'leg_not_payable_now',
    );
    await sendBack(clabe);
    await untilStates(id, 'payout_returned');

    const other = payoutClabe(901);
    const wrong = `${other.slice(0, 17)}${(Number(other[17]) + 1) % 10}`;
    expect(await refusal(propose(id, { do: 'repay', legId, payout: to(wrong) }))).toBe('invalid_request');
    expect(await refusal(propose(id, { do: 'repay', legId: randomUUID(), payout: to(other) }))).toBe('leg_not_found');
    const proposal = await proposeRepay(id, legId, other);
    expect(await refusal(world.api.call(`/proposals/${proposal}/approve`, { reason: REASON }))).toBe('own_proposal');
    await approve(proposal);
    const [, again] = await untilStates(id, 'replaced', 'completed');
    expect(again).toMatchObject({ kind: 'custody', rail: 'bank_redemption' });
    expect([await standing(clabe), await standing(other)].map(({ length }) => length)).toEqual([0, 1]);

    await sendBack(other);
    await untilStates(id, 'replaced', 'payout_returned');
    const third = payoutClabe(902);
    await approve(await proposeRepay(id, again?.id ?? '', third));
    await untilStates(id, 'replaced', 'replaced', 'completed');
    expect([await standing(clabe), await standing(other), await standing(third)].map(({ length }) => length)).toEqual([
      0, 0, 1,
    ]);
  });

  test('to the Bitso balance is paid from there, by the rail that the new account needs', {
    timeout: JOURNEY_TIMEOUT_MS,
  }, async () => {
    const { id, clabe, deposit } = await paidIn('bitso_spei');
    await deposit();
    const [first] = await untilStates(id, 'completed');
    await sendBack(clabe);
    await untilStates(id, 'payout_returned');
    const other = clabeOf('710');
    await approve(await proposeRepay(id, first?.id ?? '', other));
    const legs = await untilStates(id, 'replaced', 'completed');
    expect(lastOf(legs).rail).toBe('bitso_transfer');
    expect(await standing(other)).toHaveLength(1);
    // It was redeemed once: the pesos were at Bitso already.
    const redemptions = await query(
      world,
      `SELECT 1 FROM reactor.effect WHERE payment_id = $1 AND kind = 'juno_redemption'`,
      [id],
    );
    expect(redemptions).toHaveLength(1);
  });

  test('two people who decide at once, one that it is paid again and one that it was paid by hand: one of it is done', {
    timeout: JOURNEY_TIMEOUT_MS,
  }, async () => {
    const { id, clabe, deposit } = await paidIn();
    await deposit();
    const [first] = await untilStates(id, 'completed');
    const legId = first?.id ?? '';
    await sendBack(clabe);
    await untilStates(id, 'payout_returned');
    const other = payoutClabe(910);
    const repay = await proposeRepay(id, legId, other);
    const settle = await propose(id, { do: 'settle-outside', legId, how: { trackingKey: 'HAND910', cepLink: CEP } });
    await until(async () => {
      const [row] = await query<{ ok: boolean }>(
        world,
        `SELECT verified_at IS NOT NULL AS ok FROM reactor.destination WHERE clabe = $1`,
        [other],
      );
      return row?.ok;
    });
    const ends = await Promise.all([repay, settle].map((proposal) => refusal(approve(proposal))));
    expect(ends.filter((end) => end.startsWith('nothing was refused'))).toHaveLength(1);
    expect(ends.filter((end) => /leg_not_payable_now|payout_may_stand/.test(end))).toHaveLength(1);
    const legs = await until(async () => {
      const all = await legsOf(id);
      return all.every(({ state }) => ['replaced', 'completed', 'closed'].includes(state)) && all;
    });
    const paid = legs.filter(({ state }) => state === 'completed').length;
    expect(await standing(other)).toHaveLength(paid);
    expect(paid + legs.filter(({ state }) => state === 'closed').length).toBe(1);
  });
});

test.concurrent('what failed at Bitso is paid from Bitso, to another account', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const { id, amount, deposit } = await paidIn('bitso_spei');
  await armFault(world.sandboxBooks, { name: 'fail_payout', endpoint: 'POST /v3/withdrawals', text: `"${amount}"` });
  await deposit();
  const [first] = await untilStates(id, 'payout_failed');
  const other = payoutClabe(920);
  await approve(await propose(id, { do: 'repay', legId: first?.id, payout: to(other) }));
  const legs = await untilStates(id, 'replaced', 'completed');
  expect(lastOf(legs).rail).toBe('bitso_spei');
  expect(await standing(other)).toHaveLength(1);
});

test.concurrent('what a person paid by hand is paid by no automation any more, and its money is Kustodia’s own', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const { id, clabe, deposit } = await paidIn();
  await deposit();
  const [first] = await untilStates(id, 'completed');
  const legId = first?.id ?? '';
  const how = { trackingKey: 'HAND930', cepLink: `${CEP}&d=930` };
  expect(await refusal(propose(id, { do: 'settle-outside', legId, how }))).toBe('leg_not_payable_now');
  await sendBack(clabe);
  await untilStates(id, 'payout_returned');
  const proposal = await until(() => propose(id, { do: 'settle-outside', legId, how }).catch(() => null));
  await approve(proposal);
  await untilStates(id, 'closed');
  expect(await refusal(propose(id, { do: 'repay', legId, payout: to(payoutClabe(931)) }))).toBe('leg_not_payable_now');
  expect(await standing(clabe)).toEqual([]);
  const books = await query(
    world,
    `SELECT account FROM reactor.ledger_balance WHERE owner = $1 AND account <> 'conversion' AND posted + pending <> 0 UNION ALL
     SELECT account FROM reactor.ledger_balance WHERE account = 'own' AND owner = 'general' AND currency = 'MXN' AND posted < 0`,
    [id],
  );
  expect(books).toEqual([{ account: 'own' }]);
});

describe.concurrent('what goes back to the payer', () => {
  const own = (clabe: string) => ({ what: 'full', payout: to(clabe, PAYER) });

  test('before any escrow is made, and to nobody but the payer', { timeout: JOURNEY_TIMEOUT_MS }, async () => {
    const { id, clabe, deposit } = await paidIn();
    const back = payoutClabe(940);
    expect(await refusal(propose(id, { do: 'refund', ...own(back) }))).toBe('nothing_to_refund');
    const hold = randomUUID();
    await query(
      world,
      `INSERT INTO reactor.hold (id, payment_id, kind, reason_code, sentence, owner) VALUES ($1, $2, 'dispute', 'asked', 'the payer asks', 'support')`,
      [hold, id],
    );
    await deposit();
    await untilStates(id, 'deposited');
    const strangers = { what: 'full', payout: to(payoutClabe(941), PAYEE) };
    expect(await refusal(propose(id, { do: 'refund', ...strangers }))).toBe('not_the_payers_account');
    await approve(await propose(id, { do: 'refund', ...own(back) }));
    // A dispute keeps the money where it is; what is ordered comes when it is over.
    await untilStates(id, 'deposited');
    await query(world, 'UPDATE reactor.hold SET closed_at = now() WHERE id = $1', [hold]);
    const legs = await untilStates(id, 'replaced', 'completed');
    expect(lastOf(legs).kind).toBe('refund');
    expect([await standing(clabe), await standing(back)].map(({ length }) => length)).toEqual([0, 1]);
    expect(await refusal(propose(id, { do: 'refund', ...own(back) }))).toBe('nothing_to_refund');
  });

  test('out of an escrow long before that is over, by the approver’s signature, and says so', {
    timeout: JOURNEY_TIMEOUT_MS,
  }, async () => {
    const { id, clabe, deposit } = await paidIn('bank_redemption', 7_200);
    const back = payoutClabe(950);
    await deposit();
    const [first] = await untilStates(id, 'in_custody');
    const preview = await world.api.call(`/payments/${id}/proposals?dryRun=true`, {
      ...{ do: 'refund', reason: REASON, ...own(back) },
    });
    expect(preview).toMatchObject({
      dryRun: true,
      parts: [{ legId: first?.id, state: 'in_custody', when: expect.stringContaining('an approver signs for that') }],
      left: [],
    });
    await approve(await propose(id, { do: 'refund', ...own(back) }));
    const legs = await untilStates(id, 'replaced', 'completed');
    expect(lastOf(legs).kind).toBe('refund');
    expect([await standing(clabe), await standing(back)].map(({ length }) => length)).toEqual([0, 1]);
  });
});

test('the auditor has nothing to say of all that', { timeout: JOURNEY_TIMEOUT_MS }, async () => {
  expect(await auditWorld(world)).toEqual([]);
});
