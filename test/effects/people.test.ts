/** What people may decide of an effect, and that no other path leads from unknown to a new key. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { centavos, formatDecimal, type Money } from '../../src/money/money.ts';
import type { FourEyesCommand } from '../../src/reactor/approvals/command.ts';
import { effect } from '../../src/reactor/db/schema.ts';
import { ALLOW_ATTEMPT, RESOLVE_EFFECT } from '../../src/reactor/effects/decide-by-people.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { moveEffect } from '../../src/reactor/effects/send.ts';
import { createApp } from '../../src/reactor/http/app.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { decideLeg } from '../../src/reactor/payment/decide.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import type { Role } from '../../src/reactor/people/roles.ts';
import { ALL_WELL } from '../http/world.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { isDue, rest } from '../support/due.ts';
import { givePayment } from '../support/fixtures.ts';
import { type GivenEffect, givenEffect, HOUR_MS, openRail, PAST_MS, type Rail } from './rail.ts';
import { aLeg, aView } from './view.ts';

const WITHDRAWALS = 'POST /mint_platform/v1/withdrawals';
const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';
const REASON = 'seen with Juno’s support';
const NOT_HAPPENED = { do: 'resolve', how: { as: 'not_happened' }, reason: REASON };
let rail: Rail;
let app: Hono;
let keys: Record<'viewer' | 'olga' | 'pablo' | 'ada' | 'otherOlga', string>;
beforeAll(async () => {
  rail = await openRail();
  app = createApp(rail.context(), { health: async () => ALL_WELL });
  const keyOf = async (name: string, role: Role) => (await createApiKey(rail.db, { name, role })).secret;
  keys = {
    viewer: await keyOf('victor', 'viewer'),
    olga: await keyOf('olga', 'operator'),
    otherOlga: await keyOf('olga', 'approver'),
    pablo: await keyOf('pablo', 'approver'),
    ada: await keyOf('ada', 'admin'),
  };
});
afterAll(() => rail?.close());

async function post(path: string, body: object, key: string, idempotencyKey: string = randomUUID()) {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
  };
  const response = await app.request(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return {
    status: response.status,
    body: (await response.json()) as { id: string; code: string; detail: string; state: string },
  };
}
const get = async (path: string, key = keys.viewer) =>
  (await app.request(`/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
const propose = (id: string, body: object, key = keys.olga, idempotencyKey?: string) =>
  post(`/effects/${id}/proposals`, body, key, idempotencyKey);
const approve = (id: string, key = keys.pablo, idempotencyKey?: string) =>
  post(`/proposals/${id}/approve`, { reason: REASON }, key, idempotencyKey);
const audited = async (id: string) => {
  const { rows } = await rail.db.execute<{ actor: string; command: string; reason: string }>(
    sql`SELECT split_part(actor, ' ', 1) AS actor, command, reason FROM reactor.audit_log WHERE subject = ${`effect:${id}`} ORDER BY id`,
  );
  return rows;
};
/** One whose answer was lost, and of which nothing reached Juno; past its window. */
const lost = async (kind: 'juno_withdrawal' | 'juno_redemption' = 'juno_withdrawal') => {
  const e = await givenEffect(rail, kind);
  await rail.fault('connection_reset_before', kind === 'juno_withdrawal' ? WITHDRAWALS : REDEMPTIONS);
  await e.send(rail.context());
  expect((await e.row()).state).toBe('unknown');
  return e;
};

