/** What the approver signs and what it does not, over a real chain and a real Postgres. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApprover } from '../../src/approver/open.ts';
import { readApproverSettings } from '../../src/approver/settings.ts';
import { destination, guardSwitch, hold, proposal, refundOrder, wideHold } from '../../src/reactor/db/schema.ts';
import { openDispute } from '../../src/reactor/disputes/open.ts';
import { withdrawApproval } from '../../src/reactor/release/approve.ts';
import { APPROVER, BRIDGE, STRANGER } from '../indexer/escrows.ts';
import { decided } from '../release/desk.ts';
import { answerTo } from '../support/answer-to.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { call } from './call.ts';
import { type Answer, type ApproverWorld, openApproverWorld, TOKEN } from './world.ts';

let postgres: TestPostgres;
let own: ApproverWorld;
let approver: Awaited<ReturnType<ApproverWorld['start']>>;
/** Both have approved it. */
let approved: Awaited<ReturnType<ApproverWorld['inCustody']>>;
beforeAll(async () => {
  postgres = await startPostgres();
  own = await openApproverWorld(postgres);
  approver = await own.start();
  approved = await own.inCustody('approvals', 150_211n);
  await own.approve(approved, 'payer');
  await own.approve(approved, 'recipient');
}, 240_000);
afterAll(async () => {
  await own?.close();
  await postgres?.stop();
});
let given = 151_000n;
const another = (release: 'approvals' | 'date' = 'approvals') => {
  given += 1_013n;
  return own.inCustody(release, given);
};
const ACTOR = { id: randomUUID(), name: 'Ana', role: 'operator' } as const;
const db = () => own.world.db;
const signed = (answer: Answer) =>
  expect(answer).toMatchObject({ status: 200, result: expect.stringMatching(/^0x[0-9a-f]{130}$/) });
const refused = (answer: Answer, why: string) => {
  expect(answer.result).toBeUndefined();
  expect(answer.error?.message).toContain(why);
  expect(answer.error?.message).toContain('Nothing was signed');
};
const tried = async (...parameters: Parameters<ApproverWorld['asked']>) =>
  approver.post(await own.asked(...parameters));

/** What the chain says of an early release with this signature in it. */
async function released(payment: typeof approved, signature: string, expiry: number): Promise<bigint> {
  const { escrowId } = await own.world.legOf(payment.paymentId);
  const { escrow } = own.world.chain;
  const early = { act: 'release', approver: APPROVER.address, expiry, signature: signature as Hex } as const;
  const made = escrow.early?.call(escrowId ?? 0n, early);
  if (!made) throw new Error('no early release');
  return own.world.chain.estimateGas(made, BRIDGE.address);
}

test('it signs what both have approved, the chain takes the signature, and it is written down', async () => {
  const { timestamp } = await own.world.anvil.client.getBlock();
  const expiry = Number(timestamp) + 7_200;
  const answer = await tried(approved, 'release', { expiry });
  signed(answer);
  expect(await released(approved, answer.result ?? '', expiry)).toBeGreaterThan(21_000n);
  const line = own.logged.find(({ event }) => event === 'signed');
  expect(line).toMatchObject({ paymentId: approved.paymentId, legId: approved.legId, act: 'release', disputes: 0 });
  expect(JSON.stringify(own.logged)).not.toMatch(new RegExp(`${TOKEN}|${answer.result}`));
});

