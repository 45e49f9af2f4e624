import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { maskClabe } from '../../src/money/clabe.ts';
import { apiKey, auditLog, effect, guardSwitch, lane, user, webhookIn } from '../../src/reactor/db/schema.ts';
import { useWorld } from './use-world.ts';
import { ALL_WELL, clabeOf, type World } from './world.ts';

let world: World;

useWorld((opened) => {
  world = opened;
});

const PERSON = { fullName: 'Ana Torres', email: 'ana@example.mx' };
const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;

describe('users', () => {
  test('a new one gets its kill switch, its audit row and its CLABE', async () => {
    const response = await world.post('/api/v1/users', PERSON);
    const body = (await response.json()) as { id: string; depositClabe: string };
    expect(response.status).toBe(201);
    expect(body).toMatchObject({ ...PERSON, clabeStatus: 'assigned', depositClabe: expect.stringMatching(/^\d{18}$/) });
    const [guard] = await world.db
      .select()
      .from(guardSwitch)
      .where(eq(guardSwitch.name, `user:${body.id}`));
    expect(guard?.isStopped).toBe(false);
    const [line] = await world.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, `user:${body.id}`));
    expect(line?.command).toBe('user create');
    expect(JSON.stringify(line)).not.toContain('Torres');
  });

  test('a repeat with the same key is the same user', async () => {
    const idempotencyKey = randomUUID();
    const [first, second] = [
      await world.post('/api/v1/users', PERSON, { idempotencyKey }),
      await world.post('/api/v1/users', PERSON, { idempotencyKey }),
    ];
    expect(await second.json()).toEqual(await first.json());
  });

  test('while Juno has assigned nothing, the CLABE is pending', async () => {
    const id = randomUUID();
    await world.db.insert(user).values({ id });
    await world.db.execute(
      `INSERT INTO reactor.person (user_id, full_name, email) VALUES ('${id}', 'Eva', 'eva@example.mx')`,
    );
    const response = await world.get(`/api/v1/users/${id}`);
    expect(await response.json()).toMatchObject({ depositClabe: null, clabeStatus: 'pending' });
  });

  test('a CLABE whose making was lost and that does not exist shows as a matter for a person, in a sentence', async () => {
    const id = randomUUID();
    await world.db.insert(user).values({ id });
    await world.db.execute(
      `INSERT INTO reactor.person (user_id, full_name, email) VALUES ('${id}', 'Eva', 'eva@example.mx')`,
    );
    await world.db.insert(lane).values({ name: `user:${id}`, epoch: 1 });
    const subject = { subjectKind: 'user', subjectId: id, kind: 'juno_clabe', attempt: 1 } as const;
    const how = {
      key: randomUUID(),
      request: {},
      amount: 0n,
      currency: 'MXN',
      lane: `user:${id}`,
      laneEpoch: 1,
    } as const;
    const effectId = randomUUID();
    await world.db.insert(effect).values({ id: effectId, ...subject, ...how });
    const error = { code: 'look_found_none', text: 'its answer was lost and no trace of it is found outside' };
    for (const given of [{ state: 'sending' }, { state: 'unknown', failures: 8, error }] as const)
      await world.db.update(effect).set(given).where(eq(effect.id, effectId));
    expect(await (await world.get(`/api/v1/users/${id}`)).json()).toMatchObject({
      depositClabe: null,
      clabeStatus: 'needs_attention',
      clabeProblem: expect.stringMatching(/8 times in a row .* no trace of it is found outside.*Look at Juno/),
    });
  });

  test('wrong fields are named', async () => {
    const response = await world.post('/api/v1/users', { fullName: '', email: 'nobody' });
    const body = (await response.json()) as { errors: { field: string }[] };
    expect([response.status, ...body.errors.map((e) => e.field)]).toEqual([422, 'fullName', 'email']);
  });

  test.each(['not-an-id', randomUUID()])('there is none with the id %s', async (id) => {
    const response = await world.get(`/api/v1/users/${id}`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'user_not_found']);
  });
});

