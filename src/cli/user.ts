import type { Command } from 'commander';
import type { z } from 'zod';
import { CREATE_USER, ERASE_USER, GET_USER, LIST_USERS, type USER } from '../reactor/http/routes/users.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { facts, type Output, table } from './output.ts';
import { screeningCommands } from './screening.ts';
import { termsCommands } from './terms.ts';

type CreateOptions = {
  name: string;
  email: string;
  reason?: string;
  idempotencyKey?: string;
  dryRun?: boolean;
  json?: boolean;
};

type ListOptions = { named?: string; limit: string; cursor?: string; json?: boolean };

/** `kustodia user create | list | show | erase | screening | screen | unscreened | terms` */
export function userCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const user = program.command('user').description('the people who pay and are paid');

  const print = (found: z.output<typeof USER>, json: boolean | undefined) => {
    if (json) return out(JSON.stringify(found));
    out(
      facts([
        ['user', found.id],
        ['name', found.fullName],
        ['e-mail', found.email],
        [
          'deposit CLABE',
          found.depositClabe ??
            found.clabeProblem ??
            'Juno has not assigned it yet: look again with kustodia user show',
        ],
      ]),
    );
  };

  user
    .command('create')
    .description('add a person; Juno then assigns their deposit CLABE')
    .requiredOption('--name <full name>', 'as their bank has it')
    .requiredOption('--email <address>', 'where they are reached')
    .option('--reason <text>', 'why, for the audit log')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'check and show who would be added, and add nobody')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ name, email, reason, idempotencyKey, dryRun, json }: CreateOptions) => {
      const terms = { fullName: name, email, ...(reason === undefined ? {} : { reason }) };
      const made = await openApi(environment).call(CREATE_USER, { body: terms, idempotencyKey, dryRun });
      if (!made.dryRun) return print(made, json);
      if (json) return out(JSON.stringify(made));
      out(
        `${made.fullName}, ${made.email}, would be added, and Juno asked for a CLABE.\nNothing was changed (--dry-run).`,
      );
    });

  user
    .command('list')
    .description('people, newest first')
    .option('--named <text>', 'the beginning of a name or an e-mail, the end of a deposit CLABE, or an id')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, named: q, ...query }: ListOptions) => {
      const found = await openApi(environment).call(LIST_USERS, { query: { ...query, q } });
      if (json) return out(JSON.stringify(found));
      const rows = found.users.map((one) => [
        ...[one.id, one.fullName, one.email, one.depositClabe ?? '', one.createdAt],
      ]);
      out(rows.length > 0 ? table(['user', 'name', 'e-mail', 'deposit CLABE', 'since'], rows) : 'Nobody.');
      if (found.nextCursor) out(`\nMore: --cursor ${found.nextCursor}`);
    });

  user
    .command('show <id>')
    .description('one person and their deposit CLABE')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      print(await openApi(environment).call(GET_USER, { parameters: { id } }), json);
    });

  changing(
    user
      .command('erase <id>')
      .description('propose to erase who somebody is, once nothing of theirs is open; a second person does it'),
  ).action(async (id: string, options: ChangeOptions) => {
    const done = await openApi(environment).call(ERASE_USER, { parameters: { id }, ...saidIn(options) });
    if (options.json) return out(JSON.stringify(done));
    if (done.dryRun) return out(`Nothing of user ${id} is open: they can be erased.\nNothing was changed (--dry-run).`);
    out(`To erase user ${id} is proposed. Nothing brings it back once somebody else has approved it:`);
    out(`  kustodia effect approve ${done.proposal} --reason …`);
  });

  screeningCommands(user, environment, { out });
  termsCommands(user, environment, { out });
}
