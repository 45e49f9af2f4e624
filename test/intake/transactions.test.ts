import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { heartbeat, junoTransaction } from '../../src/reactor/db/schema.ts';
import { withLook } from '../../src/reactor/intake/look.ts';
import { observeTransactions } from '../../src/reactor/intake/transactions.ts';
import type { DeskTransaction } from './desk.ts';
import { useIntakeWorld } from './use-world.ts';

const PAGE = 5;
/** What one look reads at most, in items of this desk. */
const A_LOOK = 200 * PAGE;

const here = useIntakeWorld({ pageSize: PAGE });

let made = 0;
const write = (count: number, at = here.world.ctx.now()): DeskTransaction[] =>
  Array.from({ length: count }, () => {
    const item = {
      id: `t${made++}`,
      amount: '100.00',
      transaction_type: 'CONVERSION',
      summary_status: 'COMPLETE',
      created_at: new Date(at.getTime() + made).toISOString(),
    };
    here.desk.transactions.push(item);
    return item;
  });
const known = () => here.world.db.$count(junoTransaction);
const look = () => withLook(here.world.ctx, (own) => observeTransactions(here.world.ctx, own));
const leftOver = async () => {
  const [row] = await here.world.db.select().from(heartbeat).where(eq(heartbeat.name, 'intake:transactions'));
  return (row?.detail as { gap: unknown } | undefined)?.gap;
};

test('after an outage longer than one look can read, the next looks read the rest, and none is skipped', async () => {
  write(12);
  await look();
  here.world.wait(3 * 86_400_000);
  write(A_LOOK + 300);
  await look();
  expect(await known()).toBe(12 + A_LOOK);
  expect(await leftOver()).toMatchObject({ page: 199 });
  // The list grows at its top meanwhile: what was not read moves down.
  here.world.wait(1_000);
  write(23);
  await look();
  expect(await known()).toBe(here.desk.transactions.length);
  expect(await leftOver()).toBeNull();
});

test('what the list left out before is found by a look that goes deep', async () => {
  write(40);
  const [hidden] = here.desk.transactions.splice(8, 1);
  await look();
  if (hidden) here.desk.transactions.splice(8, 0, hidden);
  await look();
  expect(await known()).toBe(39);
  here.world.wait(600_000);
  await look();
  expect(await known()).toBe(40);
});

test('a look that fails half-way skips nothing', async () => {
  write(10);
  await look();
  here.world.wait(1_000);
  write(30);
  here.desk.fails.add('page=3&');
  await expect(look()).rejects.toThrow();
  here.desk.fails.clear();
  await look();
  expect(await known()).toBe(40);
});

test('a look without news asks for one page', async () => {
  write(40);
  await look();
  here.desk.urls.length = 0;
  await look();
  expect(here.desk.urls).toEqual(['/mint_platform/v1/transactions?page=0&size=100&sort=createdAt%2CDESC']);
});

test('a list that gives the oldest first, whatever it is asked for, is read to its end, and from there on', async () => {
  here.desk.heeds.sort = false;
  for (const count of [12, 1, 1, 7, 30]) {
    const from_ms = here.world.ctx.now().getTime();
    for (const [i, item] of write(count).entries()) item.created_at = new Date(from_ms + 1_000 * i).toISOString();
    here.desk.urls.length = 0;
    await look();
    expect(await known()).toBe(here.desk.transactions.length);
    // Not from its beginning again: what is known is not read twice.
    if (count !== 12) expect(here.desk.urls.some((url) => url.includes('page=0&'))).toBe(false);
    here.world.wait(count * 1_000);
  }
});

test('a database that was set back behind its back has it all again ten minutes later', async () => {
  write(3);
  await look();
  await here.world.db.delete(junoTransaction);
  await look();
  expect(await known()).toBe(0);
  here.world.wait(600_000);
  await look();
  expect(await known()).toBe(here.desk.transactions.length);
});
