import { expect, test } from 'vitest';
import { gather } from '../../src/reactor/queue/gather.ts';

/** A sending that ends when it is told to. */
function held() {
  const batches: { items: readonly string[]; end: (error?: Error) => void }[] = [];
  const send = (items: readonly string[]) =>
    new Promise<void>((done, failed) => {
      batches.push({ items, end: (error) => (error ? failed(error) : done()) });
    });
  return { batches, give: gather(send) };
}
const turn = () => new Promise(setImmediate);

test('who comes alone goes at once, and what comes meanwhile goes together', async () => {
  const { batches, give } = held();
  const first = give('a');
  const later = Promise.all([give('b'), give('c')]);
  expect(batches.map(({ items }) => items)).toEqual([['a']]);
  batches[0]?.end();
  await first;
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([['a'], ['b', 'c']]);
  batches[1]?.end();
  await later;
});

test('each is told how its own batch ended, and one that failed keeps nobody', async () => {
  const { batches, give } = held();
  const first = give('a').catch((error: Error) => error.message);
  const second = give('b').then(() => 'sent');
  batches[0]?.end(new Error('no connection'));
  expect(await first).toBe('no connection');
  await turn();
  batches[1]?.end();
  expect(await second).toBe('sent');
});

test('a crowd goes in bounded batches', async () => {
  const { batches, give } = held();
  const all = Promise.all(Array.from({ length: 1_203 }, (_, n) => give(String(n))));
  for (let at = 0; at < 4; at++) {
    batches[at]?.end();
    await turn();
  }
  await all;
  expect(batches.map(({ items }) => items.length)).toEqual([1, 500, 500, 202]);
});
