import type { Command } from 'commander';
import { LIST_EXCHANGES, LIST_RECEIPTS } from '../reactor/http/routes/exchanges.ts';
import { eachExported } from '../reactor/http/routes/exported.ts';
import { LIST_ATTENTION } from '../reactor/http/routes/overview.ts';
import { EXPORT_PAYMENTS } from '../reactor/http/routes/payments.ts';
import { SEARCH } from '../reactor/http/routes/search.ts';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

export type Which = { status?: string; legState?: string; kind?: string; from?: string; to?: string };

const MOST_PAGES = 400;

/** `kustodia payment search | attention | export | exchanges | receipts` */
export function paymentFindCommands(
  payment: Command,
  environment: NodeJS.ProcessEnv,
  { out }: Pick<Output, 'out'>,
): void {
  payment
    .command('search <text>')
    .description(
      'by whatever is known: id, number, CLABE or its last 4 to 8 digits, amount, e-mail, transaction, tracking key, Juno’s ids; also deposits in suspense, and people by name',
    )
    .option('--json', 'print one JSON object as the last line')
    .action(async (q: string, { json }: { json?: boolean }) => {
      const all = await openApi(environment).call(SEARCH, { query: { q } });
      if (json) return out(JSON.stringify(all));
      const { found, suspense, people } = all;
      const payments = found.map(({ by, payment: p }) => [by, String(p.number), p.id, p.status, p.amount, p.createdAt]);
      const deposits = suspense.map((one) => [one.by, one.id, one.reason, one.amount, one.openedAt]);
      const tables = [
        [['by', 'no.', 'payment', 'status', 'MXN', 'created'], payments],
        [['by', 'deposit in suspense', 'why', 'MXN', 'since'], deposits],
        [['user', 'name', 'e-mail'], people.map((one) => [one.id, one.fullName, one.email])],
      ] as const;
      const shown = tables.filter(([, rows]) => rows.length > 0).map(([heads, rows]) => table([...heads], [...rows]));
      out(shown.length > 0 ? shown.join('\n\n') : 'Nothing.');
    });

  payment
    .command('attention')
    .description('legs that wait for a person, the largest first, with what each waits for')
    .option('--which <which>', 'attention (marked so), or returned (payouts that failed or came back)', 'attention')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...query }: { which: string; limit: string; cursor?: string; json?: boolean }) => {
      const found = await openApi(environment).call(LIST_ATTENTION, { query });
      if (json) return out(JSON.stringify(found));
      const rows = found.legs.map((l) => [
        ...[String(l.number), l.paymentId, l.state, l.amount, l.since, l.owner ?? ''],
        l.sentence ?? l.code ?? 'kustodia payment why says it',
      ]);
      out(rows.length > 0 ? table(['no.', 'payment', 'state', 'MXN', 'since', 'owner', 'what'], rows) : 'Nothing.');
      if (found.nextCursor) out(`\nMore: --cursor ${found.nextCursor}`);
    });

  payment
    .command('export')
    .description('all payments as CSV, newest first')
    .option('--status <status>', 'only those in this status')
    .option('--leg-state <states>', 'only those with a leg in one of these states, with commas between them')
    .option('--kind <kind>', 'only these: escrow, refund or settlement')
    .option('--from <day>', 'asked for on this day or later, in Mexico City')
    .option('--to <day>', 'and on this day or earlier')
    .action(async (query: Which) => {
      const api = openApi(environment);
      const read = (cursor: string | undefined) => api.call(EXPORT_PAYMENTS, { query: { ...query, cursor } });
      const { isCut } = await eachExported(read, (csv) => csv && out(csv.trimEnd()), MOST_PAGES);
      if (isCut) throw new Error('There is more than is exported at once: narrow it by --from and --to.');
    });

  payment
    .command('exchanges <id>')
    .description(
      'what was asked of Juno, Bitso and the chain for a payment, what they said, and who was told, oldest first',
    )
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await openApi(environment).call(LIST_EXCHANGES, { parameters: { id } });
      if (json) return out(JSON.stringify(found));
      const rows = found.lines.map((l) => [l.at, l.source, l.about, l.status ?? '', JSON.stringify(l.detail)]);
      out(rows.length > 0 ? table(['when', 'what', 'of', 'status', 'said'], rows) : 'Nothing was said yet.');
      if (!found.isAll) out('\nThere is more than is shown.');
    });

  payment
    .command('receipts <id>')
    .description(
      'the SPEI orders that a payment came by and was paid by: what Banxico’s receipt (CEP) is looked up with',
    )
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await openApi(environment).call(LIST_RECEIPTS, { parameters: { id } });
      if (json) return out(JSON.stringify(found));
      const rows = found.receipts.map((r) => [
        ...[r.direction, r.at ?? '', r.amount, r.trackingKey ?? 'not told', r.sendingBank ?? '', r.receivingBank ?? ''],
        ...[r.account, r.cepLink ?? ''],
      ]);
      const heads = ['way', 'when', 'MXN', 'clave de rastreo', 'from bank', 'to bank', 'to account', 'CEP'];
      out(rows.length > 0 ? table(heads, rows) : 'No pesos have moved yet.');
    });
}
