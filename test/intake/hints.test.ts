import { createHash, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { junoTransaction, webhookIn } from '../../src/reactor/db/schema.ts';
import { useIntakeWorld } from './use-world.ts';

const here = useIntakeWorld();

const told = async (ids: readonly string[], signature: 'valid' | 'unchecked' = 'unchecked') => {
  for (const id of ids)
    await here.world.db.insert(webhookIn).values({
      source: 'juno',
      digest: createHash('sha256').update(randomUUID()).digest('hex'),
      ...{ body: new Uint8Array(), size: 0, headers: {}, signature, isReadable: true },
      hint: { kind: 'hint', transactionIds: [id], bitsoIds: [], status: 'COMPLETE' },
    });
};
const details = () => here.desk.urls.filter((url) => url.includes('/transactions/'));

test('a transaction that a webhook names is read by its id, whatever the list shows, and once', async () => {
  const id = here.desk.issue('646180157042875763', '1500.00');
  here.desk.heeds.isListed = false;
  await told([id]);
  await here.world.look();
  expect(await here.world.db.select().from(junoTransaction)).toMatchObject([
    { id, status: 'complete', isDetailed: true },
  ]);
  await told([id]);
  await here.world.look();
  expect(details()).toHaveLength(1);
});

test('ids that nobody knows are read at a bounded pace, and what is no transaction stops nothing', async () => {
  await told(Array.from({ length: 60 }, () => randomUUID()));
  for (let n = 0; n < 3; n++) await here.world.look();
  expect(details()).toHaveLength(5);
});

test('all that a signature vouches for are read, so many at a look', async () => {
  const ids = Array.from({ length: 30 }, () => here.desk.issue('646180157042875763', '1500.00'));
  here.desk.heeds.isListed = false;
  await told(ids, 'valid');
  await here.world.look();
  const read = async () => (await here.world.db.select().from(junoTransaction)).map(({ id }) => id).toSorted();
  expect(await read()).toEqual(ids.toSorted());
  await here.world.look();
  expect(details()).toHaveLength(30);
});

test('one that is known is read again when a webhook names it, though its list lags and nobody vouches for it', async () => {
  const id = here.desk.issue('646180157042875763', '1500.00', 'IN_PROGRESS');
  await here.world.look();
  const [shown] = here.desk.transactions;
  if (shown) shown.summary_status = 'COMPLETE';
  here.desk.heeds.isListed = false;
  // Before it are more strange ones than are read at a look.
  await told([...Array.from({ length: 10 }, () => randomUUID()), id]);
  await here.world.look();
  expect(await here.world.db.select().from(junoTransaction)).toMatchObject([
    { id, status: 'complete', isDetailed: true },
  ]);
});

test('one for which Juno gives no answer is asked for again; of what does not exist it said so', async () => {
  const id = here.desk.issue('646180157042875763', '1500.00');
  here.desk.heeds.isListed = false;
  here.desk.fails.add(`/transactions/${id}`);
  const none = randomUUID();
  await told([id, none], 'valid');
  await here.world.look();
  expect(await here.world.db.select().from(junoTransaction)).toEqual([]);
  here.desk.fails.clear();
  await here.world.look();
  expect(await here.world.db.select().from(junoTransaction)).toMatchObject([{ id, status: 'complete' }]);
  expect(details().filter((url) => url.endsWith(none))).toHaveLength(1);
});

test('one for which Juno never gives an answer is not asked for without end', async () => {
  const id = here.desk.issue('646180157042875763', '1500.00');
  here.desk.heeds.isListed = false;
  here.desk.fails.add(`/transactions/${id}`);
  await told([id], 'valid');
  for (let n = 0; n < 5; n++) await here.world.look();
  expect(details()).toHaveLength(5);
});
