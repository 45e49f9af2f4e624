import { type Command, Option } from 'commander';
import { GET_HISTORY, GET_OVERVIEW, LIST_ALERTS } from '../reactor/http/routes/overview.ts';
import { GET_RECOVERY } from '../reactor/http/routes/recovery.ts';
import { openApi } from './api.ts';
import { facts, type Output, table } from './output.ts';

type ListOptions = { gone?: boolean; limit: string; cursor?: string; json?: boolean };
type Alert = Readonly<{ kind: string; severity: string; openedAt: string; closedAt: string | null; sentence: string }>;

/** `kustodia overview` and `kustodia alert list`: what is wrong, before anything else. */
export function overviewCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  program
    .command('overview')
    .description('where all money is now, how fast it moves, and what is wrong')
    .addOption(new Option('--history <by>', 'how many legs were in each state instead').choices(['hour', 'day']))
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ history: by, json }: { history?: 'hour' | 'day'; json?: boolean }) => {
      const api = openApi(environment);
      if (by) {
        const { points } = await api.call(GET_HISTORY, { query: { by } });
        if (json) return out(JSON.stringify({ points }));
        const rows = points.map(({ from, legs, completed, ended }) => [
          ...[from, String(completed), String(ended)],
          legs.map(({ state, count }) => `${count} ${state}`).join(', '),
        ]);
        return out(table(['from', 'completed', 'ended otherwise', 'open at its end'], rows));
      }
      const [found, recovery] = await Promise.all([api.call(GET_OVERVIEW, {}), api.call(GET_RECOVERY, {})]);
      if (json) return out(JSON.stringify({ ...found, recovery }));
      const { alerts, stopped, suspense, times, funds } = found;
      if (recovery.state === 'needed') out(recovery.sentence);
      for (const { name, reason } of stopped) out(`“${name}” is off: ${reason ?? 'no reason was given'}`);
      out(alerts.length > 0 ? alertTable(alerts) : 'No alert is open.');
      out('');
      const rows = found.stations
        .filter(({ legs }) => legs > 0)
        .map((one) => [one.kind, one.state, String(one.legs), one.amount]);
      out(rows.length > 0 ? table(['legs', 'in state', 'how many', 'MXN'], rows) : 'No leg is anywhere.');
      out('');
      const seconds = (s: number | null) => (s === null ? 'none' : `${s} s`);
      out(
        facts([
          ['for a person', `${found.attention} legs: kustodia payment attention`],
          ['came back', `${found.returned} legs: kustodia payment attention --which returned`],
          ['suspense', `${suspense.count} of ${suspense.amount} MXN: kustodia suspense list`],
          ['unknown effects', `${found.unknown}: kustodia effect list`],
          ['breaks', `${found.breaks}: kustodia break list`],
          ['holds, disputes', `${found.holds}, ${found.disputes}`],
          ['to approve', `${found.proposals}: kustodia effect proposals`],
          ['whole journey', `${seconds(times.whole.median_s)} (p99 ${seconds(times.whole.p99_s)})`],
          ['bridge wallet', funds ? `${funds.mxnb} MXNB, gas for ${funds.gasTransactions}` : 'the RPC is silent'],
        ]),
      );
    });

  program
    .command('alert')
    .description('what is wrong, and what was')
    .command('list')
    .description('alerts that are open, each with its page of the runbook; or those that are gone')
    .option('--gone', 'those that are gone, newest first')
    .option('--limit <n>', 'with --gone: how many, up to 100', '20')
    .option('--cursor <cursor>', 'with --gone: go on where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ gone, json, ...query }: ListOptions) => {
      const api = openApi(environment);
      const open = async () => ({ alerts: (await api.call(GET_OVERVIEW, {})).alerts, nextCursor: null });
      const found = gone ? await api.call(LIST_ALERTS, { query }) : await open();
      if (json) return out(JSON.stringify(found));
      out(found.alerts.length > 0 ? alertTable(found.alerts) : 'None.');
      if (found.nextCursor) out(`\nMore: --cursor ${found.nextCursor}`);
    });
}

const alertTable = (alerts: readonly Alert[]): string =>
  table(
    ['severity', 'alert', 'since', 'until', 'what'],
    alerts.map((one) => [one.severity, one.kind, one.openedAt, one.closedAt ?? 'open', one.sentence]),
  );
