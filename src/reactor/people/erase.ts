/** Takes out of the database who a user is, and leaves what was done: ids, amounts, evidence, books and audit stay. */
import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Db, Tx } from '../db/client.ts';
import { destination, guardSwitch, person, user } from '../db/schema.ts';
import { excludeIntents } from '../guards/check.ts';
import { isDepositorOf } from '../guards/scope.ts';
import { ERASED, erasedClabe } from './erased.ts';
import { erasedBefore, noUser } from './no-user.ts';
import { Refusal } from './refusal.ts';

/** Days after the last move of a payment in which a payout may still come back by SPEI, and its account has to be known. */
const QUIET_DAYS = 30;

/** A shorter name is a part of other words. */
const SHORTEST_NAME = 5;
/** Where people write in their own words what they do and why; of a detail, under this key alone. */
const OWN_WORDS = [
  ['audit_log', 'reason'],
  ['audit_log', 'detail', 'because'],
  ['proposal', 'reason'],
  ['hold', 'sentence'],
  ['wide_hold', 'sentence'],
  ['guard_switch', 'reason'],
  ['release_withdrawal', 'reason'],
  ['foreign_act', 'reason'],
] as const;

const ERASE = z.strictObject({});

/** Erases a user of whom nothing is open. Nothing brings it back. */
export const ERASE_USER: FourEyesCommand<typeof ERASE> = {
  name: 'user erase',
  subjectKind: 'user',
  parameters: ERASE,
  check: ({ db }, { subjectId }) => assertErasable(db, subjectId),
  lane: async (_ctx, { subjectId }) => `user:${subjectId}`,
  execute: async (tx, { settings }, { subjectId, proposalId }) => {
    await tx.select().from(user).where(eq(user.id, subjectId)).for('update');
    await assertErasable(tx, subjectId);
    await erase(tx, settings.keySecret, subjectId, proposalId);
    // Last, because it keeps every intent waiting: nothing of theirs has begun meanwhile, and nothing ever will.
    await excludeIntents(tx, `user:${subjectId}`);
    await assertAtRest(tx, subjectId);
    await tx
      .update(guardSwitch)
      .set({ isStopped: true, reason: 'who it was is erased', changedBy: `proposal ${proposalId}` })
      .where(eq(guardSwitch.name, `user:${subjectId}`));
  },
  wakes: async () => [],
};

/** What still has to end before a user can be erased: a question to the database, and what is said where it finds something. */
const OPEN: readonly Readonly<{ what: string; query: (userId: string) => ReturnType<typeof sql> }>[] = [
  {
    what: `a payment of theirs is open, or moved in the last ${QUIET_DAYS} days and may still come back`,
    query: (userId) => sql`
      SELECT 1 FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id JOIN reactor.destination d ON d.id = l.destination_id
      WHERE (${userId}::uuid IN (p.payer_id, p.recipient_id, d.user_id) OR ${isDepositorOf(userId, sql`p.id`)})
        AND (l.state NOT IN ('completed', 'replaced', 'expired', 'closed') OR l.entered_at > reactor.now() - ${QUIET_DAYS} * interval '1 day')`,
  },
  {
    what: 'something that was asked of Juno for them is not answered',
    query: (userId) => sql`
      SELECT 1 FROM reactor.effect e LEFT JOIN reactor.destination d ON e.subject_kind = 'destination' AND d.id::text = e.subject_id
      WHERE e.state IN ('recorded', 'sending', 'unknown')
        AND (d.user_id = ${userId}::uuid OR (e.subject_kind = 'user' AND e.subject_id = ${userId}))`,
  },
  {
    what: 'a deposit of theirs is in suspense',
    query: (userId) => sql`
      SELECT 1 FROM reactor.suspense s JOIN reactor.juno_deposit j ON j.id = s.deposit_id JOIN reactor.deposit_clabe c ON c.clabe = j.clabe
      WHERE c.user_id = ${userId}::uuid AND s.closed_at IS NULL`,
  },
  {
    what: 'standing terms in force name them',
    query: (userId) => sql`
      SELECT 1 FROM reactor.standing_terms t WHERE t.is_active AND (${userId}::uuid IN (t.user_id, t.recipient_id)
        OR EXISTS (SELECT 1 FROM jsonb_array_elements(t.fees) fee JOIN reactor.destination d ON d.id::text = fee ->> 'destinationId' WHERE d.user_id = ${userId}::uuid))`,
  },
  {
    what: 'a hold on them is open',
    query: (userId) => sql`
      SELECT 1 FROM reactor.wide_hold WHERE closed_at IS NULL AND switch_name = 'user:' || ${userId}
      UNION ALL SELECT 1 FROM reactor.hold h JOIN reactor.payment p ON p.id = h.payment_id
      WHERE h.closed_at IS NULL AND ${userId}::uuid IN (p.payer_id, p.recipient_id)`,
  },
];

/** Throws a Refusal `user_not_found`, `user_erased`, `user_not_at_rest`. */
async function assertErasable(db: Db | Tx, userId: string): Promise<void> {
  const [row] = z.uuid().safeParse(userId).success ? await db.select().from(user).where(eq(user.id, userId)) : [];
  if (!row) throw noUser();
  if (row.erasedAt) throw erasedBefore(row.erasedAt);
  await assertAtRest(db, userId);
}

