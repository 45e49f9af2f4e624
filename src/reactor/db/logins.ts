import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Db } from './client.ts';

/**
 * What a login is for, and the role that it is then a member of. The migrations make the roles and say what each may do
 * (0001_rules.sql); `as` are settings of the login itself, which it has wherever it connects from.
 */
export const LOGIN_ROLES = {
  indexer: { role: 'kustodia_indexer', as: { role: 'kustodia_indexer' } },
  reactor: { role: 'kustodia_reactor', as: { role: 'kustodia_reactor' } },
  auditor: { role: 'kustodia_auditor', as: { default_transaction_read_only: 'on' } },
  approver: { role: 'kustodia_approver', as: { default_transaction_read_only: 'on' } },
  // Questions of people: one that never ends would hold back what the database cleans up for all.
  reader: {
    role: 'kustodia_reader',
    as: { search_path: 'legacy', default_transaction_read_only: 'on', statement_timeout: '60s' },
  },
} as const satisfies Record<string, Readonly<{ role: string; as: Readonly<Record<string, string>> }>>;
export type LoginRole = keyof typeof LOGIN_ROLES;

/** Shows a reader who somebody is: docs/earlier-queries.md. */
const PERSONAL = 'kustodia_reader_personal';
const NAME = /^[a-z][a-z0-9_]{1,39}$/;
const ITERATIONS = 4096;

export class LoginRefusedError extends Error {
  override readonly name = 'LoginRefusedError';
}

export type MakeLoginParameters = Readonly<{
  name: string;
  role: LoginRole;
  /** Of a reader: that it reads names and CLABEs whole. */
  isPersonal?: boolean;
  /** Where the password's 24 bytes, and the salt's 16, come from. */
  random?: (size: number) => Buffer;
}>;

/**
 * Makes a login that may do what one process does, or gives it another password; answers the password, which stands nowhere: the server is
 * sent only what it verifies it by. Needs no superuser, but a login that may make roles and administers the role in question. Throws a
 * LoginRefusedError for a name that belongs to something else.
 *
 * @example
 * const { password } = await makeLogin(db, { name: 'reports', role: 'reader' });
 */
export async function makeLogin(
  { $client: pool }: Pick<Db, '$client'>,
  { name, role: kind, isPersonal = false, random = randomBytes }: MakeLoginParameters,
): Promise<{ password: string; isNew: boolean }> {
  const { role, as } = LOGIN_ROLES[kind];
  if (!NAME.test(name) || name.startsWith('kustodia_') || name.startsWith('pg_'))
    throw new LoginRefusedError(
      'A login’s name has 2 to 40 small letters, digits and underscores, and begins with no kustodia_ or pg_.',
    );
  if (isPersonal && kind !== 'reader') throw new LoginRefusedError('Only a reader is shown personal data by a grant.');
  const password = random(24).toString('base64url');
  const verifier = verifierOf(password, random(16));
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const isNew = await isFree(client, name, role);
    await client.query(`${isNew ? 'CREATE' : 'ALTER'} ROLE ${name} LOGIN PASSWORD '${verifier}'`);
    await client.query(`GRANT ${role} TO ${name}`);
    if (kind === 'reader')
      await client.query(`${isPersonal ? `GRANT ${PERSONAL} TO` : `REVOKE ${PERSONAL} FROM`} ${name}`);
    for (const [setting, value] of Object.entries(as))
      await client.query(`ALTER ROLE ${name} SET ${setting} = '${value}'`);
    await client.query('COMMIT');
    return { password, isNew };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Whether nobody has the name. Throws where somebody has it who is more than, or other than, what is asked for. */
async function isFree(client: Pick<pg.ClientBase, 'query'>, name: string, role: string): Promise<boolean> {
  const { rows } = await client.query<{ may_more: boolean; roles: string[] }>(
    `SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS may_more,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS roles
     FROM pg_roles r WHERE r.rolname = $1`,
    [name],
  );
  const [found] = rows;
  if (!found) return true;
  const isSame = found.roles.includes(role) && found.roles.every((one) => one === role || one === PERSONAL);
  if (found.may_more || !isSame)
    throw new LoginRefusedError(
      `There is a role ${name} already, which is not only a member of ${role}. Nothing was changed.`,
    );
  return false;
}

/** What Postgres keeps of a password (RFC 5803), so that no statement has the password, nor any log of statements. */
function verifierOf(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const key = (what: string) => createHmac('sha256', salted).update(what).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
