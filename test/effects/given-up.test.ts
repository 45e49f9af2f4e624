/** What two people give up, or allow again, is asked of Juno as it is then: neither a copy nor a balance that proves nothing decides it. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { centavos, formatDecimal, type Money } from '../../src/money/money.ts';
import type { FourEyesCommand } from '../../src/reactor/approvals/command.ts';
import type { Context } from '../../src/reactor/context.ts';
import { effect } from '../../src/reactor/db/schema.ts';
import { ALLOW_ATTEMPT, RESOLVE_EFFECT } from '../../src/reactor/effects/decide-by-people.ts';
import { assertInPool } from '../../src/reactor/effects/seen-back.ts';
import { withLook } from '../../src/reactor/intake/look.ts';
import { observeTransactions } from '../../src/reactor/intake/transactions.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { Refusal } from '../../src/reactor/people/refusal.ts';
import { BRIDGE } from '../sandbox/support/chain.ts';
import { type GivenEffect, givenEffect, openRail, PAST_MS, type Rail } from './rail.ts';

const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';
let rail: Rail;
beforeAll(async () => {
  rail = await openRail();
  // Its own million is in the books, as all is that Juno has here.
  await booksHave(centavos(100_000_000n));
});
afterAll(() => rail?.close());

const write = (postings: Parameters<typeof writeEntry>[1]['postings'], effectId: string | null = null) =>
  rail.db.transaction((tx) =>
    writeEntry(tx, {
      ...{ id: randomUUID(), key: randomUUID(), paymentId: null, effectId },
      ...{ state: effectId === null ? ('posted' as const) : ('pending' as const), postings },
    }),
  );
const booksHave = (amount: Money<'MXN'>) => write([...JOURNEY.deposit(amount), ...JOURNEY.issuance(amount)]);
/** A redemption of which the books have the pending entry. */
const booked = async (amount?: Money<'MXN'>) => {
  const e = await givenEffect(rail, 'juno_redemption', amount ? { amount } : {});
  await write(JOURNEY.juno_redemption(e.amount), e.id);
  return e;
};
const said = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refusal) return error.problem.detail;
      throw error;
    },
  );
const check = (command: unknown, { id }: GivenEffect, parameters: object, ctx = rail.context()) =>
  said((command as FourEyesCommand).check(ctx, { subjectId: id, parameters }));
const giveUp = (e: GivenEffect, ctx?: Context) => check(RESOLVE_EFFECT, e, { as: 'not_happened' }, ctx);
const allow = (e: GivenEffect) => check(ALLOW_ATTEMPT, e, {});
/** Where one item of Juno's list of transactions is none as we know it. */
function withOdd(): Context {
  const { juno } = rail.context();
  const call = async (request: { route: string }, schema: unknown) => {
    const answer = (await juno.call(request as never, schema as never)) as { value: { payload: { items?: object[] } } };
    const { payload } = answer.value;
    if (!request.route.endsWith('/transactions')) return answer;
    return { ...answer, value: { payload: { ...payload, items: [...(payload.items ?? []), { id: 'odd' }] } } };
  };
  return rail.context({ juno: { ...juno, call } as unknown as typeof juno });
}
const look = () => withLook(rail.context(), (one) => observeTransactions(rail.context(), one));
/** Juno made it, its answer was lost, and nothing repeats it any more. */
const lostAnswer = async () => {
  const e = await booked();
  await rail.fault('timeout_after_success', REDEMPTIONS, { ms: 5_000 });
  await e.send(rail.impatient());
  expect((await e.row()).state).toBe('unknown');
  await e.age(PAST_MS);
  return e;
};

