import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { facts, type Output, table } from './output.ts';

const BREAK = z.looseObject({
  id: z.string(),
  kind: z.string(),
  account: z.string(),
  paymentId: z.string().nullable(),
  currency: z.string(),
  books: z.string().nullable(),
  chain: z.string().nullable(),
  juno: z.string().nullable(),
  shortfall: z.string(),
  nextStep: z.string(),
  stopped: z.array(z.string()),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  closedAt: z.string().nullable(),
  closedBecause: z.string().nullable(),
});
const LIST = z.looseObject({
  items: z.array(BREAK),
  nextCursor: z.string().nullable(),
  reconciledAt: z.string().nullable(),
});
const SHOWN = BREAK.extend({
  evidence: z.record(z.string(), z.string()),
  notes: z.array(z.looseObject({ at: z.string(), by: z.string(), note: z.string() })),
});
const DONE = z.looseObject({ id: z.string(), kind: z.string(), dryRun: z.literal(true).optional() });

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
      const asked = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
      const query = asked.length > 0 ? `?${new URLSearchParams(asked)}` : '';
      const found = await openApi(environment).get(`/api/v1/breaks${query}`, LIST);
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
      const one = await openApi(environment).get(`/api/v1/breaks/${encodeURIComponent(id)}`, SHOWN);
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
      const path = `/api/v1/breaks/${encodeURIComponent(id)}/notes${dryRun ? '?dryRun=true' : ''}`;
      const done = await openApi(environment).post(path, { note }, DONE, idempotencyKey);
      if (json) return out(JSON.stringify(done));
      out(`It ${dryRun ? 'would be' : 'is'} noted on break ${done.id} (${done.kind}); the break stays as it is.`);
      if (dryRun) out('Nothing was changed (--dry-run).');
    });
}
