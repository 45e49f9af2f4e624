import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { apiKey } from '../db/schema.ts';
import { type Actor, audit } from './audit.ts';
import { Refusal } from './refusal.ts';
import type { Role } from './roles.ts';
import { isSameName } from './same-name.ts';

const SECRET = /^kus_[A-Za-z0-9_-]{43}$/;

/** 256 random bits need no slow hash: they cannot be guessed from it. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export type CreateApiKeyParameters = Readonly<{
  name: string;
  role: Role;
  /** Where the secret's 32 bytes come from. */
  random?: (size: number) => Buffer;
}>;

/**
 * Makes an API key on the command line, for whoever has the database. Its secret (`kus_` and 43 characters) is in the answer and nowhere
 * else: only its SHA-256 is stored. Throws a Refusal `name_written_otherwise`.
 */
export const createApiKey = (db: Db, wanted: CreateApiKeyParameters): Promise<MadeKey> =>
  db.transaction((tx) =>
    makeKey(tx, {
      ...wanted,
      actor: { id: 'database', name: 'command line', role: 'admin' },
      reason: 'a key was asked for on the command line',
    }),
  );

type MadeKey = Readonly<{ id: string; name: string; secret: string }>;

/** The same in a transaction, for whoever it is. Keys of one name are one person's, who is written in one way. */
export async function makeKey(
  tx: Tx,
  {
    name: given,
    role,
    random = randomBytes,
    actor,
    reason,
  }: CreateApiKeyParameters & Readonly<{ actor: Actor; reason: string }>,
): Promise<MadeKey> {
  const name = given.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim();
  const id = randomUUID();
  const secret = `kus_${random(32).toString('base64url')}`;
  const living = await tx.select({ name: apiKey.name }).from(apiKey).where(isNull(apiKey.revokedAt));
  const other = living.find((row) => row.name !== name && isSameName(row.name, name));
  if (other) throw writtenOtherwise(other.name);
  await tx.insert(apiKey).values({ id, name, role, hash: hashOf(secret) });
  await audit(tx, { actor, command: 'key create', subject: `api_key:${id}`, reason, detail: { name, role } });
  return { id, name, secret };
}

/** Whose key a secret is; null for one that is unknown or revoked. */
export async function findApiKey(db: Db, secret: string): Promise<Actor | null> {
  if (!SECRET.test(secret)) return null;
  const [row] = await db
    .select({ id: apiKey.id, name: apiKey.name, role: apiKey.role })
    .from(apiKey)
    .where(and(eq(apiKey.hash, hashOf(secret)), isNull(apiKey.revokedAt)));
  return row ?? null;
}

const writtenOtherwise = (name: string): Refusal =>
  new Refusal({
    code: 'name_written_otherwise',
    status: 409,
    title: 'A key of this name is written otherwise',
    detail: `There is a living key of “${name}”, and two keys of one name are one person’s. No key was made. Write it so for the same person; give another person a name that differs by more than case, accents or spaces.`,
  });