describe('what acts outside', () => {
  const reason = 'because it is tried';
  const ACTS = [
    ['token approve', '/api/v1/token/approval'],
    ['juno probe', '/api/v1/juno/probe'],
    ['juno sync', '/api/v1/juno/reading'],
  ] as const;

  test.each(ACTS)(
    '%s: who asked and why is there before anything is done, also where it comes to nothing',
    async (command, path) => {
      const before = await world.db.$count(auditLog, eq(auditLog.command, command));
      expect((await world.post(path, { reason })).status).toBeGreaterThanOrEqual(200);
      expect(await world.db.$count(auditLog, eq(auditLog.command, command))).toBe(before + 1);
    },
  );

  test.each(ACTS)('%s: the key of another request is refused before anything is done', async (_, path) => {
    const idempotencyKey = randomUUID();
    expect((await world.post('/api/v1/users', PERSON, { idempotencyKey })).status).toBe(201);
    const asked = JSON.stringify(world.logged);
    const response = await world.post(path, { reason }, { idempotencyKey });
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'idempotency_key_reused' }]);
    expect(JSON.stringify(world.logged)).toBe(asked);
  });
});

describe('who may do what', () => {
  test.each([undefined, 'Bearer', 'Bearer kus_short', `Bearer kus_${'a'.repeat(43)}`, 'Basic YTpi'])(
    'without a known key nothing answers: %s',
    async (authorization) => {
      for (const path of ['/api/v1/payments', '/api/v1/users/1', '/api/v1/nothing']) {
        const response = await world.app.request(path, authorization ? { headers: { authorization } } : {});
        expect([path, response.status, response.headers.get('content-type')]).toEqual([
          path,
          401,
          'application/problem+json',
        ]);
      }
    },
  );

  test('a revoked key is unknown', async () => {
    const { createApiKey } = await import('../../src/reactor/people/api-key.ts');
    const { id, secret } = await createApiKey(world.db, { name: 'gone', role: 'admin' });
    expect((await world.get('/api/v1/payments', secret)).status).toBe(200);
    await world.db.update(apiKey).set({ revokedAt: new Date() }).where(eq(apiKey.id, id));
    expect((await world.get('/api/v1/payments', secret)).status).toBe(401);
  });

  test('the secret of a key is stored nowhere', async () => {
    const rows = JSON.stringify(await world.db.select().from(apiKey));
    for (const secret of Object.values(world.keys)) expect(rows).not.toContain(secret.slice(4));
  });

  test.each(ROLES)('%s', async (role) => {
    const mayCommand = role === 'operator' || role === 'admin';
    const key = world.keys[role];
    expect((await world.get('/api/v1/payments', key)).status).toBe(200);
    const users = await world.db.$count(user);
    const response = await world.post('/api/v1/users', PERSON, { key });
    expect(response.status).toBe(mayCommand ? 201 : 403);
    expect(await world.db.$count(user)).toBe(users + (mayCommand ? 1 : 0));
    if (!mayCommand) expect(((await response.json()) as { code: string }).code).toBe('wrong_role');
    expect((await world.post('/api/v1/payments', {}, { key })).status).toBe(mayCommand ? 422 : 403);
  });

  test('whole CLABEs are for operator and admin', async () => {
    const [payer, recipient] = [await world.createUser(), await world.createUser()];
    const clabe = clabeOf('64618011041234567');
    const made = await world.post('/api/v1/payments', {
      payerId: payer.id,
      recipientId: recipient.id,
      amount: '321.00',
      custodySeconds: 1,
      payout: { clabe, legalName: 'Juan' },
      concept: 'x',
    });
    const { id } = (await made.json()) as { id: string };
    for (const role of ROLES) {
      const isWhole = role === 'operator' || role === 'admin';
      const shown = await (await world.get(`/api/v1/payments/${id}`, world.keys[role])).text();
      const listed = await (await world.get('/api/v1/payments', world.keys[role])).text();
      const person = await (await world.get(`/api/v1/users/${payer.id}`, world.keys[role])).text();
      expect([shown.includes(clabe), shown.includes(maskClabe(clabe))]).toEqual([isWhole, !isWhole]);
      for (const text of [shown, listed, person]) expect(text.includes(payer.depositClabe)).toBe(isWhole);
    }
  });
});

