import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { idShortened } from './shortened.ts';

/** No more than these are looked at of each way in which a text can name somebody. */
const MOST = 200;
const MOST_WORDS = 6;
const EMAIL = /^\S{3,}$/;
const TAIL = /^\d{4,18}$/;

/** The ids of the users whom a text may name, by index alone. Names, e-mails and more than the last four digits name somebody for those alone who may read them. */
export function usersNamed(text: string, canReadPeople: boolean): SQL | null {
  const ways: SQL[] = [];
  if (z.guid().safeParse(text).success)
    ways.push(sql`(SELECT id FROM reactor."user" WHERE id = ${text.toLowerCase()})`);
  const shortId = idShortened(text);
  if (shortId) ways.push(sql`(SELECT id FROM reactor."user" WHERE ${shortId(sql`id`)} LIMIT ${MOST})`);
  if (TAIL.test(text) && (text.length === 4 || canReadPeople)) ways.push(sql`(${usersAtClabe(text, MOST)})`);
  if (canReadPeople && EMAIL.test(text))
    ways.push(
      sql`(SELECT user_id FROM reactor.person WHERE lower(email) LIKE ${likePrefix(text.toLowerCase())} LIMIT ${MOST})`,
    );
  const named = canReadPeople ? hasWordsOf(text, sql`full_name`) : null;
  if (named) ways.push(sql`(SELECT user_id FROM reactor.person WHERE ${named} LIMIT ${MOST})`);
  return ways.length === 0 ? null : sql.join(ways, sql` UNION ALL `);
}

/** The users whose deposit CLABE ends so. */
export const usersAtClabe = (tail: string, most: number): SQL =>
  sql`SELECT user_id FROM reactor.deposit_clabe WHERE reverse(clabe) LIKE ${likePrefix([...tail].reverse().join(''))} LIMIT ${most}`;

const likePrefix = (text: string): string => `${text.replaceAll(/[\\%_]/g, '\\$&')}%`;

/** Whether a column has words that begin as these do, by the index of it; null where they are too short to tell anything. */
export function hasWordsOf(text: string, column: SQL): SQL | null {
  const words = wordsOf(text);
  if (words.join('').length < 3) return null;
  return sql`to_tsvector('simple', reactor.folded(${column})) @@ to_tsquery('simple', ${words.map((word) => `${word}:*`).join(' & ')})`;
}

/** The words of a name without case and marks, as the index has them. */
const wordsOf = (text: string): readonly string[] =>
  (
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}+/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).slice(0, MOST_WORDS);