describe('what is unknown', () => {
  test('is given up by two people, after the window; then there is a new key, and the money leaves once', async () => {
    const e = await lost();
    expect(await get('/effects')).toMatchObject({
      effects: expect.arrayContaining([expect.objectContaining({ id: e.id })]),
    });
    expect(await propose(e.id, NOT_HAPPENED)).toMatchObject({ status: 409, body: { code: 'not_decidable' } });
    await e.age(PAST_MS);
    expect(await propose(e.id, NOT_HAPPENED, keys.viewer)).toMatchObject({ status: 403 });
    expect(await propose(e.id, { do: 'resolve', how: { as: 'not_happened' } })).toMatchObject({ status: 422 });
    const proposing = randomUUID();
    const proposed = await propose(e.id, NOT_HAPPENED, keys.olga, proposing);
    const proposal = proposed.body;
    expect(await propose(e.id, NOT_HAPPENED, keys.ada)).toMatchObject({
      status: 409,
      body: { code: 'already_proposed' },
    });
    expect(await get('/proposals')).toMatchObject({
      proposals: [{ id: proposal.id, proposedBy: 'olga', approvedBy: null }],
    });

    expect((await approve(proposal.id, keys.olga)).body.code).toBe('wrong_role');
    expect((await approve(proposal.id, keys.otherOlga)).body.code).toBe('own_proposal');
    expect((await e.row()).state).toBe('unknown');
    const once = randomUUID();
    const { paymentId } = await e.row();
    await rest(rail.db, paymentId ?? '');
    expect((await approve(proposal.id, keys.pablo, once)).status).toBe(201);
    expect(await isDue(rail.db, paymentId ?? '')).toBe(true);
    expect((await approve(proposal.id, keys.pablo, once)).body.id).toBe(proposal.id);
    expect((await approve(proposal.id, keys.ada)).body.code).toBe('proposal_not_open');
    expect(await e.row()).toMatchObject({ state: 'dead', decidedBy: proposal.id });
    expect(await audited(e.id)).toEqual([
      { actor: 'olga', command: 'propose effect resolve', reason: REASON },
      { actor: 'pablo', command: 'approve effect resolve', reason: REASON },
    ]);

    const second = await e.record(rail.context(), 2);
    expect((await e.row(second)).key).not.toBe(e.key);
    expect(await propose(e.id, NOT_HAPPENED, keys.olga, proposing)).toEqual(proposed);
  });

  test('an administrator cannot approve what they proposed themselves; a proposal can be withdrawn', async () => {
    const e = await lost();
    await e.age(PAST_MS);
    const { body: proposal } = await propose(e.id, NOT_HAPPENED, keys.ada);
    expect((await approve(proposal.id, keys.ada)).body.code).toBe('own_proposal');
    expect((await post(`/proposals/${proposal.id}/withdraw`, { reason: 'a mistake' }, keys.olga)).status).toBe(201);
    expect((await approve(proposal.id)).body.code).toBe('proposal_not_open');
    expect((await e.row()).state).toBe('unknown');
  });

  test('cannot be given up once Juno shows it: it is confirmed by itself', async () => {
    const e = await lost();
    await e.age(PAST_MS);
    const used = randomUUID();
    const { body: proposal } = await propose(e.id, NOT_HAPPENED, keys.olga, used);
    // Between the proposal and the approval Juno's list shows it.
    const address = rail.context().settings.bridge;
    const made = await rail.sandbox.withdraw({ amount: formatDecimal(e.amount), address });
    const only = { id: made.body['payload'].id };
    expect(await approve(proposal.id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('It happened') },
    });
    const look = (key: string) => post(`/effects/${e.id}/look`, { reason: REASON }, keys.olga, key);
    // With the key of another request nobody is asked anything.
    expect((await look(used)).body.code).toBe('idempotency_key_reused');
    expect((await e.row()).state).toBe('unknown');
    const own = randomUUID();
    const found = await look(own);
    expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: only.id });
    expect(await look(own)).toEqual(found);
    expect((await look(randomUUID())).body.code).toBe('not_decidable');
    expect((await audited(e.id)).filter(({ command }) => command === 'effect look')).toEqual([
      { actor: 'olga', command: 'effect look', reason: REASON },
    ]);
  });

  test('is resolved as happened only with a record of Juno’s that can be it', async () => {
    const e = await givenEffect(rail);
    await rail.fault('timeout_after_success', WITHDRAWALS, { ms: 5_000 });
    await e.send(rail.impatient());
    const other = await givenEffect(rail);
    await other.send(rail.context());
    const taken = (await other.row()).externalId ?? '';
    const happened = (externalId: string) => ({ do: 'resolve', how: { as: 'happened', externalId }, reason: REASON });
    expect((await propose(e.id, happened(taken))).body.code).toBe('not_what_it_did');
    const strange = await rail.sandbox.withdraw({
      amount: formatDecimal(other.amount),
      address: rail.context().settings.bridge,
    });
    expect((await propose(e.id, happened(strange.body['payload'].id))).body.code).toBe('not_what_it_did');
    const [mine] = await rail.at('CRYPTO_WITHDRAWAL', e.amount);
    const { body: proposal } = await propose(e.id, happened(mine?.id ?? ''));
    expect((await approve(proposal.id)).status).toBe(201);
    expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: mine?.id });
  });
});

