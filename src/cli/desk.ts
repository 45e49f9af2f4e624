import type { Command } from 'commander';
import {
  APPROVE_TOKEN,
  GET_BALANCES,
  GET_TOKEN,
  LIST_BANK_ACCOUNTS,
  PROBE_JUNO,
  READ_JUNO,
} from '../reactor/http/routes/operate.ts';
import { GET_RAILS } from '../reactor/http/routes/overview.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { facts, type Output, table } from './output.ts';

const JSON_OPTION = ['--json', 'print one JSON object as the last line'] as const;

/** `kustodia token show | approve` */
export function tokenCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const token = program.command('token').description('MXNB, as the chain has it');
  token
    .command('show')
    .description('what it is, what escrow contracts may take of the bridge wallet, and its newest transfers')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      const seen = await openApi(environment).call(GET_TOKEN, {});
      if (json) return out(JSON.stringify(seen));
      out(
        facts([
          ['token', `${seen.symbol} at ${seen.address}, ${seen.decimals} decimals`],
          ['bridge wallet', seen.bridge],
          ...seen.allowances.map(({ contract, allowance }) => ['may take', `${contract}: ${allowance}`] as const),
        ]),
      );
      const rows = seen.transfers.map((one) => [one.block, one.from, one.to, one.amount, one.txHash]);
      out(rows.length > 0 ? `\n${table(['block', 'from', 'to', 'amount', 'transaction'], rows)}` : '\nNo transfers.');
    });
  changing(
    token
      .command('approve')
      .description('let the escrow contract take MXNB of the bridge wallet, where it may not yet'),
  ).action(async (options: ChangeOptions) => {
    const done = await openApi(environment).call(APPROVE_TOKEN, saidIn(options));
    if (options.json) return out(JSON.stringify(done));
    out(`${done.contract} may take ${done.allowance} of the bridge wallet.`);
    if (options.dryRun) out('Nothing was changed (--dry-run).');
    else
      out(
        'isRecorded' in done && done.isRecorded
          ? 'More is allowed now: the wallet signs it in its turn.'
          : 'Nothing more was needed.',
      );
  });
}

/** `kustodia wallet balances`, under the group of the wallet. */
export function balanceCommand(wallet: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  wallet
    .command('balances')
    .description('what lies in each wallet, each escrow contract and at Juno, beside what the books say')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      const found = await openApi(environment).call(GET_BALANCES, {});
      if (json) return out(JSON.stringify(found));
      const rows = found.accounts.map((one) => [one.account, one.address ?? '', one.balance, one.booked ?? '']);
      out(table(['account', 'address', 'balance', 'by the books'], rows));
    });
}

/** `kustodia juno rails | bank-accounts | sync | probe`, under the group of Juno. */
export function junoDeskCommands(juno: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  juno
    .command('rails')
    .description('how Juno answers: its breaker, the calls of the last window, and how long each kind takes')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      const found = await openApi(environment).call(GET_RAILS, {});
      if (json) return out(JSON.stringify(found));
      const { breaker } = found;
      out(`The breaker is ${breaker.state}${breaker.reason ? ` (${breaker.reason}, until ${breaker.until})` : ''}.`);
      out(`${found.calls} of ${found.callsAllowed} calls in ${found.window_s} s.`);
      const underWay = found.underWay.map((one) => [one.kind, one.state, String(one.count)]);
      out(underWay.length > 0 ? `\n${table(['under way', 'state', 'how many'], underWay)}` : 'Nothing is under way.');
      const seconds = (s: number | null) => (s === null ? '' : `${s} s`);
      const ended = found.outcomes.map((one) => [
        ...[one.kind, String(one.confirmed), String(one.rejected), String(one.dead)],
        ...[seconds(one.median_s), seconds(one.p99_s)],
      ]);
      if (ended.length > 0) out(`\n${table(['ended', 'confirmed', 'rejected', 'dead', 'median', 'p99'], ended)}`);
    });
  juno
    .command('bank-accounts')
    .description('the payout accounts that Juno knows')
    .option('--limit <n>', 'how many, up to 500', '100')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option(...JSON_OPTION)
    .action(async ({ json, ...query }: { json?: boolean; limit: string; cursor?: string }) => {
      const page = await openApi(environment).call(LIST_BANK_ACCOUNTS, { query });
      if (json) return out(JSON.stringify(page));
      const rows = page.accounts.map((one) => [one.id, one.clabe, one.legalName]);
      out(rows.length > 0 ? table(['account', 'CLABE', 'name'], rows) : 'None.');
      if (page.nextCursor) out(`\nMore with --cursor ${page.nextCursor}`);
    });
  juno
    .command('sync')
    .description('read now what Juno and Bitso say happened, and join it to payments')
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'say when it was last read, and read nothing')
    .option(...JSON_OPTION)
    .action(async (options: ChangeOptions) => {
      const done = await openApi(environment).call(READ_JUNO, saidIn(options));
      if (options.json) return out(JSON.stringify(done));
      if (done.dryRun) return out(`It was last read ${done.lastReadAt ?? 'never'}.\nNothing was changed (--dry-run).`);
      out(
        done.isRead
          ? 'Read. What was new is joined to its payment, or waits in suspense.'
          : 'Another reactor is reading now.',
      );
    });
  changing(
    juno
      .command('probe')
      .description('prove Juno’s deposit address by one peso of our own MXNB, where it is not proved yet'),
  ).action(async (options: ChangeOptions) => {
    const done = await openApi(environment).call(PROBE_JUNO, saidIn(options));
    if (options.json) return out(JSON.stringify(done));
    out(
      done.isProved
        ? 'The deposit address is proved: a transfer there came back as Juno’s credit.'
        : `Waits for ${done.sentence}.`,
    );
    if (options.dryRun) out('Nothing was changed (--dry-run).');
  });
}
