/** A stranger ends an escrow that anybody may end, and writes Transfers of nothing out of it around that, which need no allowance. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { encodeFunctionData, type Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { readTransfer } from '../../src/chain/logs.ts';
import { dispute, disputeResolution } from '../../src/reactor/db/schema.ts';
import { openDispute } from '../../src/reactor/disputes/open.ts';
import { actsOn } from '../finality/acts.ts';
import { peopleOf } from '../finality/people.ts';
import { expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { STRANGER } from '../indexer/escrows.ts';
import { decided } from '../release/desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const DAY_S = 86_400;
/** Of an amount that a redemption asks the chain’s own finality for. */
const LARGE = 12_000_000n;
const APP = { id: randomUUID(), name: 'the app', role: 'operator' } as const;

let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
let people: Awaited<ReturnType<typeof peopleOf>>;
let nothing: Hex;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres, { approver: true, showsDisputes: true });
  others = await actsOn(world);
  people = await peopleOf(world);
  const { client } = world.anvil;
  const hash = await client.deployContract({ ...readArtifact('NothingBeside'), account: STRANGER, args: [] });
  nothing = (await client.waitForTransactionReceipt({ hash })).contractAddress ?? '0x';
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

let payments = 0n;
/** In custody, and so long overdue that the contract lets anybody end it. */
const overdue = async (days: number, release: 'date' | 'approvals' = 'date', about = 610_000n) => {
  const amount = about + ++payments * 1_313n;
  const held = { ...(await world.givePayment({ amount, custodySeconds: 40, release })), amount };
  await world.until(held.paymentId, 'in_custody');
  const wait = () => world.anvil.client.mine({ blocks: 1, interval: days * DAY_S });
  return { ...held, ...(await others.escrowOf(held)), wait };
};
type End = 'release' | 'releaseAbandoned';
/** Plain, or with Transfers of nothing before and after it. */
const end = async (functionName: End, escrowId: bigint, isPlain = false) => {
  if (isPlain) return others.act(STRANGER, functionName, [escrowId]);
  const call = encodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, functionName, args: [escrowId] });
  const { token, escrow } = world.contracts;
  const { client } = world.anvil;
  const hash = await client.writeContract({
    ...{ abi: readArtifact('NothingBeside').abi, address: nothing, functionName: 'make' },
    ...{ args: [token, escrow, call], account: STRANGER },
  });
  const receipt = await client.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe('success');
  const moved = receipt.logs.map((log) => readTransfer(token, log)?.value ?? null);
  expect([moved[0], moved.at(-1)]).toEqual([0n, 0n]);
  return hash;
};

describe('a stranger ends an escrow, with Transfers of nothing around it,', () => {
  test('while it is due for anybody: it is paid', async () => {
    const held = await overdue(31);
    await world.stopMoney(true);
    await held.wait();
    await end('release', held.escrowId);
    await world.stopMoney(false);
    await others.comesTo(held, 'completed');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await expectPaidOnce(world, held.amount);
  }, 240_000);

  test('that was redirected: it is told, and closed by a payment by hand', async () => {
    const held = await overdue(31);
    await world.stopMoney(true);
    await others.redirect(held, STRANGER.address);
    await held.wait();
    await end('release', held.escrowId);
    await world.stopMoney(false);
    await others.comesTo(held, 'escrow_paid_another');
    await world.anvil.client.mine({ blocks: 70 });
    await world.indexed.sync();
    const settle = ['settle-outside', held.paymentId, '--leg', held.legId, '--tracking-key', 'HAND2'] as const;
    const cep = ['--cep', 'https://www.banxico.org.mx/cep/go?i=90710'];
    expect(await people.both('payment', ...settle, ...cep)).toBe('Approved and done.');
    expect((await world.legOf(held.paymentId)).state).toBe('closed');
  }, 240_000);
});

