import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { openAuditBooks } from '../../src/auditor/books.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import {
  depositClabe,
  destination,
  effect,
  guardSwitch,
  junoDeposit,
  junoObservation,
  lane as laneTable,
  leg,
  person,
} from '../../src/reactor/db/schema.ts';
import { clabesOfOthers } from '../../src/reactor/effects/drivers/clabes.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { snapshotDestination } from '../../src/reactor/payment/create.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { REASON, useDesk } from '../guards/desk.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';

const desk = useDesk();
const propose = (id: string, query = '') => desk().ask('POST', `/users/${id}/erase${query}`, { reason: REASON });

/** A user who was paid once, long ago, by somebody else; and what Juno said of it. */
async function givenPaid() {
  const d = desk();
  const { db } = d;
  const payment = await d.givenDeposited();
  const name = `Zoraida ${payment.legId.slice(0, 8)}`;
  const clabe = `6461809${String(Math.floor(Math.random() * 1e11)).padStart(11, '0')}`;
  const [account, own] = [randomUUID(), randomUUID()];
  const userId = payment.payerId;
  await db.insert(person).values({ userId, fullName: name, email: `${account}@example.mx` });
  await db.insert(destination).values({ id: account, userId, clabe, legalName: name });
  // A bank account that Juno was asked for, as it was asked.
  const lane = `destination:${account}`;
  await db.insert(laneTable).values({ name: lane, epoch: 1 });
  const id = randomUUID();
  const request = { body: JSON.stringify({ clabe, recipient_legal_name: name }) };
  await db.insert(effect).values({
    ...{ id, subjectKind: 'destination', subjectId: account, kind: 'juno_bank_account', attempt: 1, key: randomUUID() },
    ...{ request, amount: 0n, currency: 'MXN', lane, laneEpoch: 1 },
  });
  const deposit = `deposit-${account}`;
  await db
    .insert(junoDeposit)
    .values({ id: deposit, clabe: payment.clabe, amount: 1n, status: 'complete', senderName: name });
  await db.insert(junoObservation).values([
    { resource: 'deposit', externalId: deposit, fingerprint: deposit, body: `{"sender_name":"${name}"}` },
    {
      resource: 'transaction',
      externalId: account,
      fingerprint: account,
      body: `{"clabe":"${clabe}","name":"${name}"}`,
    },
  ]);
  const end = async () => {
    await db
      .update(effect)
      .set({ state: 'dead', error: { code: 'x', text: `no ${clabe}` } })
      .where(eq(effect.id, id));
    await db.transaction(async (tx) => {
      await tx.insert(leg).values({
        ...{
          id: own,
          paymentId: payment.paymentId,
          kind: 'commission',
          amount: payment.amount,
          destinationId: account,
        },
        replaces: payment.legId,
        ...{ rail: 'bank_redemption', reference: deriveReference(KEY_SECRET, own), cause: 'a test' },
      });
      await tx.update(leg).set({ state: 'closed' }).where(eq(leg.id, own));
      await tx.update(leg).set({ state: 'replaced' }).where(eq(leg.id, payment.legId));
    });
  };
  const age = (days: number) =>
    db.execute(
      sql`UPDATE reactor.leg SET entered_at = reactor.now() - ${days} * interval '1 day' WHERE payment_id = ${payment.paymentId}`,
    );
  return {
    ...payment,
    userId,
    name,
    account,
    end,
    age,
    words: [name, `${account}@example.mx`, clabe, payment.clabe],
  };
}

/** Every column of text, JSON or bytes in which a word stands. */
async function placesOf(word: string): Promise<string[]> {
  const { db } = desk();
  const { rows } = await db.execute<{ t: string; c: string }>(sql`
    SELECT table_name AS t, column_name AS c FROM information_schema.columns
    WHERE table_schema = 'reactor' AND data_type IN ('text', 'jsonb')`);
  const found: string[] = [];
  for (const { t, c } of rows) {
    const [table, cell] = [sql`reactor.${sql.identifier(t)}`, sql`${sql.identifier(c)}::text`];
    const { rows: seen } = await db.execute(sql`SELECT 1 FROM ${table} WHERE position(${word} IN ${cell}) > 0 LIMIT 1`);
    if (seen.length > 0) found.push(`${t}.${c}`);
  }
  return found.sort();
}

