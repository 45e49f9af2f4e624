import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { isSound, judgeStories, readFarEnd } from '../../src/chaos/judge.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { drive } from '../../src/local/drive.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { SHORT_DELAYS, until } from '../journey/support.ts';

const WORLD_TIMEOUT_MS = 300_000;
const RAILS = ['bank_redemption', 'bitso_spei', 'bitso_transfer'] as const;

let world: World;
let environment: Record<string, string>;
beforeAll(async () => {
  world = await startWorld({ sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS } });
  const lines = (await readFile(world.environmentFile, 'utf8')).matchAll(/^(\w+)='(.*)'$/gm);
  environment = Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}, WORLD_TIMEOUT_MS);
afterAll(async () => {
  await world?.stop();
}, WORLD_TIMEOUT_MS);

const auditSchema = z.object({
  counts: z.record(z.string(), z.number()),
  findings: z.array(z.object({ code: z.string(), evidence: z.array(z.string()) })),
  read: z.looseObject({ payments: z.number(), payouts: z.number(), escrows: z.number(), deposits: z.number() }),
});

/** Runs `npm run audit -- --json` against the world, as somebody would. */
async function runAudit() {
  const child = spawn('node_modules/.bin/node', ['src/auditor/main.ts', '--json', '--look-again', '1'], {
    env: { ...environment, AUDIT_RATE_PER_MINUTE: '6000' },
  });
  const output = { text: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.errors += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect(output.errors).toBe('');
  return { code, ...auditSchema.parse(JSON.parse(output.text)) };
}

/** One statement, past the database's own rules. */
async function forge(statement: string): Promise<void> {
  const client = new pg.Client({
    connectionString: world.urls.database,
    options: '-c session_replication_role=replica',
  });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function callJuno(method: string, path: string, body = ''): Promise<unknown> {
  const nonce = `${Date.now()}${String(performance.now()).replace(/\D/g, '').padEnd(6, '0').slice(-6)}`;
  const signature = createHmac('sha256', environment['JUNO_STAGE_API_SECRET'] ?? '')
    .update(nonce + method + path + body)
    .digest('hex');
  const response = await fetch(world.urls.sandbox + path, {
    method,
    headers: {
      authorization: `Bitso ${environment['JUNO_STAGE_API_KEY']}:${nonce}:${signature}`,
      'content-type': 'application/json',
    },
    ...(body && { body }),
  });
  return response.json();
}

test('a world of three payments on three rails is clean, and what is forged in it is found', {
  timeout: WORLD_TIMEOUT_MS,
}, async () => {
  const driven = await drive({ api: world.api, deposit: world.deposit, payments: RAILS.length, rails: RAILS });
  expect(driven.map(({ status }) => status)).toEqual(RAILS.map(() => 'completed'));
  // One more deposit, which no payment waits for.
  const payer = await world.api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.com' });
  const clabe = await until(async () => (await world.api.user(payer.id)).depositClabe);
  await world.deposit(clabe, '900.00');
  const clean = await until(async () => {
    const result = await runAudit();
    return result.read.deposits === RAILS.length + 1 && result.code === 0 && result;
  });
  expect(clean.read).toMatchObject({ payments: RAILS.length, payouts: RAILS.length, escrows: RAILS.length });
  expect(Object.values(clean.counts).every((count) => count === 0)).toBe(true);
  expect(await auditWorld(world)).toEqual([]);

  // Somebody with the key pays themselves from the pool, to an account that is registered already.
  const banks = z.object({ payload: z.array(z.object({ id: z.string() })) });
  const { payload } = banks.parse(await callJuno('GET', '/mint_platform/v1/accounts/banks'));
  const stolen = z
    .object({ payload: z.object({ id: z.string() }) })
    .parse(
      await callJuno(
        'POST',
        '/mint_platform/v1/redemptions',
        JSON.stringify({ amount: '500.00', asset: 'MXN', destination_bank_account_id: payload[0]?.id }),
      ),
    );
  await until(async () => (await world.outbox()).some((payout) => payout.transaction_id === stolen.payload.id));
  // And the books are made to say what never was.
  await forge(`UPDATE reactor.evidence SET external_id = 'never-was'
    WHERE ctid = (SELECT ctid FROM reactor.evidence WHERE source = 'juno_transaction' AND subject_kind = 'leg' LIMIT 1)`);
  const found = await runAudit();
  expect(found.code).toBe(1);
  expect(found.counts).toMatchObject({ payout_unowed: 1, evidence_missing: 1 });
  expect(found.findings).toContainEqual(
    expect.objectContaining({ code: 'payout_unowed', evidence: [stolen.payload.id] }),
  );
  // Whoever judges a world from its far end is told the same, and calls it unsound.
  const verdict = judgeStories({
    stories: [],
    farEnd: await readFarEnd(world),
    reasons: new Map(),
    suffered: { strikes: [], blackouts: [], sends: new Map() },
    deaths: [],
  });
  expect(verdict.audit_findings).toBe(found.findings.length);
  expect(verdict.findings.join('\n')).toContain(stolen.payload.id);
  expect(isSound({ ...verdict, paid_twice: 0, lost_centavos: 0 })).toBe(false);
});
