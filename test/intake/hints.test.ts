import { createHash, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { webhookIn } from '../../src/reactor/db/schema.ts';
import { useIntakeWorld } from './use-world.ts';

const here = useIntakeWorld();

const told = async (...ids: string[]) => {
  for (const id of ids)
    await here.world.db.insert(webhookIn).values({
      source: 'juno',
      digest: createHash('sha256').update(randomUUID()).digest('hex'),
      ...{ body: new Uint8Array(), size: 0, headers: {}, signature: 'unchecked', isReadable: true },
      hint: { kind: 'hint', transactionIds: [id], bitsoIds: [], status: 'COMPLETE' },
    });
};
const details = () => here.desk.urls.filter((url) => url.includes('/transactions/'));

test('a transaction that a webhook names is read by its id, whatever the list shows, and once', async () => {
  const id = here.desk.issue('646180157042875763', '1500.00');
  here.desk.heeds.isListed = false;
  await told(id);
  await here.world.look();
  expect(await here.world.db.query.junoTransaction.findMany()).toMatchObject([
    { id, status: 'complete', isDetailed: true },
  ]);
  await told(id);
  await here.world.look();
  expect(details()).toHaveLength(1);
});

test('ids that nobody knows are read at a bounded pace, and what is no transaction stops nothing', async () => {
  await told(...Array.from({ length: 60 }, randomUUID));
  for (let n = 0; n < 3; n++) await here.world.look();
  expect(details()).toHaveLength(5);
});
