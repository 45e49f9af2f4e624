/** What is owed on a return that a reorganisation undid is put into no settlement. */
import { beforeAll, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { CAP_NAMES } from '../../src/reactor/guards/limit.ts';
import { replaceLeg } from '../../src/reactor/replace/replace.ts';
import { isEnoughAccrued } from '../../src/reactor/settlement/settle.ts';
import { openReplaceWorld, type ReplaceWorld } from '../replace/world.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
let here: ReplaceWorld;
beforeAll(() => {
  here = openReplaceWorld(database());
});

test.each(['confirmed', 'dead'] as const)('of a leg whose return is %s, and of what took its place', async (end) => {
  const caps = Object.fromEntries(CAP_NAMES.map((name) => [name, { hundredths: 1_000_000n, unit: 'MXN' }]));
  const ctx = { db: here.db, settings: { caps, mxnPerUdi: null } } as never;
  const { legId, destinationId } = await here.given();
  await here.anEffect(legId, 'chain_return', end);
  await here.move(legId, 'accrued');
  expect(await isEnoughAccrued(ctx, destinationId)).toBe(end === 'confirmed');
  const given = await here.given();
  await here.anEffect(given.legId, 'chain_return', end);
  const heirs = [{ kind: 'custody' as const, amount: centavos(150_000n), destinationId: given.destinationId }];
  const [heir = ''] = await here.db.transaction((tx) =>
    replaceLeg(tx, here.ctx, { legId: given.legId, heirs, cause: 'to another account' }),
  );
  await here.move(heir, 'accrued');
  expect(await isEnoughAccrued(ctx, given.destinationId)).toBe(end === 'confirmed');
});
