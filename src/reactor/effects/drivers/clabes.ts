/** The CLABEs of the account at Juno, and which of them somebody is known to have. */

import { and, eq, ne } from 'drizzle-orm';
import { z } from 'zod';
import { type ListClabesParameters, listClabes } from '../../../juno/listClabes.ts';
import type { JunoClabe } from '../../../juno/types.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../db/client.ts';
import { depositClabe, effect, foreignAct } from '../../db/schema.ts';
import { erasedClabe } from '../../people/erased.ts';
import type { EffectRow } from '../driver.ts';

/** A hundred CLABEs each. A list that is longer is never taken for read. */
const MOST_PAGES = 1_000;

/** The list's times carry no zone: a CLABE that is older than this before the send is another's, whatever the zone. */
const ANY_ZONE_MS = 26 * 3_600_000;

const CLABE_REQUEST = z.object({ existing: z.array(z.string()).optional() });

/** All CLABEs of the account, or those made from a day on. Throws where there are more than may be read. */
export async function allClabes(
  ctx: Context,
  since: Pick<ListClabesParameters, 'startDate'> = {},
): Promise<JunoClabe[]> {
  const all: JunoClabe[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { items, isLast } = await listClabes(ctx.juno, { ...since, page });
    all.push(...items);
    if (isLast) return all;
  }
  throw new Error(`Juno has more than ${MOST_PAGES} pages of CLABEs`);
}

/**
 * What goes with the request for a CLABE. With the first one ever, the CLABEs that the account has already: they are nobody's
 * here (one comes with every account: J/create-clabes), and none of them may be taken for one whose answer was lost.
 */
export async function clabeRequest(ctx: Context): Promise<z.output<typeof CLABE_REQUEST>> {
  const [earlier] = await ctx.db.select({ id: effect.id }).from(effect).where(eq(effect.kind, 'juno_clabe')).limit(1);
  return earlier ? {} : { existing: (await allClabes(ctx)).map(({ clabe }) => clabe) };
}

/**
 * CLABEs that are somebody's, or are known to be nobody's here: owned, made by an effect, there before one was sent, or set aside by
 * recovery. Leaves out what one effect may have made itself: what another request found there later may be its own.
 */
export async function clabesOfOthers(
  { db, settings }: Readonly<{ db: Pick<Tx, 'select'>; settings: Pick<Context['settings'], 'keySecret'> }>,
  row: EffectRow | null,
): Promise<Readonly<{ has: (clabe: string) => boolean }>> {
  const owned = await db.select({ clabe: depositClabe.clabe }).from(depositClabe);
  const aside = await db.select({ id: foreignAct.externalId }).from(foreignAct).where(eq(foreignAct.source, 'clabe'));
  const others = await db
    .select({ id: effect.externalId, request: effect.request, createdAt: effect.createdAt })
    .from(effect)
    .where(and(eq(effect.kind, 'juno_clabe'), row ? ne(effect.id, row.id) : undefined));
  const found = row ? [row, ...others.filter(({ createdAt }) => createdAt < sentAt(row))] : others;
  const all = new Set([
    ...owned.map(({ clabe }) => clabe),
    ...aside.map(({ id }) => id),
    ...others.flatMap(({ id }) => (id === null ? [] : [id])),
    ...found.flatMap(({ request }) => CLABE_REQUEST.parse(request).existing ?? []),
  ]);
  // Of whom it was is erased here, and nobody else ever gets it.
  return { has: (clabe) => all.has(clabe) || all.has(erasedClabe(settings.keySecret, clabe)) };
}

/** When it was first sent, or at the earliest could have been. */
const sentAt = ({ firstSentAt, createdAt }: EffectRow): Date => firstSentAt ?? createdAt;

/** Made within reach of a send, whatever the zone of the list's times. */
export const isSince = ({ createdAtText }: JunoClabe, row: EffectRow): boolean =>
  Date.parse(`${createdAtText?.slice(0, 19)}Z`) >= sentAt(row).getTime() - ANY_ZONE_MS;