describe('who somebody is', () => {
  test('is erased from every column by two people, and nothing of theirs ever moves again', async () => {
    const d = desk();
    const given = await givenPaid();
    for (const word of given.words) expect((await placesOf(word)).length, word).toBeGreaterThan(0);
    await given.end();
    await given.age(31);
    expect(await propose(given.userId, '?dryRun=true')).toMatchObject({ status: 200, body: { dryRun: true } });
    const { body } = await propose(given.userId);
    expect((await d.approve(body['proposal'], d.keys.operator)).status).toBe(403);
    for (const word of given.words) expect((await placesOf(word)).length, word).toBeGreaterThan(0);
    expect((await d.approve(body['proposal'])).status).toBe(201);
    for (const word of given.words) expect([word, await placesOf(word)]).toEqual([word, []]);

    const [off] = await d.db
      .select()
      .from(guardSwitch)
      .where(eq(guardSwitch.name, `user:${given.userId}`));
    expect(off?.isStopped).toBe(true);
    const recipient = await d.createUser();
    const terms = {
      ...{ amount: '100.00', custodySeconds: 3, concept: 'x', recipientId: recipient.id, payerId: given.userId },
      payout: { clabe: '646180157042875763', legalName: 'Juan' },
    };
    expect(await d.ask('POST', '/payments', terms)).toMatchObject({ status: 422, body: { code: 'user_unknown' } });
    expect(await propose(given.userId)).toMatchObject({ status: 409, body: { code: 'user_erased' } });
    // The other side of the payment is who they were.
    expect((await placesOf('646180157042875763')).length).toBeGreaterThan(0);
  });

  test('is not erased while standing terms would pay them a fee, and is named by none afterwards', async () => {
    const d = desk();
    const given = await givenPaid();
    await given.end();
    await given.age(31);
    const [payer, recipient] = [await d.createUser(), await d.createUser()];
    const path = `/users/${payer.id}/standing-terms`;
    const account = (legalName: string) => ({ clabe: '646180157042875763', legalName });
    const terms = (recipientId: string, beneficiaryId: string) => ({
      ...{ recipientId, payout: account('Juan'), custodySeconds: 3, concept: 'Renta', reason: REASON },
      ...{ minimum: '1000.00', maximum: '2000.00' },
      fees: [{ kind: 'broker', bearer: 'recipient', amount: '100.00', beneficiaryId, payout: account('Bruno') }],
    });
    expect((await d.ask('PUT', path, terms(recipient.id, given.userId))).status).toBeLessThan(300);
    expect((await propose(given.userId)).body['detail']).toContain('standing terms in force name them');
    expect((await d.ask('PUT', path, terms(recipient.id, recipient.id))).status).toBeLessThan(300);
    const { body } = await propose(given.userId);
    expect((await d.approve(body['proposal'])).status).toBe(201);

    for (const named of [terms(given.userId, recipient.id), terms(recipient.id, given.userId)])
      expect(await d.ask('PUT', path, named)).toMatchObject({ status: 422, body: { code: 'user_unknown' } });
    const own = await d.ask('PUT', `/users/${given.userId}/standing-terms`, terms(recipient.id, recipient.id));
    expect(own).toMatchObject({ status: 409, body: { code: 'user_erased' } });
    const row = { userId: given.userId, ...account('Zoraida again') };
    await refused(d.db.insert(destination).values({ id: randomUUID(), ...row }), /no account is kept of them/);
    const payout = { recipientId: given.userId, payout: { clabe: parseClabe(row.clabe), legalName: row.legalName } };
    await expect(d.db.transaction((tx) => snapshotDestination(tx, randomUUID(), payout))).rejects.toMatchObject({
      problem: { code: 'user_erased' },
    });
  });

  test('is not told by what people wrote of them, and the rest of it stays as it was', async () => {
    const d = desk();
    const given = await givenPaid();
    await given.end();
    await given.age(31);
    const [name = '', email = '', clabe = ''] = given.words;
    const sentence = `${name}, ${email}, said that ${clabe} is hers, and Maria is not`;
    const held = await d.ask('POST', '/holds', {
      ...{ on: `user:${given.userId}`, reasonCode: 'drill', sentence, owner: 'operations' },
    });
    await d.letGo(held.body['id']);
    const stopped = await d.ask('PUT', '/guards/switches/rail:bitso_spei/stop', { reason: sentence });
    expect(stopped.status).toBe(200);
    const wanted = await d.ask('POST', `/users/${given.userId}/erase`, { reason: sentence });
    for (const place of ['audit_log.reason', 'guard_switch.reason', 'proposal.reason', 'wide_hold.sentence'])
      expect(await placesOf(name)).toContain(place);
    expect((await d.approve(wanted.body['proposal'])).status).toBe(201);
    for (const word of given.words) expect([word, await placesOf(word)]).toEqual([word, []]);
    expect(await placesOf('and Maria is not')).toEqual([
      'audit_log.detail',
      'audit_log.reason',
      'guard_switch.reason',
      'proposal.reason',
      'wide_hold.sentence',
    ]);
  });

  test('is not told by a part of another word or name, and what others are called stays', async () => {
    const d = desk();
    const given = await givenPaid();
    await given.end();
    await given.age(31);
    const word = `Zoe${given.legId.slice(0, 6)}`;
    const staff = `Keeper ${given.legId.slice(0, 8)}`;
    await createApiKey(d.db, { name: staff, role: 'viewer' });
    for (const [legalName, clabe] of [
      [word, '646180157042875763'],
      [`${word} (S.A.)`, '646180157042875763'],
      [staff, '646180157042875763'],
    ] as const)
      await d.db.insert(destination).values({ id: randomUUID(), userId: given.userId, clabe, legalName });
    const kept = `${word}s, ${staff} and`;
    const wanted = await d.ask('POST', `/users/${given.userId}/erase`, {
      reason: `${kept} ${word}, then ${word} (S.A.), were called`,
    });
    expect((await d.approve(wanted.body['proposal'])).status).toBe(201);
    const places = ['audit_log.detail', 'audit_log.reason', 'proposal.reason'];
    expect(await placesOf(`${kept} erased, then erased, were called`)).toEqual(places);
  });

  test('leaves the account that another user pays from as it is, until they are erased as well', async () => {
    const d = desk();
    const given = await givenPaid();
    const other = await givenPaid();
    const sender = '646180157042875705';
    const paid = (clabe: string) => {
      const row = {
        id: randomUUID(),
        clabe,
        amount: 1n,
        status: 'complete',
        senderClabe: sender,
        senderName: 'Sociedad',
      };
      return d.db.insert(junoDeposit).values(row);
    };
    await paid(given.clabe);
    await paid(other.clabe);
    for (const one of [given, other]) {
      await one.end();
      await one.age(31);
      const { body } = await propose(one.userId);
      expect((await d.approve(body['proposal'])).status).toBe(201);
      expect(await placesOf(sender)).toEqual(one === given ? ['juno_deposit.sender_clabe'] : []);
    }
  });

  test('is not erased while something of theirs is open, or moved so lately that it may come back', async () => {
    const given = await givenPaid();
    const refusal = async () => String((await propose(given.userId)).body['detail']);
    expect(await refusal()).toMatch(/a payment of theirs is open.*asked of Juno for them is not answered/);
    await given.end();
    expect(await refusal()).toContain('may still come back');
    await given.age(29);
    expect(await refusal()).toContain('may still come back');
    await given.age(31);
    const { body } = await desk().hold(`user:${given.userId}`);
    expect(await refusal()).toContain('a hold on them is open');
    await desk().letGo(body['id']);
    expect((await propose(given.userId)).status).toBe(201);
    expect((await propose(randomUUID())).status).toBe(404);
  });

  test('is changed under an approved erasure alone, until it is done, and only who it was', async () => {
    const { db } = desk();
    const [done, other] = [await givenPaid(), await givenPaid()];
    await done.end();
    await done.age(31);
    const { body } = await propose(done.userId);
    const edit = (setting: string, set: ReturnType<typeof sql>) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`SELECT set_config('reactor.erasing', ${setting}, true)`);
        await tx.execute(sql`UPDATE reactor.destination SET ${set} WHERE id = ${other.account}`);
      });
    const anybody = sql`legal_name = 'erased'`;
    // Proposed is not approved, and what is done is over.
    await refused(edit(String(body['proposal']), anybody), /is a snapshot/);
    await desk().approve(body['proposal']);
    for (const setting of [String(body['proposal']), 'on', '']) await refused(edit(setting, anybody), /is a snapshot/);
    // Between the two, under the proposal: who it was, and nothing else.
    await other.end();
    await other.age(31);
    const { body: open } = await propose(other.userId);
    const within = (set: ReturnType<typeof sql>) =>
      db.transaction(async (tx) => {
        await tx.execute(
          sql`UPDATE reactor.proposal SET approved_by = ${randomUUID()}, approver_name = 'x', approved_at = reactor.now() WHERE id = ${open['proposal']}`,
        );
        await tx.execute(sql`SELECT set_config('reactor.erasing', ${open['proposal']}, true)`);
        await tx.execute(sql`UPDATE reactor.destination SET ${set} WHERE id = ${other.account}`);
        tx.rollback();
      });
    await refused(within(sql`legal_name = 'erased', user_id = ${done.userId}`), /is a snapshot/);
    await refused(within(anybody), /Rollback/);
  });

  test('of a CLABE is known again, so that nobody else gets it; the auditor is shown none', async () => {
    const d = desk();
    const given = await givenPaid();
    await given.end();
    await given.age(31);
    const { body } = await propose(given.userId);
    await d.approve(body['proposal']);
    const others = await clabesOfOthers({ db: d.db, settings: d.ctx.settings }, null);
    expect([others.has(given.clabe), others.has('646180999999999999')]).toEqual([true, false]);
    const [kept] = await d.db.select().from(depositClabe).where(eq(depositClabe.userId, given.userId));
    expect(kept?.clabe).toMatch(/^erased:[0-9a-f]{32}$/);
    const { legs } = await openAuditBooks({ databaseUrl: d.ctx.settings.databaseUrl })();
    expect(legs.some(({ clabe }) => clabe === null)).toBe(true);
    expect(legs.every(({ clabe }) => clabe === null || /^\d{18}$/.test(clabe))).toBe(true);
    const [payee] = await d.db.select().from(destination).where(eq(destination.id, given.destinationId));
    expect(payee?.clabe).toBe('646180157042875763');
  });
});
