import { and, eq, sql, TransactionRollbackError } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { idempotency } from '../db/schema.ts';
import { Refusal } from './refusal.ts';

export type OnceParameters = Readonly<{
  apiKeyId: string;
  /** What the caller named this request. */
  key: string;
  /** What the request asks for, as a hash. */
  fingerprint: string;
}>;

/** What came of the work, and whether it was done now or at an earlier request. */
export type OnceReturnType<T> = Readonly<{ response: T; isRepeat: boolean }>;

/**
 * Does the work of a request once: its answer commits in the same transaction, and a repeat gets that answer. Throws a
 * Refusal `idempotency_key_reused` for the same key with another request, `in_progress` while the first is under way. Work
 * that throws leaves nothing behind, not even its key.
 */
export async function once<T extends object>(
  ctx: Context,
  { apiKeyId, key, fingerprint }: OnceParameters,
  work: (tx: Tx) => Promise<T>,
): Promise<OnceReturnType<T>> {
  return ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ locked: boolean }>(
      sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${`idempotency|${apiKeyId}|${key}`}, 0)) AS locked`,
    );
    if (!rows[0]?.locked) {
      throw new Refusal({
        code: 'in_progress',
        status: 409,
        title: 'The same request is still under way',
        detail: 'A request with this Idempotency-Key is being worked on. Repeat it in a moment to get its answer.',
      });
    }
    const before = await keptAnswer<T>(tx, { apiKeyId, key, fingerprint });
    if (before) return { response: before, isRepeat: true };
    const response = await work(tx);
    await tx.insert(idempotency).values({ apiKeyId, key, fingerprint, status: 201, response });
    return { response, isRepeat: false };
  });
}

/**
 * The same of work that first looks at what may be done, outside the transaction: a repeat gets the answer that was kept, also where what
 * was asked for is done by now and could not be asked for again.
 */
export async function onceLooked<P, T extends object>(
  ctx: Context,
  identity: OnceParameters,
  look: () => Promise<P>,
  work: (tx: Tx, looked: P) => Promise<T>,
): Promise<OnceReturnType<T>> {
  const kept = await keptAnswer<T>(ctx.db, identity);
  if (kept) return { response: kept, isRepeat: true };
  const looked = await look();
  return once(ctx, identity, (tx) => work(tx, looked));
}

/** What an earlier request was answered. Throws a Refusal `idempotency_key_reused` where that was another one. */
async function keptAnswer<T>(
  db: Pick<Db, 'select'>,
  { apiKeyId, key, fingerprint }: OnceParameters,
): Promise<T | undefined> {
  const [before] = await db
    .select()
    .from(idempotency)
    .where(and(eq(idempotency.apiKeyId, apiKeyId), eq(idempotency.key, key)));
  if (before && before.fingerprint !== fingerprint) {
    throw new Refusal({
      code: 'idempotency_key_reused',
      status: 422,
      title: 'This Idempotency-Key belongs to another request',
      detail:
        'The key was used before with a different request. Nothing was done. To repeat that one, send exactly the same body; for a new one, use a new key.',
    });
  }
  return before?.response as T | undefined;
}

/**
 * Does the work of a request and takes all of it back: every check and every rule of the database speaks, and nothing is left.
 * Answers what it would have answered.
 */
export async function rehearse<T extends object>(ctx: Context, work: (tx: Tx) => Promise<T>): Promise<T> {
  let response: T | undefined;
  try {
    await ctx.db.transaction(async (tx) => {
      response = await work(tx);
      // Those that are else checked only at commit.
      await tx.execute(sql`SET CONSTRAINTS ALL IMMEDIATE`);
      tx.rollback();
    });
  } catch (error) {
    if (!(error instanceof TransactionRollbackError)) throw error;
  }
  if (response === undefined) throw new Error('a rehearsal ended without its answer');
  return response;
}
