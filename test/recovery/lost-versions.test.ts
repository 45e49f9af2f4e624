import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { effect, lane, walletTransaction } from '../../src/reactor/db/schema.ts';
import { givePayment } from '../support/fixtures.ts';
import { FEES, useRestored } from './use-restored.ts';

const here = useRestored();
const SIGNED = `0x${'7'.repeat(64)}`;
const UNITS = 7_000_000n;

/** A return of so much that is on its way at the wallet's next nonce. */
async function onItsWay(units: bigint) {
  const { rail, ctx, bridge } = here;
  const { paymentId, legId } = await givePayment(rail.db);
  const call = ctx.chain.transferCall(ctx.settings.junoDepositAddress, units);
  const nonce = await rail.chain.client.getTransactionCount({ address: bridge });
  const [effectId, name] = [randomUUID(), `payment:${paymentId}`];
  await rail.db.insert(lane).values({ name, epoch: 1 });
  await rail.db.insert(effect).values({
    ...{ id: effectId, subjectKind: 'leg', subjectId: legId, kind: 'chain_return', attempt: 1, paymentId },
    ...{ key: randomUUID(), request: call, lane: name, laneEpoch: 1, amount: units, currency: 'MXNB' },
  });
  await rail.db.update(effect).set({ state: 'sending', firstSentAt: new Date() }).where(eq(effect.id, effectId));
  return { nonce, paymentId, effectId };
}
/** The same, which was signed here and was in no block when the backup was taken. */
async function signedHere(units: bigint) {
  const { rail, ctx, bridge } = here;
  const { nonce, paymentId, effectId } = await onItsWay(units);
  const { chainId } = ctx.settings;
  await rail.db
    .insert(walletTransaction)
    .values({ hash: SIGNED, chainId, wallet: bridge, nonce, version: 0, effectId, raw: '0x' });
  return { nonce, paymentId };
}
const mined = (units: bigint, nonce: number) => {
  const { to, data } = here.ctx.chain.transferCall(here.ctx.settings.junoDepositAddress, units);
  return here.outside().sendTransaction({ to, data, nonce, ...FEES });
};

test('a version of what was signed here, for a fee that was raised since the backup, is no act that a person must name', async () => {
  const { nonce, paymentId } = await signedHere(UNITS);
  const hash = await mined(UNITS, nonce);
  const adopted = [{ act: hash, what: `return 7.00 MXNB, nonce ${nonce}`, kind: 'chain_return', paymentId }];
  expect(await here.run({ dryRun: true })).toMatchObject({ left: [], adopted });
  await expect(here.run({ notOurs: [hash] })).rejects.toThrow('none of the acts that are left');
  expect(await here.run()).toMatchObject({ state: 'clear', left: [], adopted });
  const versions = await here.rail.db
    .select({ hash: walletTransaction.hash, version: walletTransaction.version })
    .from(walletTransaction)
    .where(eq(walletTransaction.nonce, nonce));
  expect(versions).toEqual([
    { hash: SIGNED, version: 0 },
    { hash, version: 1 },
  ]);
});

test('another call at the nonce of what was signed here is nobody’s until a person says whose', async () => {
  const { nonce } = await signedHere(UNITS + 10_000n);
  const hash = await mined(UNITS, nonce);
  const { left, adopted } = await here.run({ dryRun: true });
  expect(left.map(({ act }) => act)).toContain(hash);
  expect(adopted).toEqual([]);
});

test('what was signed after the backup, and was confirmed by its evidence before recovery, is no act that a person must name', async () => {
  const { nonce, paymentId, effectId } = await onItsWay(UNITS);
  const hash = await mined(UNITS, nonce);
  await here.rail.db.update(effect).set({ state: 'confirmed', externalId: hash }).where(eq(effect.id, effectId));
  const { left, adopted } = await here.run();
  expect(adopted).toMatchObject([{ act: hash, kind: 'chain_return', paymentId }]);
  expect(left.map(({ act }) => act)).not.toContain(hash);
  const versions = await here.rail.db
    .select({ hash: walletTransaction.hash, version: walletTransaction.version })
    .from(walletTransaction)
    .where(eq(walletTransaction.effectId, effectId));
  expect(versions).toEqual([{ hash, version: 0 }]);
});
