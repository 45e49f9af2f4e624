import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { dispute, disputeAppeal, disputeEvidence, leg, person } from '../../src/reactor/db/schema.ts';
import { useDisputeDesk, WHY } from './desk.ts';

const desk = useDisputeDesk();

test('with a user goes what they said in disputes; what the others said stays, and who did what', async () => {
  const d = desk();
  const payment = await d.given();
  for (const userId of [payment.payerId, payment.recipientId])
    await d.db.insert(person).values({ userId, fullName: 'Zoraida', email: `${userId}@example.mx` });
  d.appealFor(3_600);
  const id = await d.opened(payment.paymentId, { statement: 'I live at number 7.' });
  await d.say(id, 'evidence', {
    text: 'I live at number 7.',
    files: [{ name: 'my-house.jpg', sha256: 'a'.repeat(64) }],
  });
  await d.say(id, 'evidence', { by: 'recipient', text: 'It was sent.' });
  await d.decide(id, { outcome: 'recipient' });
  await d.say(id, 'appeals', { text: 'I live at number 7.' });
  d.appealFor(0);
  await d.decide(id, { outcome: 'recipient' });
  await d.advance(payment.paymentId);
  // Paid, and long ago.
  await d.db.execute(sql`ALTER TABLE reactor.leg DISABLE TRIGGER USER`);
  await d.db
    .update(leg)
    .set({ state: 'completed', enteredAt: sql`reactor.now() - interval '31 days'` })
    .where(eq(leg.id, payment.legId));
  await d.db.execute(sql`ALTER TABLE reactor.leg ENABLE TRIGGER USER`);

  const { body } = await d.ask('POST', `/users/${payment.payerId}/erase`, { reason: WHY });
  expect((await d.approve(body['proposal'])).status).toBe(201);
  expect(await d.db.select().from(dispute).where(eq(dispute.id, id))).toMatchObject([{ statement: 'erased' }]);
  const said = await d.db.select().from(disputeEvidence).where(eq(disputeEvidence.disputeId, id));
  expect(said.map(({ text, files }) => [text, files]).sort()).toEqual([
    ['It was sent.', []],
    ['erased', []],
  ]);
  expect(await d.db.select().from(disputeAppeal)).toMatchObject([{ text: 'erased', givenBy: 'payer' }]);
  expect(await d.look(`/disputes/${id}`)).toMatchObject({ state: 'final', openedBy: 'payer' });
});
