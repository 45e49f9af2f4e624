import { type SQL, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import type { Db } from '../db/client.ts';
import { maskName } from './mask-name.ts';
import { usersNamed } from './search.ts';

type Parameters = Readonly<{
  limit: number;
  /** The last user of the page before. */
  before?: Readonly<{ at: Date; id: string }> | undefined;
  /** What somebody is looked for by. */
  text?: string | undefined;
  canReadPeople: boolean;
}>;
type Row = Readonly<{
  id: string;
  at: string;
  name: string;
  email: string;
  clabe: string | null;
  erased: string | null;
}>;
export type UserLine = ReturnType<typeof shown>;

/** A common word names more people than anybody reads: an index that knows them all gives about so many of them. */
const MOST_OF_A_WORD = 2_000;
const MOST_MS = 1_000;

/** Users, newest first; with a text those alone whom it may name. */
export async function listUsers(
  db: Db,
  { limit, before, text = '', canReadPeople }: Parameters,
): Promise<{ users: UserLine[]; next: { at: Date; id: string } | null }> {
  const named = text === '' ? sql`` : usersNamed(text, canReadPeople);
  if (named === null) return { users: [], next: null };
  const conditions: SQL[] = [
    ...(text === '' ? [] : [sql`u.id IN (${named})`]),
    ...(before ? [sql`(u.created_at, u.id) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`] : []),
  ];
  const which = conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`;
  const rows = await db.transaction(async (tx) => {
    await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
    await tx.execute(sql.raw(`SET LOCAL gin_fuzzy_search_limit = ${MOST_OF_A_WORD}`));
    const found = await tx.execute<Row>(sql`
      SELECT u.id, u.created_at AS at, p.full_name AS name, p.email, c.clabe, u.erased_at AS erased
      FROM reactor."user" u JOIN reactor.person p ON p.user_id = u.id LEFT JOIN reactor.deposit_clabe c ON c.user_id = u.id
      ${which} ORDER BY u.created_at DESC, u.id DESC LIMIT ${limit + 1}`);
    return found.rows;
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    users: page.map((row) => shown(row, canReadPeople)),
    next: rows.length > limit && last ? { at: new Date(last.at), id: last.id } : null,
  };
}

const shown = ({ id, at, name, email, clabe, erased }: Row, canReadPeople: boolean) => ({
  id,
  createdAt: new Date(at).toISOString(),
  fullName: canReadPeople ? name : maskName(name),
  email: canReadPeople ? email : maskEmail(email),
  depositClabe: clabe === null || erased !== null ? null : canReadPeople ? clabe : maskClabe(clabe),
  erasedAt: erased === null ? null : new Date(erased).toISOString(),
});

/** What those read of an e-mail address who may not read it: its first letter. */
export const maskEmail = (email: string): string => email.replace(/^(.).*@/, '$1…@');
