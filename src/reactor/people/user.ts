import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { depositClabe, guardSwitch, person, user } from '../db/schema.ts';
import { type Actor, audit } from './audit.ts';
import { PERSON_NAME, REASON } from './words.ts';

export const USER_TERMS = z.strictObject({
  fullName: PERSON_NAME,
  email: z.email('is not an e-mail address').max(254, 'has more than 254 characters'),
  reason: REASON,
});

const CLABE_POLL_MS = 50;

/**
 * Adds a person and the kill switch that stands over them. Their deposit CLABE is asked of Juno afterwards: enqueue
 * `{ lane: 'user', id }` once the transaction has committed.
 */
export async function createUser(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  actor: Actor,
  { fullName, email, reason }: z.output<typeof USER_TERMS>,
): Promise<{ id: string }> {
  const id = ctx.newId();
  await tx.insert(user).values({ id });
  await tx.insert(person).values({ userId: id, fullName, email });
  await tx.insert(guardSwitch).values({ name: `user:${id}` });
  await audit(tx, { actor, command: 'user create', subject: `user:${id}`, reason });
  return { id };
}

export type UserView = Readonly<{
  id: string;
  createdAt: Date;
  fullName: string;
  email: string;
  depositClabe: string | null;
}>;

/** A user with their deposit CLABE, which is null until Juno has assigned it. Null when there is no such user. */
export async function findUser(db: Db, id: string): Promise<UserView | null> {
  const [row] = await db
    .select({
      id: user.id,
      createdAt: user.createdAt,
      fullName: person.fullName,
      email: person.email,
      depositClabe: depositClabe.clabe,
    })
    .from(user)
    .innerJoin(person, eq(person.userId, user.id))
    .leftJoin(depositClabe, eq(depositClabe.userId, user.id))
    .where(eq(user.id, id));
  return row ?? null;
}

/** Reads a user, waiting at most `patience_ms` for the CLABE to be there. */
export async function findUserWithClabe(
  ctx: Pick<Context, 'db' | 'monotonic'>,
  id: string,
  patience_ms: number,
): Promise<UserView | null> {
  const deadline = ctx.monotonic() + patience_ms;
  for (;;) {
    const found = await findUser(ctx.db, id);
    if (!found || found.depositClabe !== null || ctx.monotonic() >= deadline) return found;
    await sleep(CLABE_POLL_MS);
  }
}