async function assertAtRest(db: Db | Tx, userId: string): Promise<void> {
  const open: string[] = [];
  for (const { what, query } of OPEN)
    if ((await db.execute(sql`${query(userId)} LIMIT 1`)).rows.length > 0) open.push(what);
  if (open.length > 0) throw notAtRest(open);
}

async function erase(tx: Tx, secret: string, userId: string, proposalId: string): Promise<void> {
  // The rules of the database let personal data be replaced under this proposal alone, and nothing else with it.
  await tx.execute(sql`SELECT set_config('reactor.erasing', ${proposalId}, true)`);
  const clabes = await clabesOf(tx, userId);
  const records = await recordsOf(tx, userId);
  const names = sql`SELECT id FROM reactor.juno_deposit WHERE clabe IN ${listOf(clabes)} OR sender_clabe IN ${listOf(clabes)} OR id IN ${listOf(records)}`;
  await tx.execute(
    sql`UPDATE reactor.juno_deposit SET sender_name = ${ERASED} WHERE sender_name IS NOT NULL AND id IN (${names})`,
  );
  await tx.execute(sql`
    UPDATE reactor.juno_observation SET body = ${ERASED}
    WHERE external_id IN ${listOf(records)} OR ${anyIn(sql`body`, clabes)}`);
  await tx.execute(sql`
    UPDATE reactor.webhook_in SET body = convert_to(${ERASED}, 'UTF8'), hint = '{"kind": "unreadable"}', headers = '{}'
    WHERE EXISTS (SELECT 1 FROM unnest(${arrayOf([...clabes, ...records])}) AS word WHERE position(convert_to(word, 'UTF8') IN body) > 0)`);
  await tx.execute(sql`
    UPDATE reactor.effect e SET request = '{"erased": true}'
    FROM reactor.destination d LEFT JOIN reactor.leg l ON l.destination_id = d.id
    WHERE d.user_id = ${userId} AND ((e.kind = 'juno_bank_account' AND e.subject_id = d.id::text) OR (e.kind = 'bitso_payout' AND e.subject_id = l.id::text))`);
  await tx.execute(sql`UPDATE reactor.dispute SET statement = ${ERASED} WHERE user_id = ${userId}`);
  await tx.execute(sql`UPDATE reactor.dispute_evidence SET text = ${ERASED}, files = '[]' WHERE user_id = ${userId}`);
  await tx.execute(sql`UPDATE reactor.dispute_appeal SET text = ${ERASED} WHERE user_id = ${userId}`);
  await replaceEverywhere(tx, secret, clabes);
  await replaceNames(tx, await namesOf(tx, userId));
  await tx.update(person).set({ fullName: ERASED, email: ERASED }).where(eq(person.userId, userId));
  for (const row of await tx.select().from(destination).where(eq(destination.userId, userId)))
    await tx
      .update(destination)
      // Two accounts that differed by the name of their holder alone still are two.
      .set({
        clabe: /^\d/.test(row.clabe) ? erasedClabe(secret, row.clabe) : row.clabe,
        legalName: `${ERASED}:${row.id}`,
      })
      .where(eq(destination.id, row.id));
  await tx
    .update(user)
    .set({ erasedAt: sql`reactor.now()` })
    .where(and(eq(user.id, userId), isNull(user.erasedAt)));
  await tx.execute(sql`SELECT set_config('reactor.erasing', '', true)`);
}

/**
 * Their CLABEs: the one for deposits, those of their accounts, and those that they paid from; without what is another user’s too, or what
 * another one pays from, to whom it may have to go back.
 */
async function clabesOf(tx: Tx, userId: string): Promise<string[]> {
  const { rows } = await tx.execute<{ clabe: string }>(sql`
    WITH own AS (
      SELECT clabe FROM reactor.deposit_clabe WHERE user_id = ${userId}
      UNION SELECT clabe FROM reactor.destination WHERE user_id = ${userId}
      UNION SELECT j.sender_clabe FROM reactor.juno_deposit j JOIN reactor.deposit_clabe c ON c.clabe = j.clabe WHERE c.user_id = ${userId}
    )
    SELECT clabe FROM own WHERE clabe ~ '^[0-9]{18}$'
      AND NOT EXISTS (SELECT 1 FROM reactor.destination d WHERE d.clabe = own.clabe AND ${ne(sql`d.user_id`, userId)})
      AND NOT EXISTS (SELECT 1 FROM reactor.juno_deposit j JOIN reactor.deposit_clabe c ON c.clabe = j.clabe JOIN reactor."user" u ON u.id = c.user_id
        WHERE j.sender_clabe = own.clabe AND u.erased_at IS NULL AND ${ne(sql`u.id`, userId)})`);
  return rows.map(({ clabe }) => clabe);
}

