import { and, eq, inArray } from 'drizzle-orm';
import { parseClabe } from '../../money/clabe.ts';
import { centavos } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { SNAPSHOT } from '../db/client.ts';
import { depositClabe, effect, person } from '../db/schema.ts';
import { allClabes, clabesOfOthers } from '../effects/drivers/clabes.ts';
import { withLane } from '../effects/lane.ts';
import { recordDone } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import { OVERLAP_MS } from '../intake/deposits.ts';
import { readMark, writeMarks } from '../intake/record.ts';
import { Refusal } from '../people/refusal.ts';

const MARK = 'recovery:clabes';

/** A CLABE at Juno that nobody here has and that was not said to be nobody's: made after the backup, or by hand. */
export type ClabeAct = Readonly<{ source: 'clabe'; clabe: string; at: null }>;

/**
 * The CLABEs at Juno that this database does not know, of those made since it last knew them all. One whose answer is still out
 * explains one. Asks Juno now; throws a JunoError where it gives no answer, which is never taken for “none”.
 */
export async function unknownClabes(ctx: Context): Promise<ClabeAct[]> {
  const last = await readMark(ctx, MARK);
  const startDate = last && new Date(last.at.getTime() - OVERLAP_MS).toISOString().slice(0, 10);
  // In this order: one that is made after the list was read cannot be in it.
  const listed = await allClabes(ctx, startDate ? { startDate } : {});
  // Of one moment: another process may get the answer of a request meanwhile, which then is neither known nor out.
  const { known, out } = await ctx.db.transaction(
    async (tx) => ({
      known: await clabesOfOthers({ db: tx, settings: ctx.settings }, null),
      out: await tx.$count(effect, and(eq(effect.kind, 'juno_clabe'), inArray(effect.state, ['sending', 'unknown']))),
    }),
    SNAPSHOT,
  );
  const fresh = listed.filter(({ clabe }) => !known.has(clabe));
  return fresh.length <= out ? [] : fresh.map(({ clabe }) => ({ source: 'clabe', clabe, at: null }));
}

/** All of them are known as of now: the next look reads from here on, less an overlap. */
export const rememberClabes = (ctx: Context, at: Date): Promise<void> =>
  writeMarks(ctx, [{ name: MARK, at, detail: {} }]);

/**
 * Gives a user the CLABE that was theirs before the backup was restored, as a person says who knows it. Throws a Refusal where the
 * user is not known here, or has a CLABE or one that is on its way.
 */
export async function adoptClabe(ctx: Context, userId: string, clabe: string): Promise<void> {
  const done = await withLane(ctx, `user:${userId}`, (lane) =>
    ctx.db.transaction(async (tx) => {
      const [known] = await tx.select({ id: person.userId }).from(person).where(eq(person.userId, userId));
      const [owned] = await tx.select().from(depositClabe).where(eq(depositClabe.userId, userId));
      const [made] = await tx
        .select()
        .from(effect)
        .where(and(eq(effect.subjectId, userId), eq(effect.kind, 'juno_clabe')))
        .for('update');
      if (!known || owned || (made && made.state !== 'recorded'))
        throw notTheirs(
          known ? 'This user has a CLABE here, or one is being made for them.' : 'There is no such user here.',
        );
      const effectId =
        made?.id ??
        (await recordDone(tx, ctx, lane, {
          ...{ subjectKind: 'user', subjectId: userId, kind: 'juno_clabe', attempt: 1, paymentId: null },
          ...{ request: {}, amount: centavos(0n), postings: null },
        }));
      const [row] = await tx.select().from(effect).where(eq(effect.id, effectId));
      if (!row) throw new Error(`no effect ${effectId}`);
      const sending = await moveEffect(tx, lane, row, 'sending', null);
      await moveEffect(tx, lane, sending, 'confirmed', null, { externalId: clabe });
      await tx.insert(depositClabe).values({ clabe: parseClabe(clabe), userId });
    }),
  );
  if (done === 'busy') throw notTheirs('A reactor is working on this user at this moment; repeat it in a few seconds.');
}

const notTheirs = (detail: string): Refusal =>
  new Refusal({
    code: 'clabe_not_theirs',
    status: 409,
    title: 'This CLABE cannot be given to this user',
    detail: `${detail} Nothing was changed for this user.`,
  });
