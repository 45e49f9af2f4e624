import type { Command } from 'commander';
import { CLOSE_HOLD, LIST_HOLDS, OPEN_HOLD } from '../reactor/http/routes/holds.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { type Output, table } from './output.ts';

type OpenOptions = ChangeOptions & { code: string; owner: string };

/** `kustodia hold list | open | close` */
export function holdCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const hold = program.command('hold').description('what keeps the money of a payment, a user or a rail where it is');
  const print = (done: object, sentence: string, { json, dryRun }: ChangeOptions) => {
    if (json) return out(JSON.stringify(done));
    out(sentence);
    if (dryRun) out('Nothing was changed (--dry-run).');
  };

  hold
    .command('list')
    .description('what is held now, newest first')
    .option('--on <what>', 'all that ever was of payment:ID, user:ID or rail:NAME')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ on, json }: { on?: string; json?: boolean }) => {
      const found = await openApi(environment).call(LIST_HOLDS, { query: { on } });
      if (json) return out(JSON.stringify(found));
      const rows = found.holds.map((h) => [
        h.id,
        h.kind,
        h.on,
        h.owner,
        h.reasonCode,
        h.closedAt ? `closed at ${h.closedAt}` : `since ${h.openedAt}`,
        h.sentence,
      ]);
      out(rows.length > 0 ? table(['hold', 'kind', 'on', 'owner', 'code', 'when', 'because'], rows) : 'None.');
    });

  changing(
    hold
      .command('open <on>')
      .description('hold payment:ID, user:ID or rail:NAME, at once')
      .requiredOption('--code <word>', 'the reason for machines, such as fraud_report')
      .requiredOption('--owner <team>', 'who closes it: operations, compliance or engineering'),
  ).action(async (on: string, { code, owner, ...options }: OpenOptions) => {
    const body = { on, reasonCode: code, sentence: options.reason, owner };
    const done = await openApi(environment).call(OPEN_HOLD, { ...saidIn(options), body });
    print(done, `${done.on} ${done.dryRun ? 'would be held' : `is held by ${done.id}`}.`, options);
  });

  changing(hold.command('close <hold>').description('let go; what waited goes on by itself')).action(
    async (id: string, options: ChangeOptions) => {
      const done = await openApi(environment).call(CLOSE_HOLD, { parameters: { id }, ...saidIn(options) });
      print(done, `The hold on ${done.on} ${options.dryRun ? 'would be' : 'is'} closed.`, options);
    },
  );
}