/** What Juno and Bitso call the deposits, transactions and withdrawals that were theirs. */
async function recordsOf(tx: Tx, userId: string): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    WITH legs AS (
      SELECT l.id::text AS id FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id JOIN reactor.destination d ON d.id = l.destination_id
      WHERE ${userId}::uuid IN (p.payer_id, p.recipient_id, d.user_id)
      UNION SELECT p.id::text FROM reactor.payment p WHERE ${userId}::uuid IN (p.payer_id, p.recipient_id)
    )
    SELECT j.id FROM reactor.juno_deposit j JOIN reactor.deposit_clabe c ON c.clabe = j.clabe WHERE c.user_id = ${userId}
    UNION SELECT external_id FROM reactor.evidence WHERE source <> 'chain' AND subject_id IN (SELECT id FROM legs)
    UNION SELECT external_id FROM reactor.effect WHERE external_id IS NOT NULL AND kind::text NOT LIKE 'chain%' AND subject_id IN (SELECT id FROM legs)`);
  return rows.map(({ id }) => id);
}

/** Each column that may hold a CLABE, as the database itself lists them. */
async function replaceEverywhere(tx: Tx, secret: string, clabes: readonly string[]): Promise<void> {
  const { rows: columns } = await tx.execute<{ name: string; column: string; type: string }>(sql`
    SELECT p.table_name AS name, p.column_name AS column, c.data_type AS type FROM reactor.personal_column p
    JOIN information_schema.columns c ON (c.table_schema, c.table_name, c.column_name) = ('reactor', p.table_name, p.column_name)
    WHERE p.table_name NOT IN ('person', 'destination') AND c.data_type IN ('text', 'jsonb') ORDER BY 1, 2`);
  for (const { name, column, type } of columns)
    for (const clabe of clabes) {
      const [table, cell] = [sql`reactor.${sql.identifier(name)}`, sql.identifier(column)];
      const replaced = sql`replace(${cell}::text, ${clabe}, ${erasedClabe(secret, clabe)})`;
      await tx.execute(
        sql`UPDATE ${table} SET ${cell} = ${type === 'jsonb' ? sql`${replaced}::jsonb` : replaced} WHERE position(${clabe} IN ${cell}::text) > 0`,
      );
    }
}

/** What they were called and written to here, but for what somebody else, or one of the house, is called too, or is a word of their name. */
async function namesOf(tx: Tx, userId: string): Promise<string[]> {
  const { rows } = await tx.execute<{ name: string }>(sql`
    WITH names AS (
      SELECT user_id, full_name AS name FROM reactor.person UNION SELECT user_id, email FROM reactor.person
      UNION SELECT user_id, legal_name FROM reactor.destination
      UNION SELECT NULL, name FROM reactor.api_key
    )
    SELECT name FROM names own WHERE user_id = ${userId} AND length(name) >= ${SHORTEST_NAME}
      AND NOT EXISTS (SELECT 1 FROM names other WHERE position(' ' || upper(own.name) || ' ' IN ' ' || upper(other.name) || ' ') > 0
        AND other.user_id IS DISTINCT FROM own.user_id)
    ORDER BY length(name) DESC`);
  return rows.map(({ name }) => name);
}

/**
 * In what people wrote in their own words, a name as it was registered is replaced where it stands as a whole word; one that they wrote
 * otherwise nobody can find.
 */
async function replaceNames(tx: Tx, names: readonly string[]): Promise<void> {
  for (const [name, column, key] of OWN_WORDS)
    for (const word of names) {
      const [table, cell] = [sql`reactor.${sql.identifier(name)}`, sql.identifier(column)];
      const text = key === undefined ? sql`${cell}` : sql`(${cell} ->> ${key}::text)`;
      const replaced = sql`regexp_replace(${text}, ${wholeWord(word)}, ${ERASED}, 'g')`;
      const changed =
        key === undefined ? replaced : sql`jsonb_set(${cell}, ARRAY[${key}::text], to_jsonb(${replaced}))`;
      await tx.execute(sql`UPDATE ${table} SET ${cell} = ${changed} WHERE ${text} ~ ${wholeWord(word)}`);
    }
}

/** A regular expression of PostgreSQL's, in which a backslash before what is neither letter nor digit makes it itself. */
const wholeWord = (word: string): string =>
  `(?<![[:alnum:]])${word.replaceAll(/[^\p{L}\p{N}\s]/gu, '\\$&')}(?![[:alnum:]])`;

const arrayOf = (texts: readonly string[]) =>
  sql`ARRAY[${sql.join(
    texts.map((text) => sql`${text}`),
    sql`, `,
  )}]::text[]`;
const listOf = (texts: readonly string[]) => sql`(SELECT unnest(${arrayOf(texts)}))`;
const anyIn = (cell: ReturnType<typeof sql>, texts: readonly string[]) =>
  sql`EXISTS (SELECT 1 FROM unnest(${arrayOf(texts)}) AS word WHERE position(word IN ${cell}) > 0)`;

const notAtRest = (open: readonly string[]) =>
  new Refusal({
    code: 'user_not_at_rest',
    status: 409,
    title: 'Something of this user is open',
    detail: `Nothing was erased: ${open.join('; ')}. Let it end, or end it, and propose it again.`,
  });
