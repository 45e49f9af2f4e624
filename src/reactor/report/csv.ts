import type { Closing } from './closing.ts';

/** One cell: quoted, and never a formula of a spreadsheet. */
const cell = (value: string): string => {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
};

/** Rows as the standard has them (RFC 4180). */
export const csv = (rows: readonly (readonly string[])[]): string =>
  `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

/** A day’s closing as one table: section, name, currency, count, amount, beside it what the outside said. */
export function closingCsv({ day, state, closedAt, hash, openBreaks, figures, sides }: Closing): string {
  const rows: readonly (readonly string[])[] = [
    ['section', 'name', 'currency', 'count', 'amount', 'beside'],
    ['day', day, '', '', '', `${state}${closedAt ? ` at ${closedAt}` : ''}`],
    ['open breaks', '', '', String(openBreaks), '', ''],
    ['hash', hash, '', '', '', ''],
    ...figures.balances.map(({ account, contract, currency, posted, underWay }) => [
      ...['balance', contract ? `${account} ${contract}` : account, currency, '', posted, `under way ${underWay}`],
    ]),
    ...(sides?.accounts ?? []).map(({ account, currency, books, outside }) => [
      ...['three ways', account, currency, '', books, outside ?? 'not read'],
    ]),
    ...figures.moneyIn.map(({ what, count, amount }) => ['money in', what, 'MXN', String(count), amount, '']),
    ...figures.moneyOut.map(({ what, count, amount }) => ['money out', what, 'MXN', String(count), amount, '']),
    ['commissions', 'earned', 'MXN', String(figures.commissions.count), figures.commissions.amount, ''],
    ...figures.payments.map(({ kind, what, count, amount }) => [
      ...['payments', `${kind} ${what}`, 'MXN', String(count), amount, ''],
    ]),
  ];
  return csv(rows);
}