describe('webhooks of Juno', () => {
  const send = (body: string) => world.app.request('/webhooks/juno', { method: 'POST', body });

  test('are kept once, byte for byte, and ring for the intake', async () => {
    const rung: string[] = [];
    await world.queue.work(async (job) => void rung.push(`${job.lane}:${job.id}`), { concurrency: 1 });
    const body = `{"payload": {"id": "${randomUUID()}"}, "odd": "ñ"}`;
    for (const _ of [1, 2, 3]) expect((await send(body)).status).toBe(200);
    await world.restoreQueue();
    const rows = await world.db.select().from(webhookIn);
    const kept = rows.filter((row) => new TextDecoder().decode(row.body) === body);
    expect(kept).toHaveLength(1);
    expect(kept[0]?.hint).toMatchObject({ kind: 'hint' });
    expect(new Set(rung)).toEqual(new Set(['intake:juno']));
  });

  test('that cannot be read are kept too', async () => {
    expect((await send('not json')).status).toBe(200);
    const rows = await world.db.select().from(webhookIn);
    expect(rows.some((row) => new TextDecoder().decode(row.body) === 'not json')).toBe(true);
  });

  test('of 65 KiB are refused and not kept; 64 KiB are', async () => {
    const before = await world.db.$count(webhookIn);
    const response = await send('a'.repeat(65 * 1024));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
    expect(await world.db.$count(webhookIn)).toBe(before);
    expect((await send('a'.repeat(64 * 1024))).status).toBe(200);
    expect(await world.db.$count(webhookIn)).toBe(before + 1);
  });
});

describe('health', () => {
  test('all well: 200, with everything', async () => {
    const response = await world.app.request('/health');
    expect([response.status, await response.json()]).toEqual([200, ALL_WELL]);
    expect(await (await world.app.request('/ready')).json()).toMatchObject({ ready: true });
  });

  test('whoever asks, and however often, it is measured once a second', async () => {
    world.pass(1_000);
    const before = world.measured();
    for (let n = 0; n < 4; n++) await world.app.request(n % 2 === 0 ? '/health' : '/ready');
    expect(world.measured()).toBe(before + 1);
    world.pass(1_000);
    await world.app.request('/health');
    expect(world.measured()).toBe(before + 2);
  });

  test('the indexer stopped: 503, and says so', async () => {
    const ill = { ...ALL_WELL, status: 'degraded' as const, indexer: { ok: false, sentence: 'Start the indexer.' } };
    world.setHealth(ill);
    world.pass(1_000);
    const response = await world.app.request('/health');
    const ready = await world.app.request('/ready');
    world.setHealth(ALL_WELL);
    world.pass(1_000);
    expect([response.status, await response.json()]).toEqual([503, ill]);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, because: 'indexer: Start the indexer.' }]);
  });
});

describe('the rest', () => {
  test('an unknown address is a problem', async () => {
    const response = await world.app.request('/nothing');
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('an error inside is logged without people’s data and answered without its insides', async () => {
    const broken = { ...PERSON, fullName: 'Nombre Secreto' };
    await world.db.execute('ALTER TABLE reactor.person RENAME TO person_gone');
    const response = await world.post('/api/v1/users', broken);
    await world.db.execute('ALTER TABLE reactor.person_gone RENAME TO person');
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([500, 'internal']);
    const lines = world.logged.join('\n');
    expect(lines).toContain('request_failed');
    expect(lines).not.toContain('Secreto');
    for (const secret of Object.values(world.keys)) expect(lines).not.toContain(secret);
  });
});
