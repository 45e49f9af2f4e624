/** What an escrow paid to a stranger: a person pays by hand, two people close the leg, and the books bear the loss. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { actsOn, OTHER } from '../finality/acts.ts';
import { peopleOf } from '../finality/people.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const CEP = 'https://www.banxico.org.mx/cep/go?i=';

let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
let people: Awaited<ReturnType<typeof peopleOf>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  others = await actsOn(world);
  people = await peopleOf(world);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** What the books have in an account: posted, and waiting. */
const booked = async (account: string, currency: string) => {
  const { rows } = await world.db.$client.query<{ posted: string; pending: string }>(
    'SELECT coalesce(sum(posted), 0)::text AS posted, coalesce(sum(pending), 0)::text AS pending FROM reactor.ledger_balance WHERE account = $1 AND currency = $2',
    [account, currency],
  );
  return [BigInt(rows[0]?.posted ?? -1), BigInt(rows[0]?.pending ?? -1)];
};
const ASKED = {
  ...{ act: 'cancel', chainId: 31337, contract: '0x1', escrowId: '1', reference: '0x2' },
  ...{ disputes: 0, expiry: 1, approver: '0x3' },
};
/** As an approver that was asked, and whose answer was lost, leaves it. */
const unsigned = async ({ paymentId, legId }: { paymentId: string; legId: string }) => {
  const id = randomUUID();
  await withLane(world.ctx, `payment:${paymentId}`, async ({ name, epoch }) => {
    await world.db.insert(effect).values({
      ...({ id, subjectKind: 'leg', subjectId: legId, kind: 'approver_signature', attempt: 1, paymentId } as const),
      ...{ key: randomUUID(), request: ASKED, amount: 0n, currency: 'MXNB', lane: name, laneEpoch: epoch },
    });
    for (const state of ['sending', 'unknown'] as const)
      await world.db.update(effect).set({ state }).where(eq(effect.id, id));
  });
  return id;
};
const settle = ({ paymentId, legId }: { paymentId: string; legId: string }, key: string) =>
  ['payment', 'settle-outside', paymentId, '--leg', legId, '--tracking-key', key, '--cep', `${CEP}${key}`] as const;

test.each(['in_custody', 'releasing'] as const)(
  'while %s, it is closed by a payment by hand, and the books have what the chain has',
  async (state) => {
    const held = await (state === 'releasing' ? others.releasing() : others.inCustody());
    const early = await people.both(...settle(held, `EARLY${state.length}`));
    expect(early).toContain('no Transfer of it to a stranger is seen');
    await others.redirect(held, STRANGER.address);
    await others.act(OTHER, 'release', [(await others.escrowOf(held)).escrowId]);
    await others.comesTo(held, 'escrow_paid_another');
    const signature = state === 'in_custody' ? await unsigned(held) : null;
    expect((await world.legOf(held.paymentId)).state).toBe(state);
    await world.anvil.client.mine({ blocks: 70 });
    await world.indexed.sync();
    expect(await people.dry(...settle(held, 'HAND1'))).toContain(
      `to ${STRANGER.address.toLowerCase()}, and Kustodia bears`,
    );
    expect((await world.legOf(held.paymentId)).state).toBe(state);
    expect(await people.both(...settle(held, `HAND${state.length}`))).toBe('Approved and done.');
    expect((await world.legOf(held.paymentId)).state).toBe('closed');
    // The approver had been asked, and its answer was lost: of an escrow that has ended it keeps nobody back.
    if (signature) {
      const [row] = await world.db.select().from(effect).where(eq(effect.id, signature));
      expect(row).toMatchObject({ state: 'dead', error: { code: 'no_longer_wanted' } });
    }
    expect(await booked('escrow', 'MXNB')).toEqual([await world.chain.tokenBalance(world.settings.escrow), 0n]);
    for (const [account, currency] of [
      ['own', 'MXN'],
      ['liability', 'MXN'],
      ['conversion', 'MXNB'],
    ] as const)
      expect([account, ...(await booked(account, currency))]).toEqual([account, 0n, 0n]);
    // Nothing is left to do for it, and nobody is paid twice.
    for (let turn = 0; turn < 3; turn++) await world.turn(held.paymentId);
    expect((await world.legOf(held.paymentId)).state).toBe('closed');
    const orders = (await world.sandbox.outbox()).filter((order) => order['amount_centavos'] === String(held.amount));
    expect(orders).toHaveLength(0);
  },
  240_000,
);
