/** A payment whose reactor asks the approver's own process, which is killed while it is asked. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKeeper } from '../../src/local/keeper.ts';
import { startProcess } from '../../src/local/process.ts';
import { effect } from '../../src/reactor/db/schema.ts';
import { expectPaidOnce } from '../finality/scenario.ts';
import { keyOf } from '../finality/settings.ts';
import { APPROVER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type ApproverWorld, openApproverWorld, TOKEN } from './world.ts';

const MAIN = join(import.meta.dirname, '../../src/approver/main.ts');
let postgres: TestPostgres;
let own: ApproverWorld;
let keeper: ReturnType<typeof startKeeper>;
/** An RPC that takes a question and never answers. */
let silent: Server;
let asked: Promise<void>;
beforeAll(async () => {
  postgres = await startPostgres();
  own = await openApproverWorld(postgres);
  keeper = startKeeper(own.folder);
  asked = new Promise((resolve) => {
    silent = createServer(() => resolve()).listen(0, '127.0.0.1');
  });
}, 240_000);
afterAll(async () => {
  silent?.closeAllConnections();
  silent?.close();
  await keeper?.close();
  await own?.close();
  await postgres?.stop();
});

const start = (given: Readonly<Record<string, string>> = {}) =>
  startProcess({
    ...{ name: 'approver', args: [MAIN], folder: own.folder, keeper },
    env: {
      ...own.environment({
        APPROVER_JOURNAL: join(own.folder, 'journey.jsonl'),
        APPROVER_PORT: String(own.port),
        ...given,
      }),
      KUSTODIA_PARENT_PIPE: '1',
    },
    readyWhen: (output) => output.includes('"event":"listening"'),
  });

test('it is away, killed while it is asked, and there again: the reactor waits, and the payment is paid once', async () => {
  const { world } = own;
  expect(Object.values(world.settings.approver?.signer ?? {})).not.toContain(keyOf(APPROVER));
  const payment = await own.inCustody('approvals', 150_211n);
  await own.approve(payment, 'payer');
  await own.approve(payment, 'recipient');
  const signature = async () => {
    const [row] = await world.db
      .select()
      .from(effect)
      .where(and(eq(effect.subjectId, payment.legId), eq(effect.kind, 'approver_signature')));
    return row;
  };
  await world.turn(payment.paymentId);
  await world.turn(payment.paymentId);
  expect(await signature()).toMatchObject({ state: 'recorded', attempt: 1, externalId: null });
  expect((await world.legOf(payment.paymentId)).state).toBe('in_custody');

  const doomed = await start({ ETH_RPC_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
  const turned = world.turn(payment.paymentId);
  await asked;
  await doomed.kill9();
  await turned;
  expect(await signature()).toMatchObject({ state: 'recorded', attempt: 1, externalId: null });
  expect((await world.legOf(payment.paymentId)).state).toBe('in_custody');

  const approver = await start();
  await world.until(payment.paymentId, 'completed');
  expect(await signature()).toMatchObject({ state: 'confirmed', attempt: 1 });
  await expectPaidOnce(world, payment.amount);
  expect(approver.output()).toContain('"event":"signed"');
  for (const secret of [TOKEN, keyOf(APPROVER), String((await signature())?.externalId)])
    expect(approver.output()).not.toContain(secret);
  expect((await approver.stop()).code).toBe(0);
});

test('a process that cannot begin says why, and no secret', async () => {
  const key = keyOf(APPROVER);
  await expect(start({ ESCROW_APPROVER: `0x${'8'.repeat(40)}` })).rejects.toThrow(
    /ended with code 1[\s\S]*not_started/,
  );
  const error = await start({ ESCROW_APPROVER_KEY: key.slice(0, -1) }).catch((thrown: Error) => thrown.message);
  expect(error).toContain('ESCROW_APPROVER_KEY is not a 32-byte hex key');
  expect(error).not.toContain(key.slice(2, -1));
});
