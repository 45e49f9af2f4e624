/** A payment that throws whenever it is looked at: somebody is told, whatever its legs have come to. */
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import { markFailing } from '../../src/reactor/advance/apply.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { replaceLeg } from '../../src/reactor/replace/replace.ts';
import { sweep } from '../../src/reactor/watch/rescan.ts';
import { useWorld } from '../http/use-world.ts';
import type { World } from '../http/world.ts';
import { openReplaceWorld } from '../replace/world.ts';

let world: World;
useWorld((opened) => {
  world = opened;
});
const swept = async (): Promise<string[]> => {
  const queue = memoryQueue();
  await sweep({ ...world.ctx, queue });
  return queue.pending().map(({ id }) => id);
};

test('though all its legs have ended: one is marked, each sweep looks again, and a look that goes well takes the mark away', async () => {
  const here = openReplaceWorld(world.db);
  const { paymentId, legId } = await here.given();
  await here.pay(legId);
  const marks = async () => (await here.legsOf(paymentId)).map(({ state, attentionCode }) => [state, attentionCode]);
  await markFailing(world.ctx, paymentId, 8);
  expect(await marks()).toEqual([['completed', 'cannot_be_looked_at']]);
  expect(await swept()).toContain(paymentId);
  await advance(world.ctx, { wallet: () => undefined }, paymentId);
  expect(await marks()).toEqual([['completed', null]]);
  expect(await swept()).not.toContain(paymentId);
});

test('while some are open: those are marked, and not what has ended', async () => {
  const here = openReplaceWorld(world.db);
  const { paymentId, legId } = await here.given();
  const { destinationId } = await here.legOf(legId);
  const heirs = [{ kind: 'custody' as const, amount: centavos(150_000n), destinationId }];
  await here.db.transaction((tx) => replaceLeg(tx, world.ctx, { legId, heirs, cause: 'to another account' }));
  await markFailing(world.ctx, paymentId, 8);
  const legs = await here.legsOf(paymentId);
  expect(legs.map(({ state, attentionCode }) => [state, attentionCode]).sort()).toEqual([
    ['replaced', null],
    ['reserved', 'cannot_be_looked_at'],
  ]);
});
