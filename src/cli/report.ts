import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

const LINE = z.looseObject({ what: z.string(), count: z.number(), amount: z.string() });
const CLOSING = z.looseObject({
  day: z.string(),
  state: z.string(),
  closedAt: z.string().nullable(),
  hash: z.string(),
  isUnchanged: z.boolean().nullable(),
  openBreaks: z.number(),
  figures: z.looseObject({
    balances: z.array(
      z.looseObject({
        account: z.string(),
        contract: z.string(),
        currency: z.string(),
        posted: z.string(),
        underWay: z.string(),
      }),
    ),
    moneyIn: z.array(LINE),
    moneyOut: z.array(LINE),
    commissions: z.looseObject({ count: z.number(), amount: z.string() }),
    payments: z.array(LINE.extend({ kind: z.string() })),
  }),
  sides: z
    .looseObject({
      accounts: z.array(
        z.looseObject({
          account: z.string(),
          currency: z.string(),
          books: z.string(),
          outside: z.string().nullable(),
        }),
      ),
    })
    .nullable(),
});

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
      const path = `/api/v1/reports/closing/${encodeURIComponent(date)}`;
      if (csv || page) return out((await api.text(`${path}/${csv ? 'csv' : 'page'}`)).trimEnd());
      const found = await api.get(path, CLOSING);
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
