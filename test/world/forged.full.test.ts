import { type ChildProcess, spawn } from 'node:child_process';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { PORTS } from '../../src/local/ports.ts';
import { until } from '../journey/support.ts';

const WORLD_TIMEOUT_MS = 420_000;
const ANY_PORTS = Object.fromEntries(Object.values(PORTS).map(({ setting }) => [setting, '0']));
const REPORT = z.looseObject({ audit_findings: z.number() });

let running: ChildProcess | undefined;
afterEach(async () => {
  const { exitCode, signalCode } = running ?? { exitCode: 0, signalCode: null };
  if (exitCode !== null || signalCode !== null) return;
  const closed = new Promise((resolve) => running?.once('close', resolve));
  running?.kill('SIGINT');
  await closed;
}, WORLD_TIMEOUT_MS);

/** Runs `npm start -- --payments 1 --exit --json` to its end; `meanwhile` is told the database as soon as it is printed. */
async function start(meanwhile: (databaseUrl: string) => Promise<void>) {
  const child = spawn('node_modules/.bin/node', ['src/local/main.ts', '--payments', '1', '--exit', '--json'], {
    env: { ...process.env, ...ANY_PORTS },
  });
  running = child;
  let printed = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const url = until(async () => /Database\s+(postgres\S+)/.exec(said)?.[1]);
  const code = await Promise.race([closed, url.then(meanwhile).then(() => closed)]);
  return { code, said, report: REPORT.parse(JSON.parse(printed.trim().split('\n').at(-1) ?? '')) };
}

/** Once the deposit is booked, one of its lines is put on somebody else's account, past the database's own rules. */
async function forgeLedger(databaseUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    options: '-c session_replication_role=replica',
  });
  await client.connect();
  try {
    await until(async () => {
      const { rowCount } = await client.query(
        `UPDATE reactor.ledger_posting SET owner = 'general' WHERE (entry_id, line) = (
           SELECT p.entry_id, p.line FROM reactor.ledger_posting p JOIN reactor.ledger_entry e ON e.id = p.entry_id
           WHERE e.state = 'posted' AND p.owner <> 'general' AND e.payment_id IS NOT NULL ORDER BY e.created_at, p.line LIMIT 1)`,
      );
      return rowCount === 1;
    });
  } finally {
    await client.end();
  }
}

test(
  'npm start --exit ends with 0 where the auditor finds nothing',
  async () => {
    const { code, report } = await start(async () => undefined);
    expect({ code, report }).toMatchObject({ code: 0, report: { completed: 1, audit_findings: 0 } });
  },
  WORLD_TIMEOUT_MS,
);

test(
  'npm start --exit ends with 1 and says what differs where a line of the ledger was forged, though all was paid and each sum is zero',
  async () => {
    const { code, said, report } = await start(forgeLedger);
    const flawless = { completed: 1, spei_payouts: 1, paid_twice: 0, lost_centavos: 0, ledger_sum: 0, breaks: 0 };
    expect(report).toMatchObject(flawless);
    const told = said.split('\n').filter((line) => line.includes('The auditor: '));
    expect(told).toHaveLength(report.audit_findings);
    // The account that lost the line, and the one that was given it.
    const differing = told.filter((line) =>
      /: ledger_balance_differs: The balance of \S+ of \S+ in \S+ is not the sum of its postings\./.test(line),
    );
    expect(differing).toHaveLength(2);
    expect(differing.filter((line) => / of general in /.test(line))).toHaveLength(1);
    expect(code).toBe(1);
  },
  WORLD_TIMEOUT_MS,
);
