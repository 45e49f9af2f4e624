/** A dispute that is opened while the release of its escrow is signed already, and the freeze itself on its way. */
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Hex, parseTransaction } from 'viem';
import { expect, test } from 'vitest';
import { dispute, hold } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { moveEffect } from '../../src/reactor/effects/send.ts';
import { answering } from '../wallet/support.ts';
import { useNode } from '../wallet/use-node.ts';

const here = useNode();
const ESCROW: Hex = `0x${'d'.repeat(40)}`;
const DEPTH = 3;
/** Says that it has escrow 7. */
const ANSWERS_7 = answering(7);

async function givenRelease() {
  await here.anvil.client.setCode({ address: ESCROW, bytecode: ANSWERS_7 });
  const w = await here.givenWallet({ escrow: ESCROW });
  const id = await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n));
  const paymentId = (await w.stateOf(id))?.paymentId ?? '';
  return {
    ...w,
    id,
    paymentId,
    dispute: async () => {
      const [disputeId, holdId] = [randomUUID(), randomUUID()];
      const reasonCode = 'not_received';
      await w.db
        .insert(hold)
        .values({ id: holdId, paymentId, kind: 'dispute', reasonCode, sentence: 'contested', owner: 'compliance' });
      await w.db
        .insert(dispute)
        .values({ id: disputeId, holdId, paymentId, openedBy: 'operations', reasonCode, statement: 'contested' });
    },
    /** What is handed to the node, as it was signed. */
    versions: async () =>
      (await w.signedFor(id)).map(({ raw, isNoop, hash }) => ({ isNoop, hash, ...parseTransaction(raw as Hex) })),
  };
}

test('between the commit and the broadcast of a release: its bytes never reach the node, and nothing takes their nonce', async () => {
  const w = await givenRelease();
  // Committed with the bytes themselves: no earlier, and before anything is handed over.
  await w.db.execute(sql`
    CREATE FUNCTION public.dispute_it() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE held uuid := gen_random_uuid(); of uuid := (SELECT payment_id FROM reactor.effect WHERE id = NEW.effect_id);
    BEGIN
      IF NEW.is_noop THEN RETURN NULL; END IF;
      INSERT INTO reactor.hold (id, payment_id, kind, reason_code, sentence, owner) VALUES (held, of, 'dispute', 'drill', 'drill', 'compliance');
      INSERT INTO reactor.dispute (id, payment_id, opened_by, reason_code, statement, hold_id)
        VALUES (gen_random_uuid(), of, 'operations', 'drill', 'drill', held);
      RETURN NULL;
    END $$`);
  await w.db.execute(
    sql`CREATE TRIGGER dispute_it AFTER INSERT ON reactor.wallet_transaction FOR EACH ROW EXECUTE FUNCTION public.dispute_it()`,
  );
  await w.turn();
  const [signed] = await w.versions();
  expect([signed?.isNoop, await w.ctx.chain.knows(signed?.hash as Hex)]).toEqual([false, false]);
  await w.turn();
  const [noop, release] = await w.versions();
  expect([noop?.isNoop, noop?.to?.toLowerCase(), release?.isNoop]).toEqual([true, w.ctx.settings.bridge, false]);
  expect(await w.ctx.chain.knows(release?.hash as Hex)).toBe(false);
  await here.mine(DEPTH + 1);
  await w.turn();
  expect(await w.stateOf(w.id)).toMatchObject({ state: 'dead', error: { code: 'filled' } });
});

test('after the broadcast and before a block: the release gives way to nothing at its nonce, at once', async () => {
  const w = await givenRelease();
  await w.turn();
  const [signed] = await w.versions();
  expect(await w.ctx.chain.knows(signed?.hash as Hex)).toBe(true);
  await w.dispute();
  await w.turn();
  const [noop] = await w.versions();
  expect(noop?.isNoop).toBe(true);
  expect((noop?.maxFeePerGas ?? 0n) > (signed?.maxFeePerGas ?? 0n)).toBe(true);
  await here.mine(DEPTH + 1);
  await w.turn();
  expect(await w.stateOf(w.id)).toMatchObject({ state: 'dead' });
});

test('after a block had the release: it stands, and its effect is ended by the event as ever', async () => {
  const w = await givenRelease();
  await w.turn();
  await here.mine();
  await w.dispute();
  await w.turn();
  expect((await w.versions()).map(({ isNoop }) => isNoop)).toEqual([false]);
  expect(await w.stateOf(w.id)).toMatchObject({ state: 'sending' });
});

test('a freeze passes the dispute that it is for, and nothing else does, whatever the code above believes', async () => {
  const w = await givenRelease();
  await w.dispute();
  await w.turn();
  expect(await w.versions()).toEqual([]);
  expect(await w.stateOf(w.id)).toMatchObject({ state: 'recorded', error: { code: 'dispute' } });
  const freeze = await w.recordOf('chain_dispute', w.ctx.chain.escrow.disputeCall(7n, 'not_received'), undefined, w.id);
  await w.turn();
  expect(await w.stateOf(freeze)).toMatchObject({ state: 'sending' });
  const tried = withLane({ db: w.db, holder: 'test' }, `payment:${w.paymentId}`, (held) =>
    w.db.transaction(async (tx) => {
      const row = await w.stateOf(w.id);
      if (row) await moveEffect(tx, held, row, 'sending', null);
    }),
  );
  await expect(tried).rejects.toMatchObject({ cause: { message: expect.stringContaining('of a disputed payment') } });
});
