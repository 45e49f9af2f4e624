import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { openDatabase } from '../reactor/db/client.ts';
import { LIST_KEYS, MAKE_KEY, REVOKE_KEY } from '../reactor/http/routes/records.ts';
import { createApiKey } from '../reactor/people/api-key.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { ROLES, type Role } from '../reactor/people/roles.ts';
import { openApi } from './api.ts';
import { ownerUrl } from './db.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';

type CreateOptions = Readonly<{ name: string; role: Role; secretFile?: string; json?: boolean }>;

/** The bytes of a secret that a file holds by itself. */
function secretIn(file: string): Buffer {
  const [, bytes] = /^kus_([A-Za-z0-9_-]{43})\s*$/.exec(textOf(file)) ?? [];
  if (bytes === undefined)
    throw new CliError(`${file} holds no secret of a key (kus_ and 43 characters). No key was made.`, EXIT.refused);
  return Buffer.from(bytes, 'base64url');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CliError(`${file} cannot be read. No key was made.`, EXIT.refused);
  }
}

/** `kustodia key list | make | revoke`, and `create`, straight in the database: the first key cannot be asked for with a key. */
export function keyCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const key = program.command('key').description('API keys: who may ask, and for what');

  key
    .command('list')
    .description('whose each key is and what it may do, newest first; never what it is')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await openApi(environment).call(LIST_KEYS, {});
      if (json) return out(JSON.stringify(found));
      const rows = found.keys.map((one) => [
        ...[one.id, one.name, one.role, one.createdAt, one.revokedAt ?? 'no', String(one.sessions)],
        one.isYours ? 'yours' : '',
      ]);
      out(table(['key', 'name', 'role', 'made', 'revoked', 'signed in', ''], rows));
    });

  changing(
    key
      .command('make <name>')
      .description('make a key that reads, as an administrator, and print its secret, this once'),
  ).action(async (name: string, options: ChangeOptions) => {
    const body = { name, role: 'viewer', reason: options.reason } as const;
    const made = await openApi(environment).call(MAKE_KEY, { ...saidIn(options), body });
    if (options.json) return out(JSON.stringify(made));
    if (made.dryRun) return out(`A key of “${made.name}” that reads would be made. Nothing was changed (--dry-run).`);
    outSecret(out, made);
  });

  changing(
    key.command('revoke <key>').description('end a key, at once and for ever, and whoever is signed in with it'),
  ).action(async (id: string, options: ChangeOptions) => {
    const done = await openApi(environment).call(REVOKE_KEY, { parameters: { id }, ...saidIn(options) });
    if (options.json) return out(JSON.stringify(done));
    out(
      `The key of “${done.name}” ${options.dryRun ? 'would be' : 'is'} revoked; ${done.sessions} people were signed in with it.`,
    );
    if (options.dryRun) out('Nothing was changed (--dry-run).');
  });

  key
    .command('create')
    .description(
      'make an API key and print its secret, this once (by DATABASE_OWNER_URL, the login that owns the database)',
    )
    .requiredOption('--name <name>', 'whose key it is')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--secret-file <file>', 'the secret of a key that was made in another cell: it is good in this one too')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ name: given, role, secretFile, json }: CreateOptions) => {
      const bytes = secretFile === undefined ? undefined : secretIn(secretFile);
      const same = bytes ? { random: () => bytes } : {};
      const db = openDatabase(ownerUrl(environment), { max: 1 });
      try {
        const { id, name, secret } = await createApiKey(db, { name: given, role, ...same });
        if (json) return out(JSON.stringify({ id, name, role, secret }));
        outSecret(out, { id, name, role, secret });
      } catch (error) {
        if (error instanceof Refusal) throw new CliError(error.message, EXIT.refused);
        throw databaseFailed(error);
      } finally {
        await db.$client.end();
      }
    });
}

function outSecret(
  out: Output['out'],
  { id, name, role, secret }: Readonly<{ id: string; name: string; role: string; secret: string | null }>,
): void {
  const shown = secret ?? 'was told when it was made';
  out(
    facts([
      ['key', id],
      ['name', name],
      ['role', role],
      ['secret', shown],
    ]),
  );
  out('\nKeep the secret now: it is stored nowhere and cannot be shown again.');
}

/** The driver's own words, without the query's parameters: they would hold the hash of a key. */
function databaseFailed(error: unknown): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === '42P01' || code === '3F000') {
    return new CliError(
      'The database has no tables of Kustodia yet: start the reactor once, it makes them.',
      EXIT.refused,
    );
  }
  if (code === '42501')
    return new CliError(
      'This login may make no such key: the processes’ own make none that may act. Give the one that owns the database as DATABASE_OWNER_URL.',
      EXIT.refused,
      { code: 'not_the_owner' },
    );
  const why = code || (cause instanceof Error ? cause.message : 'no reason given');
  return new CliError(
    `The database does not answer (${why}). Look at DATABASE_OWNER_URL, or DATABASE_URL where there is no other.`,
    EXIT.unreachable,
  );
}