test('what is unknown is not given up while several records outside could be it', async () => {
  const processed = await givenEffect(rail);
  const untouched = await givenEffect(rail, 'juno_withdrawal', { amount: processed.amount });
  for (const [e, fault] of [
    [processed, 'error_34003_after_success'],
    [untouched, 'connection_reset_before'],
  ] as const) {
    await rail.fault(fault, WITHDRAWALS);
    await e.send(rail.context());
    await e.age(PAST_MS);
  }
  await rail.at('CRYPTO_WITHDRAWAL', processed.amount);
  for (const { id } of [processed, untouched])
    expect(await propose(id, NOT_HAPPENED)).toMatchObject({
      status: 409,
      body: { code: 'not_decidable', detail: expect.stringContaining('Several records') },
    });
});

describe('between the questions of an approval and its lane', () => {
  const execute = <P>(command: FourEyesCommand<z.ZodType<P>>, e: GivenEffect, parameters: P) =>
    withLane({ db: rail.db, holder: 'a person' }, e.name, (lane) =>
      rail.db.transaction((tx) =>
        command.execute(tx, rail.context(), { subjectId: e.id, parameters, proposalId: randomUUID(), lane }),
      ),
    );

  test('an answer has come: what is confirmed by now is not given up', async () => {
    const e = await givenEffect(rail);
    await e.send(rail.context());
    const before = await e.row();
    expect(before.state).toBe('confirmed');
    await expect(execute(RESOLVE_EFFECT, e, { as: 'not_happened' })).rejects.toThrow(/It is confirmed/);
    expect(await e.row()).toEqual(before);
  });
  test('it was sent again: no other attempt is allowed beside it', async () => {
    const e = await lost();
    const before = await e.row();
    await expect(execute(ALLOW_ATTEMPT, e, {})).rejects.toThrow(/It is unknown/);
    expect(await e.row()).toEqual(before);
  });
});

describe('a look', () => {
  test('that a person asked for changes nothing of when the machine looks or repeats by itself', async () => {
    const e = await lost();
    const before = await e.row();
    for (let n = 0; n < 3; n++)
      expect((await post(`/effects/${e.id}/look`, { reason: REASON }, keys.olga)).status).toBe(200);
    const { failures, nextLookAt, error } = await e.row();
    expect({ failures, nextLookAt }).toEqual({ failures: before.failures, nextLookAt: before.nextLookAt });
    expect(error).toMatchObject({ code: 'look_found_none' });
  });

  test('comes often enough for a repeat once nothing forbids it, and rarely once nothing can repeat it', async () => {
    const e = await lost();
    const wait_s = async () => {
      for (let n = 0; n < 14; n++) await e.look(rail.context());
      const { rows } = await rail.db.execute<{ s: number }>(
        sql`SELECT extract(epoch FROM next_look_at - reactor.now())::float8 AS s FROM reactor.effect WHERE id = ${e.id}`,
      );
      return rows[0]?.s ?? 0;
    };
    expect(await wait_s()).toBeLessThanOrEqual(60);
    await e.age(PAST_MS);
    expect(await wait_s()).toBeGreaterThan(600);
  });
});

test('another attempt is allowed once', async () => {
  const e = await lost();
  await e.age(PAST_MS);
  await approve((await propose(e.id, NOT_HAPPENED)).body.id);
  expect(await propose(e.id, { do: 'allow-attempt', reason: REASON })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('Another attempt has been allowed already') },
  });
});

describe('a redemption that FAILED', () => {
  const failed = async () => {
    const e = await givenEffect(rail, 'juno_redemption');
    await rail.fault('fail_payout', REDEMPTIONS);
    await e.send(rail.context());
    return e;
  };

  test.each([
    ['was seen back', { returnedBy: { id: 'deposit-1' } }],
    ['was not seen back', {}],
  ])('whose money %s is a person’s: nothing is sent again by itself', async (_what, seen) => {
    const e = await failed();
    const row = await e.row();
    const leg = aLeg('redeeming', { juno_redemption: { ...row, error: null } });
    const facts = { redemption: { id: row.externalId ?? '', status: 'failed' as const, txHash: null }, ...seen };
    expect(decideLeg(aView(), { ...leg, facts })).toMatchObject({ do: 'ask', code: 'failed_not_returned' });
    await expect(rail.db.update(effect).set({ state: 'dead' }).where(eq(effect.id, e.id))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('only two people give it up') },
    });
  });

  test('gets another attempt from two people, once Juno says FAILED', async () => {
    const going = await givenEffect(rail, 'juno_redemption');
    await going.send(rail.context());
    const refused = await propose(going.id, { do: 'allow-attempt', reason: REASON });
    expect(refused.body.code).toBe('not_decidable');
    // The payout that is to fail is the next one.
    await rail.sandbox.settled((await going.row()).externalId ?? '');

    const e = await failed();
    await expect(e.record(rail.context(), 2)).rejects.toThrow();
    const { externalId } = await e.row();
    await until('Juno to let it fail', async () => (await rail.sandbox.settled(externalId ?? '')).status === 'FAILED');
    const { body: proposal } = await propose(e.id, { do: 'allow-attempt', reason: REASON });
    expect((await approve(proposal.id)).status).toBe(201);
    expect(await e.row()).toMatchObject({ state: 'dead', decidedBy: proposal.id });
    const second = await e.record(rail.context(), 2);
    expect((await e.row(second)).key).not.toBe(e.key);
  });
});