describe('it does not sign', () => {
  test('with one approval, with one that was taken back, or one that is no more', async () => {
    const payment = await another();
    refused(await tried(payment, 'release'), 'lacks the approval of payer and recipient');
    await own.approve(payment, 'payer');
    refused(await tried(payment, 'release'), 'lacks the approval of recipient');
    const { id } = await own.approve(payment, 'recipient');
    signed(await tried(payment, 'release'));
    await db().transaction((tx) =>
      withdrawApproval(tx, { actor: ACTOR, paymentId: payment.paymentId, id, reason: 'changed my mind' }),
    );
    refused(await tried(payment, 'release'), 'lacks the approval of recipient');
  });

  test('with an approval that has expired, though both clocks must say so', async () => {
    const payment = await another();
    await own.approve(payment, 'payer');
    await own.approve(payment, 'recipient');
    const client = await db().$client.connect();
    try {
      // Nothing less lets an approval be older than its custody: nor does an early end see one that is, in a sound database.
      await client.query("BEGIN; SET LOCAL session_replication_role = 'replica'");
      await client.query(`UPDATE reactor.leg SET deadline_seconds = 1 WHERE id = '${payment.legId}'`);
      await client.query(
        `UPDATE reactor.release_approval SET given_at = now() - interval '40 days' WHERE leg_id = '${payment.legId}' AND party = 'payer'`,
      );
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    refused(await tried(payment, 'release'), 'lacks the approval of payer');
  });

  test('where the date alone decides', async () => {
    const payment = await another('date');
    refused(await tried(payment, 'release'), 'lacks the approval of date');
  });

  test('for another contract, chain, escrow, reference, count of disputes or key', async () => {
    const other = await another();
    const { escrowId, reference } = await own.world.legOf(other.paymentId);
    const of = { escrowId: escrowId ?? 0n, reference: reference as Hex };
    refused(await tried(approved, 'release', { contract: own.world.contracts.token as Hex }), 'none of its contracts');
    refused(await tried(approved, 'release', { chainId: 1 }), 'not its chain');
    refused(await tried(approved, 'release', { escrowId: of.escrowId }), 'another escrow');
    refused(await tried(approved, 'release', { reference: of.reference }), 'another escrow');
    refused(await tried(approved, 'release', of), 'lacks the approval of payer and recipient');
    refused(await tried(approved, 'release', { reference: `0x${'7'.repeat(64)}` }), 'no payment here');
    refused(await tried(approved, 'release', { disputes: 1 }), 'another number of disputes');
    const body = JSON.parse(await own.asked(approved, 'release')) as { params: [string, string] };
    refused(await approver.post(call(STRANGER.address, body.params[1])), 'no key of that account');
  });

  test('for no time, or for longer than a day', async () => {
    const { timestamp } = await own.world.anvil.client.getBlock();
    for (const expiry of [Number(timestamp), Number(timestamp) + 25 * 3600])
      refused(await tried(approved, 'release', { expiry }), 'for no time, or for too long');
  });

  test('other data, other types, or by another method', async () => {
    const body = await own.asked(approved, 'release');
    for (const wrong of [
      body.replace('eth_signTypedData', 'eth_sign'),
      body.replaceAll('ReleaseEarly', 'Permit'),
      body.replaceAll('KustodiaEscrow', 'Other'),
      body.replace('uint24', 'uint16'),
      await own.asked(approved, 'release', { types: {} }),
      '{}',
      'nothing',
    ])
      refused(await approver.post(wrong), 'signs ReleaseEarly and CancelEarly');
  });

  test('once a dispute is opened, here or on the chain alone', async () => {
    const here = await another();
    await own.approve(here, 'payer');
    await own.approve(here, 'recipient');
    const said = { payment: here.paymentId, by: 'payer', reasonCode: 'not_received', statement: 'x' } as const;
    await db().transaction((tx) => openDispute(tx, own.world.ctx, ACTOR, { ...said, reason: 'the payer says so' }));
    refused(await tried(here, 'release'), 'an open dispute');

    const there = await another();
    await own.approve(there, 'payer');
    await own.approve(there, 'recipient');
    const { reference } = await own.world.legOf(there.paymentId);
    const byAnother = await own.world.contracts.anotherBridge();
    await byAnother('dispute', reference as Hex, 'contested');
    refused(await tried(there, 'release'), 'disputed on the chain');
  });

  test('under a hold on the payment, or on all that goes over a rail', async () => {
    const row = { id: randomUUID(), reasonCode: 'x', sentence: 'Ana Ruiz says so', owner: 'operations' };
    await db()
      .insert(hold)
      .values({ ...row, paymentId: approved.paymentId, kind: 'hold' });
    refused(await tried(approved, 'release'), 'an open hold');
    await db().update(hold).set({ closedAt: sql`reactor.now()` }).where(eq(hold.id, row.id));
    for (const switchName of ['rail:bank_redemption', `user:${approved.payerId}`]) {
      const id = randomUUID();
      await db()
        .insert(wideHold)
        .values({ ...row, id, switchName });
      const answer = await tried(approved, 'release');
      refused(answer, 'an open hold');
      expect(answer.error?.message).not.toContain('Ana');
      await db().update(wideHold).set({ closedAt: sql`reactor.now()` }).where(eq(wideHold.id, id));
    }
    signed(await tried(approved, 'release'));
  });

  test('under a switch of all, a rail or a user, and where there is none of them', async () => {
    const names = ['all', 'recovery', 'rail:chain', 'rail:juno', 'rail:bank_redemption'];
    for (const name of [...names, `user:${approved.payerId}`, `user:${approved.recipientId}`]) {
      await db().update(guardSwitch).set({ isStopped: true }).where(eq(guardSwitch.name, name));
      refused(await tried(approved, 'release'), name.startsWith('user') ? 'the switch “user”' : `the switch “${name}”`);
      await db().update(guardSwitch).set({ isStopped: false }).where(eq(guardSwitch.name, name));
    }
    const off = { name: 'other' };
    await db().update(guardSwitch).set(off).where(eq(guardSwitch.name, 'rail:juno'));
    refused(await tried(approved, 'release'), 'the switch “rail:juno”');
    await db().update(guardSwitch).set({ name: 'rail:juno' }).where(eq(guardSwitch.name, 'other'));
    signed(await tried(approved, 'release'));
  });

  test('for an account that is no more what was approved', async () => {
    const { destinationId } = approved;
    await db().update(destination).set({ differs: true }).where(eq(destination.id, destinationId));
    refused(await tried(approved, 'release'), 'lacks the approval');
    await db().update(destination).set({ differs: false }).where(eq(destination.id, destinationId));
  });

  test('with approvals from before a recovery', async () => {
    const changed = { changedBy: 'kustodia recover', changedAt: sql`reactor.now()` };
    await db().update(guardSwitch).set(changed).where(eq(guardSwitch.name, 'recovery'));
    refused(await tried(approved, 'release'), 'lacks the approval of payer and recipient');
    await db().update(guardSwitch).set({ changedBy: null }).where(eq(guardSwitch.name, 'recovery'));
  });

  test('above the amount of four eyes', async () => {
    const strict = await own.start({ RELEASE_FOUR_EYES: '1000' });
    refused(await strict.post(await own.asked(approved, 'release')), 'lacks the approval of two people');
    const inUdis = await own.start({ RELEASE_FOUR_EYES: '900000 UDI' });
    refused(await inUdis.post(await own.asked(approved, 'release')), 'lacks the approval of two people');
  });

  test('an escrow that would pay another than the bridge wallet', async () => {
    const strict = await own.start({ ESCROW_BRIDGE_WALLET: STRANGER.address });
    refused(await strict.post(await own.asked(approved, 'release')), 'would pay');
  });
});

test('a cancellation takes an order of two people to give all of it back, and is no release', async () => {
  const payment = await another('date');
  const { legId, paymentId, destinationId, amount } = payment;
  refused(await tried(payment, 'cancel'), 'is cancelled where all of it was ordered back');
  await db().insert(refundOrder).values({ legId, destinationId, amount, cause: 'test' });
  refused(await tried(payment, 'release'), 'is cancelled where all of it was ordered back');
  refused(await tried(payment, 'cancel'), 'no two people decided');
  // Approved by a second person, and not done.
  await decided(db(), 'payment refund', `payment:${paymentId}`);
  refused(await tried(payment, 'cancel'), 'no two people decided');
  await db()
    .insert(proposal)
    .values({
      ...{ id: randomUUID(), command: 'payment refund', subject: `payment:${paymentId}`, parameters: {}, reason: 'x' },
      ...{ proposedBy: randomUUID(), proposerName: 'Ana', approvedBy: randomUUID(), approverName: 'Eva' },
      ...{ approvedAt: new Date(), executedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
    });
  signed(await tried(payment, 'cancel'));
});

describe('its limits', () => {
  test('a wrong token, and none', async () => {
    const body = await own.asked(approved, 'release');
    for (const token of ['', 'x', `${TOKEN}x`, TOKEN.slice(1)])
      expect(await approver.post(body, token)).toMatchObject({ status: 401, error: { code: -32_001 } });
    const bare = await fetch(approver.url, { method: 'POST', body });
    expect(bare.status).toBe(401);
  });

  test('a body that is too large', async () => {
    const answer = await approver.post(call(APPROVER.address, 'x'.repeat(17_000)));
    expect(answer).toMatchObject({ status: 413 });
    refused(answer, 'too large');
  });

  test('so many questions in a minute', async () => {
    const slow = await own.start({ APPROVER_RATE_PER_MINUTE: '2' });
    const body = await own.asked(approved, 'release');
    signed(await slow.post(body));
    signed(await slow.post(body));
    expect(await slow.post(body)).toMatchObject({ status: 429 });
  });

  test('so many signatures and pesos in a day, also after a restart; the same one again counts once', async () => {
    const journal = join(own.folder, 'cap.jsonl');
    const given = { APPROVER_JOURNAL: journal, APPROVER_DAILY_SIGNATURES: '2' };
    const [first, second, third] = await Promise.all(
      [3_001, 3_002, 3_003].map(async (more) => {
        const { timestamp } = await own.world.anvil.client.getBlock();
        return own.asked(approved, 'release', { expiry: Number(timestamp) + more });
      }),
    );
    const before = await own.start(given);
    signed(await before.post(first ?? ''));
    signed(await before.post(first ?? ''));
    signed(await before.post(second ?? ''));
    refused(await before.post(third ?? ''), 'may sign in a day');
    await before.close();
    const after = await own.start(given);
    refused(await after.post(third ?? ''), 'may sign in a day');
    signed(await after.post(first ?? ''));
    // Its escrow has 1,502.11, which count once.
    const enough = await own.start({ APPROVER_DAILY_MXN: '1502.11' });
    signed(await enough.post(first ?? ''));
    signed(await enough.post(second ?? ''));
    const poor = await own.start({ APPROVER_DAILY_MXN: '1502.10' });
    refused(await poor.post(first ?? ''), 'may sign in a day');
  });
});

describe('its login', () => {
  const as = (statement: string, options = '') => answerTo(own.login, statement, options);

  test('reads what was approved and what stops it, writes nothing, and sees no CLABE, name or word of anybody', async () => {
    expect(await as('SELECT leg_id, party FROM reactor.release_approval')).toBe('done');
    const { rows } = await db().$client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'reactor'",
    );
    expect(rows.length).toBeGreaterThan(40);
    for (const { name } of rows) {
      for (const statement of [
        `DELETE FROM reactor.${name}`,
        `INSERT INTO reactor.${name} DEFAULT VALUES`,
        `TRUNCATE reactor.${name}`,
      ])
        expect(await as(statement), statement).toMatch(/permission denied|must be owner|cannot .* view/);
    }
    for (const secret of [
      'reactor.person',
      'reactor.api_key',
      'reactor.deposit_clabe',
      'reactor.audit_log',
      'reactor.effect',
      'reactor.screening',
    ])
      expect(await as(`SELECT * FROM ${secret}`), secret).toMatch(/permission denied|does not exist/);
    for (const column of [
      'clabe FROM reactor.destination',
      'legal_name FROM reactor.destination',
      'deposit_clabe FROM reactor.payment',
      'concept FROM reactor.payment',
      'sentence FROM reactor.hold',
      'statement FROM reactor.dispute',
      'reason FROM reactor.proposal',
    ])
      expect(await as(`SELECT ${column}`), column).toMatch(/permission denied/);
    expect(await as('UPDATE reactor.guard_switch SET is_stopped = false')).toMatch(/permission denied/);
    expect(await as('CREATE TABLE reactor.own (x int)')).toMatch(/permission denied/);
  });

  test('is used as its role alone, whoever connects; with real money one that could write is refused', async () => {
    const owner = { APPROVER_DATABASE_URL: own.world.settings.databaseUrl };
    const lent = await own.start(owner);
    signed(await lent.post(await own.asked(approved, 'release')));
    await db().$client.query('REVOKE SELECT ON reactor.leg FROM kustodia_approver');
    try {
      expect(await lent.post(await own.asked(approved, 'release'))).toMatchObject({ status: 503 });
    } finally {
      await db().$client.query(
        'GRANT SELECT (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, escrow_contract, escrow_id, deadline_seconds) ON reactor.leg TO kustodia_approver',
      );
    }
    const options = new URL(owner.APPROVER_DATABASE_URL);
    options.searchParams.set('options', '-c role=none');
    await expect(own.start({ APPROVER_DATABASE_URL: options.href })).rejects.toThrow('names options of its own');
    const real = (given: object) =>
      startApprover(readApproverSettings({ ...own.environment(), CHAIN_ID: '42161', ...given }), () => undefined);
    await expect(real(owner)).rejects.toThrow('can write what the approver goes by');
    await (await real({})).close();
    const login = new URL(own.environment()['APPROVER_DATABASE_URL'] ?? '').username;
    for (const [give, take] of [
      [
        `GRANT UPDATE (is_stopped) ON reactor.guard_switch TO ${login}`,
        `REVOKE UPDATE (is_stopped) ON reactor.guard_switch FROM ${login}`,
      ],
      [`GRANT INSERT ON reactor.destination TO ${login}`, `REVOKE INSERT ON reactor.destination FROM ${login}`],
      [`ALTER ROLE ${login} CREATEROLE`, `ALTER ROLE ${login} NOCREATEROLE`],
      [`GRANT TRIGGER ON reactor.guard_switch TO ${login}`, `REVOKE TRIGGER ON reactor.guard_switch FROM ${login}`],
      [
        `CREATE SCHEMA desk; CREATE VIEW desk.switches AS SELECT * FROM reactor.guard_switch; GRANT UPDATE ON desk.switches TO ${login}`,
        'DROP SCHEMA desk CASCADE',
      ],
      [`CREATE SCHEMA desk AUTHORIZATION ${login}`, 'DROP SCHEMA desk'],
      [`GRANT CREATE ON SCHEMA reactor TO ${login}`, `REVOKE CREATE ON SCHEMA reactor FROM ${login}`],
      [`GRANT pg_execute_server_program TO ${login}`, `REVOKE pg_execute_server_program FROM ${login}`],
      [`REVOKE kustodia_approver FROM ${login}`, `GRANT kustodia_approver TO ${login}`],
    ]) {
      await db().$client.query(give as string);
      await expect(real({}), give).rejects.toThrow(/can write what the approver goes by|permission denied to set role/);
      await db().$client.query(take as string);
    }
  });
});

test('what it cannot know it does not sign: a silent chain or database is no yes, and no refusal', async () => {
  const dark = await own.start({ ETH_RPC_URL: 'http://127.0.0.1:9' });
  const blind = await own.start({ APPROVER_DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' });
  for (const one of [dark, blind]) {
    const answer = await one.post(await own.asked(approved, 'release'));
    expect(answer).toMatchObject({ status: 503, error: { message: expect.stringContaining('not known now') } });
    expect(answer.result).toBeUndefined();
  }
});

test('the settings name what is wrong and repeat no value', () => {
  const key = `0x${'9'.repeat(63)}`;
  const read = (given: object) => () => readApproverSettings({ ...own.environment(), ...given });
  expect(read({ APPROVER_TOKEN: 'short' })).toThrow(/APPROVER_TOKEN is not 32 to 200/);
  expect(read({ ESCROW_APPROVER_KEY: key })).toThrow(/ESCROW_APPROVER_KEY is not a 32-byte hex key/);
  expect(read({ ESCROW_APPROVER_KEY: key })).not.toThrow(key);
  expect(read({ ESCROW_APPROVER: BRIDGE.address })).toThrow(/is the bridge wallet/);
  expect(read({ ESCROW_CONTRACT_VERSION: 'v2' })).toThrow(/none of its contracts/);
  expect(readApproverSettings(own.environment()).host).toBe('127.0.0.1');
});
