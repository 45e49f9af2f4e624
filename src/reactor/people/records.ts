/** Keys, as administrators look them up and end them. */
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { apiKey, consoleSession } from '../db/schema.ts';
import { type Actor, audit } from './audit.ts';
import { Refusal } from './refusal.ts';

/** Keys are made by hand: there are never more. */
const MOST_KEYS = 500;

const sessionsOf = sql<number>`(SELECT count(*)::int FROM ${consoleSession} s WHERE s.api_key_id = ${apiKey.id})`;

export async function listKeys(db: Db, actor: Actor) {
  const rows = await db
    .select({
      ...{ id: apiKey.id, name: apiKey.name, role: apiKey.role, createdAt: apiKey.createdAt },
      ...{ revokedAt: apiKey.revokedAt, sessions: sessionsOf },
    })
    .from(apiKey)
    .orderBy(desc(apiKey.createdAt), desc(apiKey.id))
    .limit(MOST_KEYS);
  return rows.map(({ createdAt, revokedAt, sessions, ...rest }) => ({
    ...rest,
    createdAt: createdAt.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
    sessions: revokedAt ? 0 : sessions,
    isYours: rest.id === actor.id,
  }));
}

/** Ends a key for ever, and its sessions. Throws a Refusal: no such key, one that is revoked, one's own. */
export async function revokeKey(
  tx: Tx,
  { actor, id, reason, now }: Readonly<{ actor: Actor; id: string; reason: string; now: Date }>,
) {
  const [row] = await tx.select().from(apiKey).where(eq(apiKey.id, id)).for('update');
  if (!row) throw noKey();
  // Whoever locks themselves out needs the database to come back in.
  if (id === actor.id) throw refused('own_key', 'This is your own key', 'Let another administrator revoke it.');
  if (row.revokedAt)
    throw refused('revoked', 'The key is revoked', `It was revoked at ${row.revokedAt.toISOString()}.`);
  await tx
    .update(apiKey)
    .set({ revokedAt: now })
    .where(and(eq(apiKey.id, id), isNull(apiKey.revokedAt)));
  const ended = await tx
    .delete(consoleSession)
    .where(eq(consoleSession.apiKeyId, id))
    .returning({ hash: consoleSession.hash });
  await audit(tx, { actor, command: 'key revoke', subject: `api_key:${id}`, reason });
  return { id, name: row.name, sessions: ended.length };
}

export const noKey = (): Refusal =>
  new Refusal({
    code: 'key_not_found',
    status: 404,
    title: 'There is no such key',
    detail: 'No API key has this id. GET /api/v1/keys lists them. Nothing was done.',
  });

const refused = (code: string, title: string, detail: string): Refusal =>
  new Refusal({ code, status: 409, title, detail: `${detail} Nothing was done.` });
