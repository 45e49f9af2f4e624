import { html } from 'hono/html';
import type { Closing } from '../report/closing.ts';

type Rows = readonly (readonly string[])[];

const table = (title: string, head: readonly string[], rows: Rows) => html`
  <h2>${title}</h2>
  <table>
    <thead><tr>${head.map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
    <tbody>${
      rows.length > 0
        ? rows.map((row) => html`<tr>${row.map((one) => html`<td>${one}</td>`)}</tr>`)
        : html`<tr><td colspan="${head.length}">None.</td></tr>`
    }</tbody>
  </table>`;

const WORDS = {
  running: 'This day is not over: the figures still change.',
  open: 'This day is over and not closed: it is closed by itself once nothing of it is unexplained.',
  closed: 'This day is closed.',
} as const;

/** A day’s closing as a page to print. */
export const closingPage = ({
  day,
  state,
  closedAt,
  isUnchanged,
  hash,
  openBreaks,
  figures,
  sides,
}: Closing) => html`<!doctype html>
  <html lang="en">
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Closing of ${day}</title>
    <style>
      body { font: 15px/1.4 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
      table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; }
      th, td { text-align: left; border-bottom: 1px solid #bbb; padding: 0.2rem 0.6rem 0.2rem 0; overflow-wrap: anywhere; }
      .hash { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
      @media print { body { margin: 0; max-width: none; } }
    </style>
    <h1>Closing of ${day}, Mexico City</h1>
    <p>
      ${WORDS[state]} ${closedAt ? `It was closed at ${closedAt}.` : ''}
      ${isUnchanged === false ? 'The ledger says something else of it now than then: tell engineering.' : ''}
      Open breaks: ${openBreaks}.
    </p>
    ${table(
      'Balances at the end',
      ['account', 'currency', 'posted', 'under way'],
      figures.balances.map(({ account, contract, currency, posted, underWay }) => [
        contract ? `${account} ${contract}` : account,
        ...[currency, posted, underWay],
      ]),
    )}
    ${table(
      sides ? `Three ways, read at ${sides.at}${sides.block ? `, block ${sides.block}` : ''}` : 'Three ways: not read',
      ['account', 'currency', 'books', 'outside'],
      (sides?.accounts ?? []).map((one) => [one.account, one.currency, one.books, one.outside ?? 'not read']),
    )}
    ${table(
      'Money in and out, in pesos',
      ['', 'what', 'how many', 'amount'],
      [
        ...figures.moneyIn.map((one) => ['in', one.what, String(one.count), one.amount]),
        ...figures.moneyOut.map((one) => ['out', one.what, String(one.count), one.amount]),
        ['commissions', 'earned', String(figures.commissions.count), figures.commissions.amount],
      ],
    )}
    ${table(
      'Payments by what happened',
      ['leg', 'what', 'how many', 'amount'],
      figures.payments.map((one) => [one.kind, one.what, String(one.count), one.amount]),
    )}
    <p>SHA-256 of the figures: <span class="hash">${hash}</span></p>
  </html>`;