describe('what Juno made is not given up', () => {
  test('though nobody has read its list since: it is read when the question is asked', async () => {
    await look();
    const e = await lostAnswer();
    const ctx = rail.context();
    expect(await giveUp(e, ctx)).toContain('It happened');
    // Nor where this process stored it itself, and the database was set back behind it.
    await rail.db.execute(sql`DELETE FROM reactor.juno_transaction WHERE type = 'REDEMPTION'`);
    expect(await giveUp(e, ctx)).toContain('It happened');
    await e.look(rail.context());
    expect((await e.row()).state).toBe('confirmed');
  });

  test('while its list cannot be read to its end, or what is in it cannot be read', async () => {
    const e = await booked();
    await rail.fault('connection_reset_before', REDEMPTIONS);
    await e.send(rail.context());
    await e.age(PAST_MS);
    await look();
    await rail.db.execute(
      sql`UPDATE reactor.heartbeat SET detail = detail || '{"gap": {"page": 3, "until": null}}' WHERE name = 'intake:transactions'`,
    );
    expect(await giveUp(e)).toContain('is being read still');
    await rail.db.execute(sql`UPDATE reactor.heartbeat SET detail = detail - 'gap' WHERE name = 'intake:transactions'`);
    expect(await giveUp(e, withOdd())).toContain('cannot be read');
    expect(await giveUp(e)).toBe('done');
  });

  test('before what was repeated last in its window would show', async () => {
    const e = await booked();
    await rail.fault('connection_reset_before', REDEMPTIONS);
    await e.send(rail.context());
    await e.age(3_600_000 + 60_000);
    expect(await giveUp(e)).toContain('less than 75 min ago may still show');
  });
});

describe('another attempt is not allowed', () => {
  test('while Juno’s balance does not have the money of the one that failed', async () => {
    const e = await booked();
    await rail.fault('fail_payout', REDEMPTIONS);
    await e.send(rail.context());
    const { externalId } = await e.row();
    expect((await rail.sandbox.settled(externalId ?? '')).status).toBe('FAILED');
    expect(await allow(e)).toBe('done');
    // Juno burnt the MXNB and keeps the pesos: as far as its balance shows, they are gone.
    const { body } = await rail.sandbox.withdraw({ amount: formatDecimal(e.amount), address: BRIDGE.address });
    await rail.sandbox.settled(body['payload'].id);
    expect(await allow(e)).toContain(`ask Juno’s support with that id, and repeat this once it is in the balance`);
  });

  test('beside one that was refused, and that Juno’s list shows all the same', async () => {
    const e = await lostAnswer();
    await rail.db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL session_replication_role = replica`);
      await tx.update(effect).set({ state: 'rejected' }).where(eq(effect.id, e.id));
    });
    expect(await allow(e)).toContain('our records have that it did not');
  });
});

describe('Juno’s balance proves nothing', () => {
  /** As far as the balance tells, it has left: Juno’s list shows nothing of it. */
  const gone = async () => {
    const e = await booked();
    const { body } = await rail.sandbox.withdraw({ amount: formatDecimal(e.amount), address: BRIDGE.address });
    await rail.sandbox.settled(body['payload'].id);
    return { e, inPool: async () => said(assertInPool(rail.context(), await e.row())) };
  };

  test('by what is recorded and was not sent, nor by what nobody knows of', async () => {
    const { e, inPool } = await gone();
    expect(await inPool()).toContain('balance does not agree');
    const other = await booked(centavos(e.amount.units + 1n));
    expect(await inPool()).toContain('prove nothing: repeat this once that is over');
    await rail.fault('connection_reset_before', REDEMPTIONS);
    await other.send(rail.context());
    expect((await other.row()).state).toBe('unknown');
    expect(await inPool()).toContain('prove nothing');
  });

  test('by what came in and is in no books', async () => {
    const { e, inPool } = await gone();
    await rail.db.execute(
      sql`INSERT INTO reactor.heartbeat (name, at, detail) VALUES ('intake:began', reactor.now(), '{}')`,
    );
    await rail.sandbox.deposit(formatDecimal(e.amount));
    expect(await inPool()).toContain('prove nothing');
  });
});
