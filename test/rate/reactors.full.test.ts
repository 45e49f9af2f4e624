import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startWorld, type World } from '../../src/local/world.ts';
import { query, until } from '../journey/support.ts';

const DUE = 10_000;
const TIMEOUT_MS = 20 * 60_000;
const STATE = z.looseObject({ throttled: z.number() });

let world: World;
beforeAll(async () => {
  // Juno's 300 a minute as 300 a second: the same ratio to the budget of 240, sixty times faster.
  world = await startWorld({
    reactors: 2,
    sandbox: { ratePerMinute: 300, rateWindow_s: 1, delays: { issuance: 50, redemption: 50 } },
  });
}, 180_000);
afterAll(() => world?.stop());

/** Refunds of 100 pesos each whose money is in Juno's pool, all due now, to one account that is registered. */
const GIVE = `
  WITH made AS (
    INSERT INTO reactor.payment (id, kind, payer_id, recipient_id, amount_centavos, custody_seconds, concept, expires_at, awaits_deposit)
    SELECT gen_random_uuid(), 'refund', d.user_id, d.user_id, 10000, 0, 'Devolucion', now(), false
    FROM reactor.destination d, generate_series(1, $1) WHERE d.id = $2 RETURNING id
  ), legs AS (
    INSERT INTO reactor.leg (id, payment_id, kind, amount_centavos, destination_id, rail, reference, cause)
    SELECT gen_random_uuid(), id, 'refund', 10000, $2, 'bank_redemption', '0x' || encode(sha256(id::text::bytea), 'hex'), 'given' FROM made
    RETURNING payment_id
  ), entries AS (
    INSERT INTO reactor.ledger_entry (id, key, payment_id, state)
    SELECT gen_random_uuid(), 'given:' || payment_id, payment_id, 'posted' FROM legs RETURNING id, payment_id
  )
  INSERT INTO reactor.ledger_posting (entry_id, line, account, owner, currency, amount)
  SELECT e.id, p.line, p.account, e.payment_id::text, p.currency::reactor.currency, p.amount FROM entries e, (VALUES
    (0, 'liability', 'MXN', -10000), (1, 'conversion', 'MXN', 10000),
    (2, 'conversion', 'MXNB', -100000000), (3, 'juno_pool', 'MXNB', 100000000)) AS p (line, account, currency, amount)`;

test(
  'two reactors with ten thousand payouts due never go over Juno’s limit, and pay each once',
  async () => {
    const payer = await world.api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.com' });
    const recipient = await world.api.createUser({ fullName: 'Gloria Paz', email: 'gloria@example.com' });
    const { depositClabe } = await until(async () => {
      const user = await world.api.user(payer.id);
      return user.depositClabe === null ? null : user;
    });
    const payout = { clabe: '012180001234567899', legalName: 'Gloria Paz' };
    // The pool's money for all of them, in one deposit that nobody asked for; and a payment, so that the account is registered.
    await world.deposit(depositClabe ?? '', String(DUE * 100));
    const concept = 'Cuenta';
    await world.api.createPayment({
      payerId: payer.id,
      recipientId: recipient.id,
      amount: '150.00',
      custodySeconds: 60,
      payout,
      concept,
    });
    const { id } = await until(async () => {
      const [row] = await query<{ id: string }>(
        world,
        `SELECT id FROM reactor.destination WHERE verified_at IS NOT NULL AND EXISTS (SELECT 1 FROM reactor.suspense WHERE issuance_id IS NOT NULL)`,
      );
      return row;
    });
    await query(world, GIVE, [DUE, id]);
    await query(world, `UPDATE reactor.leg SET state = 'reserved', cause = 'given' WHERE kind = 'refund'`);

    await until(async () => {
      const [row] = await query<{ left: number }>(
        world,
        `SELECT count(*)::int AS left FROM reactor.leg WHERE kind = 'refund' AND state <> 'completed'`,
      );
      return row?.left === 0;
    });
    expect(STATE.parse(await world.state()).throttled).toBe(0);
    const paid = await world.outbox();
    expect(paid).toHaveLength(DUE);
    expect(new Set(paid.map(({ transaction_id }) => transaction_id)).size).toBe(DUE);
  },
  TIMEOUT_MS,
);
