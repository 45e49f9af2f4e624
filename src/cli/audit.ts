import type { Command } from 'commander';
import { LIST_AUDIT } from '../reactor/http/routes/records.ts';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

type ListOptions = { subject?: string; limit: string; cursor?: string; json?: boolean };

/** `kustodia audit list`: who did what, and why. */
export function auditCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  program
    .command('audit')
    .description('who did what, and why')
    .command('list')
    .description('every command that anybody gave, newest first')
    .option('--subject <subject>', 'what was done to this alone, such as payment:ID, user:ID or switch:all')
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
}