test('after a refusal, and after the third attempt, the next one is for two people to allow', async () => {
  const e = await givenEffect(rail);
  const { driver } = {
    driver: {
      isRepeatable: true,
      send: async () => ({ is: 'rejected', code: '0379', text: 'no' }) as const,
      look: async () => ({ found: 'none' }) as const,
    },
  };
  await e.send(rail.context(), driver);
  expect((await e.row()).state).toBe('rejected');
  await expect(e.record(rail.context(), 2)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('for two people to allow') },
  });
  const { body: proposal } = await propose(e.id, { do: 'allow-attempt', reason: REASON });
  expect((await approve(proposal.id)).status).toBe(201);
  await e.record(rail.context(), 2);
});

describe('what a balance does not agree with is not given up', () => {
  const REDEEMED = ['deposit', 'issuance', 'juno_redemption', 'bitso_credit'] as const;
  const write = (paymentId: string, steps: readonly (typeof REDEEMED)[number][], amount: Money<'MXN'>) =>
    rail.db.transaction(async (tx) => {
      for (const step of steps)
        await writeEntry(tx, {
          ...{ id: randomUUID(), key: `${step}:${randomUUID()}`, paymentId, effectId: null, state: 'posted' },
          postings: JOURNEY[step](amount),
        });
    });

  test('a payout at Bitso, of which no trace is found after 24 hours, while its pesos are not in the balance there', async () => {
    const bitso = rail.context().juno;
    const atBitso = createApp(rail.context({ bitso }), { health: async () => ALL_WELL });
    const ask = async () => {
      const headers = { authorization: `Bearer ${keys.olga}`, 'content-type': 'application/json' };
      const response = await atBitso.request(`/api/v1/effects/${id}/proposals`, {
        ...{ method: 'POST', headers: { ...headers, 'idempotency-key': randomUUID() } },
        body: JSON.stringify(NOT_HAPPENED),
      });
      return { status: response.status, body: (await response.json()) as { detail?: string } };
    };
    const given = await givePayment(rail.db, { rail: 'bitso_spei', amount: 34_567n });
    const amount = centavos(given.amount);
    await write(given.paymentId, REDEEMED, amount);
    const ctx = rail.context();
    const id = await withLane({ db: rail.db, holder: 'test' }, `payment:${given.paymentId}`, (lane) =>
      rail.db.transaction(async (tx) => {
        const made = await recordEffect(tx, ctx, lane, {
          ...{ subjectKind: 'leg', subjectId: given.legId, kind: 'bitso_payout', attempt: 1, amount, outgoing: null },
          ...{ paymentId: given.paymentId, request: { body: '{}' }, switches: ['all'] },
          postings: JOURNEY.bitso_payout(amount),
        });
        const [row] = await tx.select().from(effect).where(eq(effect.id, made));
        if (!row) throw new Error('no effect');
        await moveEffect(tx, lane, await moveEffect(tx, lane, row, 'sending', null), 'unknown', null);
        return made;
      }),
    );
    const age = (hours: number) =>
      rail.db
        .update(effect)
        .set({ firstSentAt: new Date(Date.now() - hours * HOUR_MS) })
        .where(eq(effect.id, id));
    expect((await ask()).body.detail).toContain('less than 24 h ago');
    await age(25);
    expect(await ask()).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('Bitso’s balance does not agree') },
    });
    const { body } = await rail.sandbox.redeem({ amount: formatDecimal(amount) });
    await rail.sandbox.settled(body['payload'].id);
    expect((await ask()).status).toBe(201);
  });

  // The last of this file: from here on the books have more than Juno.
  test.each([
    ['a withdrawal', 'juno_withdrawal'],
    ['a payout', 'juno_redemption'],
  ] as const)('%s, while the pool at Juno has less than the books and it', async (_, kind) => {
    const e = await lost(kind);
    await e.age(PAST_MS);
    await write(e.paymentId, ['deposit', 'issuance'], centavos(200_000_000n));
    expect(await propose(e.id, NOT_HAPPENED)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('Juno’s balance does not agree') },
    });
  });
});
