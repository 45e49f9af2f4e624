/** A freeze is signed and in no block when the wallet's key is changed: nobody follows it any more. Then a stranger ends its escrow. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { dispute, disputeResolution, effect, walletTransaction } from '../../src/reactor/db/schema.ts';
import { openDispute } from '../../src/reactor/disputes/open.ts';
import { APPROVER, actsOn } from '../finality/acts.ts';
import { peopleOf } from '../finality/people.ts';
import { keyOf } from '../finality/settings.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { ADMIN, BRIDGE, JUNO, MNEMONIC, STRANGER } from '../indexer/escrows.ts';
import { decided } from '../release/desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const NEW = mnemonicToAccount(MNEMONIC, { addressIndex: 7 });
const APP = { id: randomUUID(), name: 'the app', role: 'operator' } as const;
const AMOUNT = 615_017n;
let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
let people: Awaited<ReturnType<typeof peopleOf>>;
beforeAll(async () => {
  postgres = await startPostgres();
}, 240_000);
beforeEach(async () => {
  world = await openFinalityWorld(postgres, { showsDisputes: true });
  others = await actsOn(world);
  people = await peopleOf(world);
}, 240_000);
afterEach(() => world?.close());
afterAll(() => postgres?.stop());

const freezeOf = async (legId: string) => {
  const rows = await world.db.select().from(effect).where(eq(effect.subjectId, legId));
  return rows.find(({ kind }) => kind === 'chain_dispute');
};

/** Disputed, its freeze signed by the key of before and in no block; the escrow pays `payee` when a stranger ends it. */
async function leave(payee: 'thief' | 'us') {
  const { client } = world.anvil;
  const held = { ...(await world.givePayment({ amount: AMOUNT, custodySeconds: 60 })), amount: AMOUNT };
  await world.until(held.paymentId, 'in_custody');
  const { escrowId } = await others.escrowOf(held);
  const terms = { payment: held.paymentId, by: 'payer', reasonCode: 'not_received', statement: 'x', reason: 'a drill' };
  const { id } = await world.db.transaction((tx) =>
    openDispute(tx, world.ctx, APP, terms as Parameters<typeof openDispute>[3]),
  );
  await world.indexed.sync();
  await world.watchdog.look();
  await world.advance(held.paymentId);
  await client.setAutomine(false);
  await world.hurry();
  await world.sign();
  await client.request({ method: 'anvil_dropAllTransactions', params: [] } as never);
  await client.setAutomine(true);
  expect(await freezeOf(held.legId)).toMatchObject({ state: 'sending' });
  await others.act(ADMIN, 'grantRole', [ROLE_IDS.bridge, NEW.address]);
  await others.settle(NEW.address);
  await world.restart({
    ...{ ESCROW_BRIDGE_WALLET: NEW.address, ESCROW_PRIVATE_KEY: keyOf(NEW) },
    ESCROW_BRIDGE_WALLETS_BEFORE: BRIDGE.address,
  });
  await others.act(ADMIN, 'revokeRole', [ROLE_IDS.bridge, BRIDGE.address]);
  await others.accept();
  if (payee === 'thief') await others.redirect(held, STRANGER.address);
  else await others.act(APPROVER, 'redirect', [[escrowId], NEW.address]);
  await client.mine({ blocks: 1, interval: 31 * 86_400 });
  await others.act(STRANGER, 'release', [escrowId]);
  const proposalId = await decided(world.db, 'dispute resolve', `dispute:${id}`);
  await world.db.insert(disputeResolution).values({
    ...{ id: randomUUID(), disputeId: id, proposalId, outcome: 'recipient', appealableUntil: new Date() },
  });
  await world.db.update(dispute).set({ state: 'resolved' }).where(eq(dispute.id, id));
  return held;
}

test('the leg goes on, and the freeze ends with its escrow', async () => {
  const held = await leave('us');
  await others.comesTo(held, 'completed');
  expect(await freezeOf(held.legId)).toMatchObject({ state: 'dead' });
  expect(await world.transfers(world.settings.bridge, JUNO.address)).toHaveLength(1);
}, 240_000);

test('robbed: it is told, and closed by a payment by hand', async () => {
  const held = await leave('thief');
  await others.comesTo(held, 'escrow_paid_another');
  await world.anvil.client.mine({ blocks: 70 });
  await world.indexed.sync();
  const settle = ['settle-outside', held.paymentId, '--leg', held.legId, '--tracking-key', 'HAND7'] as const;
  const byHand = () => people.both('payment', ...settle, '--cep', 'https://www.banxico.org.mx/cep/go?i=90716');
  const noted = async (at: { minedBlock: number; minedBlockHash: string } | null) =>
    world.db
      .update(walletTransaction)
      .set(at ?? { minedBlock: null, minedBlockHash: null })
      .where(eq(walletTransaction.effectId, (await freezeOf(held.legId))?.id ?? ''));
  // In a block it is looked at first.
  await noted({ minedBlock: 1, minedBlockHash: `0x${'ab'.repeat(32)}` });
  expect(await byHand()).toContain('what becomes of it is not known yet');
  await noted(null);
  expect(await byHand()).toBe('Approved and done.');
  expect(await freezeOf(held.legId)).toMatchObject({ state: 'dead' });
}, 240_000);
