import { createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { webhookIn } from '../../src/reactor/db/schema.ts';
import { startPostgres } from '../support/postgres.ts';
import { openDesk } from './desk.ts';
import { type IntakeWorld, openIntakeWorld } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
});
afterEach(async () => {
  await world?.close();
  await desk?.close();
});

const told = async (...ids: string[]) => {
  for (const id of ids)
    await world.db.insert(webhookIn).values({
      source: 'juno',
      digest: createHash('sha256').update(randomUUID()).digest('hex'),
      ...{ body: new Uint8Array(), size: 0, headers: {}, signature: 'unchecked', isReadable: true },
      hint: { kind: 'hint', transactionIds: [id], bitsoIds: [], status: 'COMPLETE' },
    });
};
const details = () => desk.urls.filter((url) => url.includes('/transactions/'));

test('a transaction that a webhook names is read by its id, whatever the list shows, and once', async () => {
  const id = desk.issue('646180157042875763', '1500.00');
  desk.heeds.isListed = false;
  await told(id);
  await world.look();
  expect(await world.db.query.junoTransaction.findMany()).toMatchObject([{ id, status: 'complete', isDetailed: true }]);
  await told(id);
  await world.look();
  expect(details()).toHaveLength(1);
});

test('ids that nobody knows are read at a bounded pace, and what is no transaction stops nothing', async () => {
  await told(...Array.from({ length: 60 }, randomUUID));
  for (let n = 0; n < 3; n++) await world.look();
  expect(details()).toHaveLength(5);
});
