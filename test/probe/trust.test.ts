import { beforeAll, expect, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { depositAddress } from '../../src/reactor/db/schema.ts';
import { depositAddressId, readDepositAddress } from '../../src/reactor/probe/trust.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = database();
});

const PROVED = { junoEnv: 'stage', chainId: 421614, token: '0x1', junoDepositAddress: '0x2' };

test('a deposit address is trusted for the environment, the chain and the token that it was proved with, and for no other', async () => {
  // The rest of a context is for other parts; touching it here would throw.
  const ctx = (change: object = {}) => ({ db, settings: { ...PROVED, ...change } }) as unknown as Context;
  const isProved = async (change?: object) => (await readDepositAddress(ctx(change))).isProved;
  expect(await isProved()).toBe(false);
  await db.insert(depositAddress).values({ id: depositAddressId(ctx()), probeHash: '0x3', creditId: 'credit' });
  expect(await isProved()).toBe(true);
  for (const change of [{ junoEnv: 'production' }, { chainId: 42161 }, { token: '0x9' }, { junoDepositAddress: '0x9' }])
    expect(await isProved(change), JSON.stringify(change)).toBe(false);
});
