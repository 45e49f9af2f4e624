import { type Command, Option } from 'commander';
import { type Db, migrateDatabase, NotMigratedError, openDatabase } from '../reactor/db/client.ts';
import { LOGIN_ROLES, LoginRefusedError, type LoginRole, makeLogin } from '../reactor/db/logins.ts';
import { CliError, EXIT, facts, type Output } from './output.ts';

type LoginOptions = Readonly<{ role: LoginRole; personal?: boolean; json?: boolean }>;

/** `kustodia db migrate | login`, in the database itself: by whoever owns it, before anything runs. */
export function dbCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const db = program
    .command('db')
    .description('the database and its logins (by DATABASE_OWNER_URL, the login that owns it)');

  db.command('migrate')
    .description('make the tables, the rules and the roles of this release; nothing where they are')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      await withOwner(environment, (owner) => migrateDatabase(owner));
      out(json ? JSON.stringify({ migrated: true }) : 'The database has this release’s tables, rules and roles.');
    });

  db.command('login <name>')
    .description(
      'make a login that may do what one process does, and print its password, this once; again: another password',
    )
    .addOption(new Option('--role <role>', 'what it is for').choices(Object.keys(LOGIN_ROLES)).makeOptionMandatory())
    .option('--personal', 'of a reader: it reads names and CLABEs whole (docs/earlier-queries.md)')
    .option('--json', 'print one JSON object as the last line')
    .action(async (name: string, { role, personal = false, json }: LoginOptions) => {
      const made = await withOwner(environment, (owner) => makeLogin(owner, { name, role, isPersonal: personal }));
      const { password, isNew } = made;
      if (json) return out(JSON.stringify({ login: name, role: LOGIN_ROLES[role].role, isNew, password }));
      out(
        facts([
          ['login', isNew ? name : `${name}, which had another password before`],
          ['role', LOGIN_ROLES[role].role],
          ['password', password],
        ]),
      );
      out('\nKeep the password now: it is stored nowhere and cannot be shown again.');
    });
}

/** The login that owns the database: the processes' own may make nothing. */
export function ownerUrl(environment: NodeJS.ProcessEnv): string {
  const url = environment['DATABASE_OWNER_URL'] || environment['DATABASE_URL'];
  if (url) return url;
  throw new CliError(
    'DATABASE_OWNER_URL is not set, nor DATABASE_URL: give the login that owns the database.',
    EXIT.usage,
    { code: 'no_database' },
  );
}

async function withOwner<T>(environment: NodeJS.ProcessEnv, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openDatabase(ownerUrl(environment), { max: 1 });
  try {
    return await work(db);
  } catch (error) {
    if (error instanceof LoginRefusedError || error instanceof NotMigratedError)
      throw new CliError(error.message, EXIT.refused, { code: 'refused' });
    throw failed(error);
  } finally {
    await db.$client.end();
  }
}

/** What the server refused, in its own words; whatever else is that it does not answer. */
export function failed(error: unknown): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = cause instanceof Error ? cause.message : 'no reason given';
  if (/^[0-9A-Z]{5}$/.test(code))
    return new CliError(`The database refused it (${why}). Nothing was changed.`, EXIT.refused, { code: 'refused' });
  return new CliError(`The database does not answer (${code || why}). Look at DATABASE_URL.`, EXIT.unreachable, {
    code: 'unreachable',
  });
}
