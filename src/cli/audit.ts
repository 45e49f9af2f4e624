import type { Command } from 'commander';
import { eachExported, OF_AUDIT } from '../reactor/http/routes/exported.ts';
import { EXPORT_AUDIT, LIST_AUDIT } from '../reactor/http/routes/records.ts';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

/** A million lines: narrow it by its days. */
const MOST_PAGES = 200;

type Which = { subject?: string; who?: string; command?: string; from?: string; to?: string };
type ListOptions = Which & { limit: string; cursor?: string; json?: boolean };

const narrowed = (command: Command): Command =>
  command
    .option(
      '--subject <subject>',
      'what was done to this alone, such as payment:ID, user:ID, switch:all; #9: to payment 9',
    )
    .option('--who <name>', 'only what they did: a part of a name')
    .option('--command <command>', 'only this, such as “payment refund”, with who proposed and who approved it')
    .option('--from <day>', 'on this day or later, in Mexico City')
    .option('--to <day>', 'and on this day or earlier');

/** `kustodia audit list`: who did what, and why. */
export function auditCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const audit = program.command('audit').description('who did what, and why');

  narrowed(audit.command('list'))
    .description('every command that anybody gave, newest first')
    .option('--limit <n>', 'how many, up to 200', '50')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...query }: ListOptions) => {
      const found = await openApi(environment).call(LIST_AUDIT, { query });
      if (json) return out(JSON.stringify(found));
      const rows = found.lines.map((l) => [l.at, l.actor, l.role, l.command, l.subject, l.reason]);
      out(rows.length > 0 ? table(['at', 'who', 'role', 'what', 'to', 'why'], rows) : 'Nothing.');
      if (found.nextCursor) out(`\nMore: --cursor ${found.nextCursor}`);
    });

  narrowed(audit.command('export'))
    .description('the same as CSV, newest first')
    .action(async (query: Which) => {
      const api = openApi(environment);
      const read = (cursor: string | undefined) => api.call(EXPORT_AUDIT, { query: { ...query, cursor } });
      const { isCut } = await eachExported(read, (csv) => csv && out(csv.trimEnd()), MOST_PAGES, OF_AUDIT);
      if (isCut) throw new Error('There is more than is exported at once: narrow it by --from and --to.');
    });
}
