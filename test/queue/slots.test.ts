import { expect, test } from 'vitest';
import { openSlots } from '../../src/reactor/queue/slots.ts';

/** Tasks that end when they are told to. */
function held() {
  const ends: ((error?: Error) => void)[] = [];
  const work = () =>
    new Promise<void>((done, failed) => {
      ends.push((error) => (error ? failed(error) : done()));
    });
  return { ends, work };
}

test('room is waited for until so many more may begin; one that fails gives its place back', async () => {
  const { ends, work } = held();
  const slots = openSlots(4);
  for (let n = 0; n < 4; n++) slots.begin(work);
  let hasRoom = false;
  const room = slots.room(2).then(() => {
    hasRoom = true;
  });
  ends[0]?.();
  await new Promise(setImmediate);
  expect([hasRoom, slots.count()]).toEqual([false, 3]);
  ends[1]?.(new Error('as told'));
  await room;
  expect(slots.count()).toBe(2);
});

test('all that was begun is waited for', async () => {
  const { ends, work } = held();
  const slots = openSlots(2);
  slots.begin(work);
  slots.begin(work);
  const rest = slots.rest();
  for (const end of ends) end();
  await rest;
  expect(slots.count()).toBe(0);
  await slots.rest();
});
