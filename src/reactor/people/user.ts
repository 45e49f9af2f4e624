import { setTimeout as sleep } from 'node:timers/promises';
import { and, desc, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { depositClabe, effect, guardSwitch, person, user } from '../db/schema.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import { type Actor, audit } from './audit.ts';
import type { USER_TERMS } from './terms.ts';

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
  /** Since when nothing says who it is. */
  erasedAt: Date | null;
  /** Why there is no CLABE and a person must look, in a sentence; null while there is one or it may still come by itself. */
  clabeProblem: string | null;
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
      erasedAt: user.erasedAt,
    })
    .from(user)
    .innerJoin(person, eq(person.userId, user.id))
    .leftJoin(depositClabe, eq(depositClabe.userId, user.id))
    .where(eq(user.id, id));
  if (!row) return null;
  if (row.erasedAt) return { ...row, depositClabe: null, clabeProblem: null };
  return { ...row, clabeProblem: row.depositClabe === null ? await clabeProblem(db, id) : null };
}

/** A CLABE that was asked for is never asked for again by itself: nobody says that a second one is not made (J/create-clabes). */
async function clabeProblem(db: Db, userId: string): Promise<string | null> {
  const [last] = await db
    .select({ state: effect.state, error: effect.error, failures: effect.failures })
    .from(effect)
    .where(and(eq(effect.subjectKind, 'user'), eq(effect.subjectId, userId), eq(effect.kind, 'juno_clabe')))
    .orderBy(desc(effect.attempt))
    .limit(1);
  const { text } = (last?.error as { text: string } | null) ?? { text: 'no reason given' };
  if (last?.state === 'rejected')
    return `Juno refuses to make a CLABE: ${text}. No payment can be asked of this user. Mend the cause with Juno’s support.`;
  if (!last || last.state === 'confirmed' || last.failures < FAILURES_BEFORE_ASKING) return null;
  return `Juno was asked for a CLABE, and ${last.failures} times in a row it came to nothing: ${text}. No payment can be asked of this user until there is one. It goes on looking; a CLABE is never asked for twice by itself. Look at Juno for one that nobody has.`;
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