describe('an escrow that has ended, where the token wrote something else down beside its Transfer,', () => {
  /** Ends it while the token's code is another; the numbers of its Transfer and of others of its logs. */
  const endUntold = async (held: Awaited<ReturnType<typeof overdue>>) => {
    const { client } = world.anvil;
    const { token } = world.contracts;
    const before = await client.getCode({ address: token });
    const args = [STRANGER.address, STRANGER.address, STRANGER.address];
    const made = await client.deployContract({ ...readArtifact('TalkativeMXNB'), account: STRANGER, args });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash: made });
    const upgraded = await client.getCode({ address: contractAddress ?? '0x' });
    await client.setCode({ address: token, bytecode: upgraded ?? '0x' });
    const hash = await end('release', held.escrowId);
    await client.setCode({ address: token, bytecode: before ?? '0x' });
    const { logs } = await client.getTransactionReceipt({ hash });
    const [nothingMoved, note, transfer] = [0, 2, 3].map((i) => Number(logs[i]?.logIndex));
    expect(logs.map((log) => readTransfer(token, log) !== null)).toEqual([true, false, false, true, true]);
    return { hash, transfer: transfer ?? -1, others: [nothingMoved ?? -1, note ?? -1] };
  };
  const UNTOLD = 'escrow_payment_untold';
  const name = ({ paymentId, legId }: { paymentId: string; legId: string }, tx: string, log: number) =>
    ['payment', 'name-transfer', paymentId, '--leg', legId, '--tx', tx, '--log', String(log)] as const;

  test('is told as that, and goes on once two people name it: that one, as deep as it asks, and once', async () => {
    const held = await overdue(31);
    await world.stopMoney(true);
    await held.wait();
    const { hash, transfer, others: besides } = await endUntold(held);
    await world.stopMoney(false);
    const told = await world.untilAsks(held.paymentId, UNTOLD);
    expect(told).toContain(`has ended in transaction ${hash}`);
    expect(told).toContain('No release is tried any more');
    await world.anvil.client.mine({ blocks: 70 });
    await world.indexed.sync();
    for (const log of besides) expect(await people.both(...name(held, hash, log))).toContain('is no Transfer of');
    expect(await people.both(...name(held, `0x${'ab'.repeat(32)}`, transfer))).toContain('is paid in no other');
    expect((await world.legOf(held.paymentId)).attentionCode).toBe(UNTOLD);
    expect(await people.dry(...name(held, hash, transfer))).toContain('a bridge wallet: the leg goes on');
    expect(await people.both(...name(held, hash, transfer))).toBe('Approved and done.');
    expect(await people.both(...name(held, hash, transfer))).toContain('was named for this leg already');
    await others.comesTo(held, 'completed');
    await expectPaidOnce(world, held.amount);
  }, 240_000);

  test('that paid a stranger, is robbed once two people name it, as deep as a redemption asks', async () => {
    const held = await overdue(31, 'date', LARGE);
    await world.stopMoney(true);
    await others.redirect(held, STRANGER.address);
    await held.wait();
    const { hash, transfer } = await endUntold(held);
    await world.indexed.sync();
    expect(await people.both(...name(held, hash, transfer))).toContain('is not settled on the chain');
    await world.stopMoney(false);
    await world.untilAsks(held.paymentId, UNTOLD);
    await world.anvil.client.mine({ blocks: 70 });
    await world.indexed.sync();
    expect(await people.dry(...name(held, hash, transfer))).toContain('which is no wallet of ours');
    expect(await people.both(...name(held, hash, transfer))).toBe('Approved and done.');
    await others.comesTo(held, 'escrow_paid_another');
  }, 240_000);

  test('and that tells what paid it, or has not ended, is named by nobody', async () => {
    const held = await overdue(31);
    const no = `0x${'ab'.repeat(32)}`;
    expect(await people.both(...name(held, no, 0))).toContain('No end of its escrow is seen');
    await world.stopMoney(true);
    await held.wait();
    const hash = await end('release', held.escrowId);
    await world.indexed.sync();
    expect(await people.both(...name(held, hash, 0))).toContain('tells what paid it');
    await world.stopMoney(false);
    await others.comesTo(held, 'completed');
  }, 240_000);
});

describe('a stranger ends an escrow that has been disputed for a year', () => {
  test.each([
    ['recipient', true],
    ['payer', true],
    ['payer', false],
  ] as const)(
    'and the %s is paid once it is decided (plain: %s)',
    async (outcome, isPlain) => {
      const held = await overdue(366, 'approvals');
      const terms = {
        payment: held.paymentId,
        by: 'payer',
        reasonCode: 'not_received',
        statement: 'x',
        reason: 'a drill',
      };
      const { id } = await world.db.transaction((tx) => openDispute(tx, world.ctx, APP, terms as never));
      const isFrozen = async () => (await world.chain.escrow.byId(held.escrowId))?.isDisputed === true;
      for (let turn = 0; turn < 40 && !(await isFrozen()); turn++) await world.turn(held.paymentId);
      await held.wait();
      await end('releaseAbandoned', held.escrowId, isPlain);
      for (let turn = 0; turn < 5; turn++) await world.turn(held.paymentId);
      expect((await world.legOf(held.paymentId)).state).toBe('in_custody');

      const proposalId = await decided(world.db, 'dispute resolve', `dispute:${id}`);
      await world.db.insert(disputeResolution).values({
        ...{ id: randomUUID(), disputeId: id, proposalId, outcome, appealableUntil: new Date() },
        ...(outcome === 'payer' ? { destinationId: held.destinationId } : {}),
      });
      await world.db.update(dispute).set({ state: 'resolved' }).where(eq(dispute.id, id));
      const isOver = async () => {
        const { rows } = await world.db.$client.query<{ n: number }>(
          "SELECT count(*)::int AS n FROM reactor.leg WHERE payment_id = $1 AND state NOT IN ('completed', 'replaced')",
          [held.paymentId],
        );
        return rows[0]?.n === 0;
      };
      for (let turn = 0; turn < 60 && !(await isOver()); turn++) await world.turn(held.paymentId);
      expect(await isOver()).toBe(true);
      await expectPaidOnce(world, held.amount);
    },
    240_000,
  );
});
