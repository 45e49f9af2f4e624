import type { Command } from 'commander';
import { GET_BREAK, LIST_BREAKS, NOTE_BREAK } from '../reactor/http/routes/breaks.ts';
import { openApi } from './api.ts';
import { facts, type Output, table } from './output.ts';

type ListOptions = {
  status?: string;
  kind?: string;
  payment?: string;
  limit?: string;
  cursor?: string;
  json?: boolean;
};
type NoteOptions = { note: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };

/** `kustodia break list | show | note` */
export function breakCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const group = program.command('break').description('what books, chain and Juno do not agree on');

  group
    .command('list')
    .description('those that are open, newest first')
    .option('--status <status>', 'open, closed or all')
    .option('--kind <kind>', 'of one kind')
    .option('--payment <id>', 'of one payment')
    .option('--limit <n>', 'how many, at most 100')
    .option('--cursor <cursor>', 'where the page before ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...given }: ListOptions) => {
      const found = await openApi(environment).call(LIST_BREAKS, { query: given });
      if (json) return out(JSON.stringify(found));
      const rows = found.items.map((one) => [
        one.id,
        one.kind,
        one.account,
        `${one.shortfall} ${one.currency}`,
        one.firstSeenAt,
        one.closedAt
          ? `closed: ${one.closedBecause}`
          : one.stopped.length > 0
            ? `stopped ${one.stopped.join(', ')}`
            : 'open',
      ]);
      out(rows.length > 0 ? table(['break', 'kind', 'account', 'missing', 'since', 'state'], rows) : 'None.');
      out(
        found.reconciledAt === null
          ? 'Nothing was ever compared: is a reactor running?'
          : `Books, chain and Juno were last compared at ${found.reconciledAt}.`,
      );
      if (found.nextCursor) out(`More: --cursor ${found.nextCursor}`);
    });

  group
    .command('show <break>')
    .description('one break with its evidence, what was noted, and what to do')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const one = await openApi(environment).call(GET_BREAK, { parameters: { id } });
      if (json) return out(JSON.stringify(one));
      const said = (amount: string | null) => (amount === null ? '–' : `${amount} ${one.currency}`);
      out(
        facts([
          ['break', `${one.id} (${one.kind})`],
          ['of', one.paymentId ? `${one.account}, payment ${one.paymentId}` : one.account],
          ['books', said(one.books)],
          ['chain', said(one.chain)],
          ['Juno', said(one.juno)],
          ['missing', said(one.shortfall)],
          ['seen', `${one.firstSeenAt} to ${one.lastSeenAt}`],
          ['stopped', one.stopped.join(', ') || 'nothing'],
          ['closed', one.closedAt ? `${one.closedAt}: ${one.closedBecause}` : 'no'],
          ...Object.entries(one.evidence).map(([name, value]) => [`  ${name}`, value] as const),
          ...one.notes.map(({ at, by, note }) => [`note ${at}`, `${note} (${by})`] as const),
          ['do', one.nextStep],
        ]),
      );
    });

  group
    .command('note <break>')
    .description('write down what you found out; only what is compared closes a break')
    .requiredOption('--note <text>', 'what you found out; no names and no CLABEs')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'check, and note nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { note, idempotencyKey, dryRun, json }: NoteOptions) => {
      const done = await openApi(environment).call(NOTE_BREAK, {
        ...{ parameters: { id }, body: { note }, idempotencyKey, dryRun },
      });
      if (json) return out(JSON.stringify(done));
      out(`It ${dryRun ? 'would be' : 'is'} noted on break ${done.id} (${done.kind}); the break stays as it is.`);
      if (dryRun) out('Nothing was changed (--dry-run).');
    });
}
