/** Whose an API key is: two keys of one name are one person's. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiKey, proposal } from '../../src/reactor/db/schema.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { isSameName } from '../../src/reactor/people/same-name.ts';
import { useDesk } from '../guards/desk.ts';
import { refused } from '../support/refused.ts';

const desk = useDesk();
const WRITTEN = ['Ana Ruiz', 'ana ruiz', ' Ana  Ruiz ', 'Ａna Ruiz', 'Ana\u00a0Ruíz'];

describe('the name of a key', () => {
  test('is written in one way while a key of it lives', async () => {
    const { db } = desk();
    expect((await createApiKey(db, { name: '  Ana  Ruiz', role: 'operator' })).name).toBe('Ana Ruiz');
    expect((await createApiKey(db, { name: 'Ana Ruiz ', role: 'approver' })).name).toBe('Ana Ruiz');
    await expect(createApiKey(db, { name: 'ana ruiz', role: 'admin' })).rejects.toMatchObject({
      problem: { code: 'name_written_otherwise', detail: expect.stringContaining('“Ana Ruiz”') },
    });
    await db.update(apiKey).set({ revokedAt: new Date() });
    await expect(createApiKey(db, { name: 'ana ruiz', role: 'admin' })).resolves.toMatchObject({ name: 'ana ruiz' });
  });

  test('is written in one way in the database as well, which folds names as the code does', async () => {
    const { db } = desk();
    const row = (name: string) => ({ id: randomUUID(), name, role: 'admin' as const, hash: randomUUID() });
    await db.insert(apiKey).values(row('Eva Núñez'));
    await refused(db.insert(apiKey).values(row('EVA  nunez')), /a living key has the name/);
    for (const name of WRITTEN) {
      expect(isSameName(name, 'ANA RUIZ')).toBe(true);
      await refused(
        db.insert(proposal).values({
          ...{ id: randomUUID(), command: 'effect resolve', subject: 'effect:x', parameters: {}, reason: 'a drill' },
          ...{ proposedBy: randomUUID(), proposerName: 'Ana Ruiz', expiresAt: new Date(Date.now() + 60_000) },
          ...{ approvedBy: randomUUID(), approverName: name, approvedAt: new Date() },
        }),
        /proposal_four_eyes/,
      );
    }
  });
});

test('somebody who has another key, with the name written otherwise, does not approve what it proposed', async () => {
  const d = desk();
  const one = await createApiKey(d.db, { name: 'Olga Uno', role: 'admin' });
  // Made before names were compared so, as it were.
  const other = await createApiKey(d.db, { name: 'Olga Dos', role: 'admin' });
  await d.db.execute(`ALTER TABLE reactor.api_key DISABLE TRIGGER USER`);
  await d.db.execute(`UPDATE reactor.api_key SET name = 'OLGA  uno' WHERE id = '${other.id}'`);
  await d.db.execute(`ALTER TABLE reactor.api_key ENABLE TRIGGER USER`);
  await d.ask('PUT', '/guards/switches/all/stop', { reason: 'a drill' }, one.secret);
  const asked = await d.ask('POST', '/guards/switches/all/open', { reason: 'it is over' }, one.secret);
  expect(await d.approve(asked.body['proposal'], other.secret)).toMatchObject({
    status: 403,
    body: { code: 'own_proposal' },
  });
});
