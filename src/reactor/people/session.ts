import { randomBytes } from 'node:crypto';
import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { apiKey, consoleSession } from '../db/schema.ts';
import { hashOf } from './api-key.ts';
import { type Actor, audit } from './audit.ts';

/** However busy it is kept, a session ends. */
const LONGEST_S = 12 * 3_600;
/** It is noted at most this often that a session is used. */
const NOTED_EVERY_S = 30;
/** A key has so many at once; an older one ends. */
const MOST_SESSIONS = 20;

export const SESSION_SECRET = /^[A-Za-z0-9_-]{43}$/;

type At = Readonly<{ now: Date; idle_s: number }>;
const before = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1_000);

/** Signs in whoever showed an API key. Answers the secret of the session, this once. */
export async function openSession(db: Db, actor: Actor, { now, idle_s }: At): Promise<string> {
  const session = randomBytes(32).toString('base64url');
  await db.transaction(async (tx) => {
    await tx
      .delete(consoleSession)
      .where(or(lt(consoleSession.usedAt, before(now, idle_s)), lt(consoleSession.createdAt, before(now, LONGEST_S))));
    const [oldest] = await tx
      .select({ createdAt: consoleSession.createdAt })
      .from(consoleSession)
      .where(eq(consoleSession.apiKeyId, actor.id))
      .orderBy(desc(consoleSession.createdAt))
      .offset(MOST_SESSIONS - 2)
      .limit(1);
    if (oldest)
      await tx
        .delete(consoleSession)
        .where(and(eq(consoleSession.apiKeyId, actor.id), lt(consoleSession.createdAt, oldest.createdAt)));
    await tx.insert(consoleSession).values({ hash: hashOf(session), apiKeyId: actor.id, createdAt: now, usedAt: now });
    await audit(tx, {
      ...{ actor, command: 'console sign-in', subject: `api_key:${actor.id}` },
      reason: 'signed in to the console',
    });
  });
  return session;
}

/**
 * Whose session a secret is, while the key lives and the person was not away for too long; null otherwise. `isTouched` says that a person
 * did something: only that keeps it open.
 */
export async function findSession(
  db: Db,
  session: string,
  { now, idle_s, isTouched }: At & { isTouched: boolean },
): Promise<Actor | null> {
  if (!SESSION_SECRET.test(session)) return null;
  const hash = hashOf(session);
  const [row] = await db
    .select({ id: apiKey.id, name: apiKey.name, role: apiKey.role, usedAt: consoleSession.usedAt })
    .from(consoleSession)
    .innerJoin(apiKey, eq(apiKey.id, consoleSession.apiKeyId))
    .where(
      and(
        eq(consoleSession.hash, hash),
        isNull(apiKey.revokedAt),
        gt(consoleSession.usedAt, before(now, idle_s)),
        gt(consoleSession.createdAt, before(now, LONGEST_S)),
      ),
    );
  if (!row) return null;
  const { usedAt, ...actor } = row;
  if (isTouched && usedAt < before(now, NOTED_EVERY_S))
    await db.update(consoleSession).set({ usedAt: now }).where(eq(consoleSession.hash, hash));
  return actor;
}

/** Signs out. */
export async function closeSession(db: Db, session: string): Promise<void> {
  await db.delete(consoleSession).where(eq(consoleSession.hash, hashOf(session)));
}
