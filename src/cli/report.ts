import type { Command } from 'commander';
import { GET_CLOSING, GET_CLOSING_CSV, GET_CLOSING_PAGE } from '../reactor/http/routes/reports.ts';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

type ClosingOptions = { date: string; csv?: boolean; page?: boolean; json?: boolean };

/** `kustodia report closing --date YYYY-MM-DD [--csv | --page | --json]` */
export function reportCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const report = program.command('report').description('what was, day by day');
  report
    .command('closing')
    .description('the closing of a business day in Mexico City')
    .requiredOption('--date <day>', 'such as 2026-11-26')
    .option('--csv', 'as CSV')
    .option('--page', 'as a page of HTML to print')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ date, csv, page, json }: ClosingOptions) => {
      const api = openApi(environment);
      const parameters = { day: date };
      if (csv || page) return out((await api.call(csv ? GET_CLOSING_CSV : GET_CLOSING_PAGE, { parameters })).trimEnd());
      const found = await api.call(GET_CLOSING, { parameters });
      if (json) return out(JSON.stringify(found));
      const { figures, sides } = found;
      const outside = new Map(sides?.accounts.map((one) => [one.account, one.outside ?? 'not read']));
      const nameOf = (one: { account: string; contract: string }) =>
        one.contract ? `${one.account} ${one.contract}` : one.account;
      out(
        `${found.day}: ${found.state}${found.closedAt ? ` at ${found.closedAt}` : ''}, ${found.openBreaks} open breaks`,
      );
      if (found.isUnchanged === false)
        out('The ledger says something else of this day now than when it was closed: tell engineering.');
      out(
        table(
          ['account', 'currency', 'posted', 'under way', 'outside'],
          figures.balances.map((one) => [
            ...[nameOf(one), one.currency, one.posted, one.underWay],
            outside.get(nameOf(one)) ?? '',
          ]),
        ),
      );
      out(
        table(
          ['', 'what', 'how many', 'pesos'],
          [
            ...figures.moneyIn.map((one) => ['in', one.what, String(one.count), one.amount]),
            ...figures.moneyOut.map((one) => ['out', one.what, String(one.count), one.amount]),
            ['commissions', 'earned', String(figures.commissions.count), figures.commissions.amount],
            ...figures.payments.map((one) => [one.kind, one.what, String(one.count), one.amount]),
          ],
        ),
      );
      out(`Its figures: ${found.hash}`);
    });
}
