import { randomUUID } from 'node:crypto';
import { desc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  effect,
  hold,
  lane,
  leg,
  proposal,
  screening,
  standingTerms,
  walletTransaction,
} from '../../src/reactor/db/schema.ts';
import { startPostgres } from '../support/postgres.ts';
import { clabeOf, openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
let userIds: readonly string[];
let paymentIds: readonly string[];

const MANY = 5;
const reason = 'for the pages';
const each = async <T>(make: (n: number) => Promise<T>): Promise<T[]> => {
  const made: T[] = [];
  for (let n = 0; n < MANY; n++) made.push(await make(n));
  return made;
};

beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  const [payer, recipient] = [await world.createUser(), await world.createUser()];
  userIds = [payer.id, recipient.id];
  const payout = { clabe: clabeOf('64618011041234567'), legalName: 'Juan' };
  const made = await each(async (n) =>
    world.post('/api/v1/payments', {
      ...{ payerId: payer.id, recipientId: recipient.id, custodySeconds: 5, payout, concept: 'x' },
      amount: `20${n}.00`,
    }),
  );
  paymentIds = await Promise.all(made.map(async (one) => ((await one.json()) as { id: string }).id));
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

type Row = { id?: string; userId?: string; version?: number; nonce?: number };
type Page = { nextCursor?: string } & Record<string, Row[]>;

/** Walks a list by pages of two. */
async function walk(path: string, name: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  let cursor: string | undefined = '';
  for (let pages = 0; cursor !== undefined; pages++) {
    expect(pages).toBeLessThan(10);
    const query = `${path.includes('?') ? '&' : '?'}limit=2${cursor && `&cursor=${cursor}`}`;
    const response = await world.get(`/api/v1${path}${query}`);
    expect(response.status, await response.clone().text()).toBe(200);
    const page = (await response.json()) as Page;
    expect(page[name]?.length).toBeLessThanOrEqual(2);
    seen.push(...(page[name] ?? []).map(({ id, userId, version, nonce }) => nonce ?? version ?? id ?? userId));
    cursor = page.nextCursor;
  }
  return seen;
}

test('holds: newest first, each once, those of one moment too', async () => {
  const openedAt = new Date();
  const ids = paymentIds.map(() => randomUUID());
  await world.db.insert(hold).values(
    ids.map((id, n) => ({
      ...{
        id,
        paymentId: paymentIds[n] ?? '',
        kind: 'hold' as const,
        reasonCode: 'kyc',
        sentence: 'x',
        owner: 'operations',
      },
      openedAt,
    })),
  );
  expect(await walk('/holds', 'holds')).toEqual(ids.toSorted().reverse());
  expect(await walk(`/holds?on=payment:${paymentIds[0]}`, 'holds')).toEqual([ids[0]]);
});

test('proposals: those that are open, and those of a subject', async () => {
  for (const name of ['all', 'rail:juno', 'rail:chain']) {
    const path = `/api/v1/guards/switches/${encodeURIComponent(name)}`;
    await world.app.request(`${path}/stop`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${world.keys.operator}`, 'idempotency-key': randomUUID() },
      body: JSON.stringify({ reason }),
    });
    expect((await world.post(`${path}/open`, { reason })).status).toBe(201);
  }
  const rows = await world.db.select().from(proposal);
  const ids = rows.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()).map(({ id }) => id);
  expect(await walk('/proposals', 'proposals')).toEqual(ids);
  expect(await walk('/proposals?subject=switch:all', 'proposals')).toHaveLength(1);
});

test('standing terms: the newest version first', async () => {
  const account = { clabe: clabeOf('64618011041234567'), legalName: 'Juan' };
  await each(async () =>
    world.app.request(`/api/v1/users/${userIds[0]}/standing-terms`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${world.keys.operator}`, 'idempotency-key': randomUUID() },
      body: JSON.stringify({
        ...{ recipientId: userIds[1], payout: account, custodySeconds: 5, concept: 'x', reason },
        ...{ minimum: '100.00', maximum: '200.00' },
      }),
    }),
  );
  expect(await world.db.$count(standingTerms)).toBe(MANY);
  expect(await walk(`/users/${userIds[0]}/standing-terms`, 'versions')).toEqual([5, 4, 3, 2, 1]);
});

test('users who wait for a screening: those of whom nothing was reported first, then those whose ends soonest', async () => {
  const payout = { clabe: clabeOf('64618011041234567'), legalName: 'Juan' };
  const unknown = await each(async (n) => {
    const person = { fullName: 'Eva', email: 'eva@example.mx' };
    const { id } = (await (await world.post('/api/v1/users', person)).json()) as { id: string };
    const terms = { payerId: userIds[0], recipientId: id, custodySeconds: 5, payout, concept: 'x' };
    expect((await world.post('/api/v1/payments', { ...terms, amount: `30${n}.00` })).status).toBe(201);
    return id;
  });
  await world.db.insert(screening).values({
    ...{ userId: userIds[1] ?? '', kyc: 'verified', blacklist: 'clear', reference: 'soon', source: 'test' },
    ...{ checkedAt: new Date(Date.now() + 1_000), validUntil: new Date(Date.now() + 5 * 86_400_000) },
  });
  expect(await walk('/screenings', 'users')).toEqual([...unknown.toSorted(), userIds[1]]);
});

test('disputes: those that are not final, newest first', async () => {
  const ids = [];
  for (const paymentId of paymentIds) {
    await world.db.update(leg).set({ state: 'deposited', cause: 'x' }).where(eq(leg.paymentId, paymentId));
    const said = { payment: paymentId, by: 'payer', reasonCode: 'not_received', statement: 'x', reason };
    const response = await world.post('/api/v1/disputes', said);
    expect(response.status, await response.clone().text()).toBe(201);
    ids.push(((await response.json()) as { id: string }).id);
  }
  expect(await walk('/disputes', 'disputes')).toEqual(ids.toReversed());
});

test('switches of users that are off: two hundred at once, then the others, each once', async () => {
  const { rows } = await world.db.execute<{ name: string }>(
    sql`INSERT INTO reactor.guard_switch (name, is_stopped, reason, changed_by)
      SELECT 'user:' || gen_random_uuid(), true, 'for the pages', 'test' FROM generate_series(1, 230) RETURNING name`,
  );
  const off = rows.map(({ name }) => name);
  const seen: string[] = [];
  let cursor: string | undefined = '';
  for (let pages = 0; cursor !== undefined; pages++) {
    expect(pages).toBeLessThan(3);
    const response = await world.get(`/api/v1/guards${cursor && `?cursor=${cursor}`}`);
    const page = (await response.json()) as { nextCursor?: string; switches: { name: string }[] };
    expect(page.switches.length).toBeLessThanOrEqual(200);
    seen.push(...page.switches.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  expect(seen.filter((name) => off.includes(name)).sort()).toEqual(off.sort());
  expect(seen.filter((name) => name === 'all')).toEqual(['all']);
  expect((await world.get('/api/v1/guards?cursor=all')).status).toBe(422);
});

test('links to approve: the newest two hundred, then the older, each once', async () => {
  const [paymentId = ''] = paymentIds;
  const [row] = await world.db.select().from(leg).where(eq(leg.paymentId, paymentId));
  const { rows } = await world.db.execute<{ id: string }>(
    sql`INSERT INTO reactor.approval_link (id, leg_id, payment_id, party, token_hash, created_by, created_at, expires_at)
      SELECT gen_random_uuid(), ${row?.id}, ${paymentId}, 'payer', encode(sha256(n::text::bytea), 'hex'), 'test', now(), now() + interval '1 hour'
      FROM generate_series(1, 230) AS n RETURNING id`,
  );
  const seen: string[] = [];
  let cursor: string | undefined = '';
  for (let pages = 0; cursor !== undefined; pages++) {
    expect(pages).toBeLessThan(3);
    const path = `/api/v1/payments/${paymentId}/approvals${cursor && `?linksCursor=${cursor}`}`;
    const page = (await (await world.get(path)).json()) as { nextLinksCursor?: string; links: { id: string }[] };
    seen.push(...page.links.map(({ id }) => id));
    cursor = page.nextLinksCursor;
  }
  expect(seen.sort()).toEqual(rows.map(({ id }) => id).sort());
});

test('nonces that another transaction used: the lowest first, each once, and none that nobody was told of', async () => {
  const { chain, settings } = world.ctx;
  // No block has any of them: each is shown as it stands, without a chain.
  Object.assign(world.ctx, { chain: { ...chain, minedNonce: async () => 0, blockNumber: async () => 1n } });
  await world.db.insert(lane).values({ name: 'wallet:pages', epoch: 1 });
  const sign = async (nonce: number, isTold: boolean) => {
    const effectId = randomUUID();
    await world.db.insert(effect).values({
      ...({ id: effectId, subjectKind: 'leg', subjectId: randomUUID(), kind: 'chain_fund', attempt: 1 } as const),
      ...{ key: randomUUID(), request: {}, amount: 0n, currency: 'MXNB', lane: 'wallet:pages', laneEpoch: 1 },
    });
    const error = isTold ? { code: 'nonce_taken' } : null;
    await world.db.update(effect).set({ state: 'sending', error }).where(eq(effect.id, effectId));
    for (const version of [0, 1])
      await world.db.insert(walletTransaction).values({
        ...{ hash: `0x${randomUUID()}`, chainId: settings.chainId, wallet: settings.bridge, nonce, version },
        ...{ effectId, raw: '0x' },
      });
  };
  for (const nonce of [12, 8, 10, 9, 11]) await sign(nonce, nonce !== 10);
  expect(await walk('/wallet/nonces', 'nonces')).toEqual([8, 9, 11, 12]);
  Object.assign(world.ctx, { chain });
});

test('what waits for a person: the largest first, of equal ones the oldest, each once', async () => {
  const [payerId, recipientId] = userIds.toReversed();
  // As much as the largest two that are there, of another payer.
  for (const amount of ['204.00', '203.00'])
    await world.post('/api/v1/payments', {
      ...{ payerId, recipientId, custodySeconds: 5, concept: 'x', amount },
      payout: { clabe: clabeOf('64618011041234567'), legalName: 'Juan' },
    });
  const marked = { attentionCode: 'juno_holds_deposit', attentionText: 'Juno holds it.', attentionOwner: 'operations' };
  await world.db.update(leg).set(marked);
  const all = await world.db.select().from(leg).orderBy(desc(leg.amount), leg.enteredAt, leg.id);
  expect(new Set(all.map(({ amount }) => amount)).size).toBeLessThan(all.length - 1);
  expect(await walk('/attention', 'legs')).toEqual(all.map(({ id }) => id));
  expect((await world.get('/api/v1/attention?cursor=x')).status).toBe(422);
});
