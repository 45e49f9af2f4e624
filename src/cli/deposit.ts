import type { Command } from 'commander';
import { JunoError, JunoUnknownError } from '../juno/errors.ts';
import { formatDecimal, type Money, parseDecimal } from '../money/money.ts';
import { GET_DEPOSIT, LIST_DEPOSITS } from '../reactor/http/routes/deposits.ts';
import { GET_PAYMENT } from '../reactor/http/routes/payments.ts';
import { openApi } from './api.ts';
import { openBench } from './juno/bench.ts';
import { mockDeposit } from './juno/purse.ts';
import { readJunoCheckSettings } from './juno/settings.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';

type ListOptions = {
  limit: string;
  cursor?: string;
  status?: string;
  user?: string;
  trackingKey?: string;
  json?: boolean;
};

type MockOptions = { businessName: string; amount?: string; dryRun?: boolean; json?: boolean };

/** `kustodia deposit list | show | mock` */
export function depositCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const deposit = program.command('deposit').description('deposits as Juno showed them, and what became of each');

  deposit
    .command('list')
    .description('every deposit, newest first; what waits for a person is in kustodia suspense list')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option(
      '--status <status>',
      'waiting (nobody’s yet), payment, payout_return, suspense, given, sent_back, explained or seen_again',
    )
    .option('--user <user id>', 'only those at this user’s CLABE')
    .option('--tracking-key <key>', 'only those of this clave de rastreo, which the payer’s bank names')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, user, ...filter }: ListOptions) => {
      const page = await openApi(environment).call(LIST_DEPOSITS, { query: { ...filter, userId: user } });
      if (json) return out(JSON.stringify(page));
      const rows = page.items.map((one) => [
        ...[one.id, one.status, one.amount, one.depositClabe, one.seenAt],
        one.payments.map(({ id }) => id).join(', ') || (one.suspenseReason ?? one.sameAs ?? ''),
      ]);
      out(rows.length > 0 ? table(['deposit', 'status', 'MXN', 'came to', 'seen', 'of'], rows) : 'Nothing.');
      if (page.nextCursor) out(`\nMore: --cursor ${page.nextCursor}`);
    });

  deposit
    .command('show <id>')
    .description('one deposit: which payment took it, or why it is in suspense')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await openApi(environment).call(GET_DEPOSIT, { parameters: { id } });
      if (json) return out(JSON.stringify(found));
      out(
        facts([
          ['deposit', found.id],
          ['status', found.status],
          ['at Juno', `${found.junoStatus}; shown by ${found.seenIn.join(', ')}`],
          ['amount', `${found.amount} MXN`],
          ['came to', found.depositClabe],
          ['user', found.userId ?? 'nobody'],
          ['sender', `${found.sender.name ?? 'not named'}, ${found.sender.clabe ?? 'no CLABE shown'}`],
          ['tracking key', found.trackingKey ?? 'not shown'],
          ['ISSUANCE', found.issuanceId ?? 'none yet'],
          ['seen', found.seenAt],
          ['taken', found.takenAt ?? 'no'],
        ]),
      );
      out(`\n${found.sentence}`);
      for (const { id: paymentId, amount } of found.payments) out(`${amount} MXN: kustodia payment show ${paymentId}`);
      if (found.status === 'suspense') out(`Next: kustodia suspense show ${found.id}`);
    });

  deposit
    .command('mock <payment>')
    .description('make believe that the payer paid: stage, or a sandbox on this machine, and never production')
    .option('--business-name <name>', 'the registered name, which mock deposits must repeat', 'Kustodia')
    .option('--amount <pesos>', 'another amount than the payment waits for, to see what becomes of it')
    .option('--dry-run', 'show what would be paid in, and pay nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { businessName, amount, dryRun = false, json }: MockOptions) => {
      const settings = readJunoCheckSettings(environment);
      if (!settings.maySpend) throw elsewhere();
      const payment = await openApi(environment).call(GET_PAYMENT, { parameters: { id } });
      const paid = pesosOf(amount ?? payment.deposit);
      const made = { payment: payment.id, amount: formatDecimal(paid), dryRun };
      const receiverClabe = payment.depositClabe;
      if (receiverClabe === null || !/^\d{18}$/.test(receiverClabe)) throw noClabe(id);
      if (!dryRun) {
        const names = { senderName: businessName, receiverName: businessName };
        const bench = openBench(settings, 0);
        await mockDeposit(bench, { amount: paid, receiverClabe, ...names }).catch((error: unknown) => {
          throw error instanceof JunoError ? notMade(error) : error;
        });
      }
      if (json) return out(JSON.stringify(made));
      out(`${dryRun ? 'Would pay in' : 'Paid in'} ${made.amount} MXN at the CLABE of payment ${id}.`);
      out(dryRun ? 'Nothing was done (--dry-run).' : `Follow it with: kustodia payment why ${id}`);
    });
}

function pesosOf(text: string): Money<'MXN'> {
  try {
    return parseDecimal('MXN', text);
  } catch {
    throw new CliError('--amount takes pesos, as 1500.00', EXIT.usage, { code: 'amount_not_understood' });
  }
}

const elsewhere = () =>
  new CliError(
    'Mock deposits are made at Juno stage and at a sandbox on this machine alone. Mend JUNO_BASE_URL. Nothing was paid in.',
    EXIT.refused,
    { code: 'elsewhere' },
  );

const noClabe = (id: string) =>
  new CliError(
    `Where payment ${id} waits for its deposit is not shown: it has no deposit of its own, or the key may not read CLABEs (operators and admins may).`,
    EXIT.refused,
    { code: 'no_clabe' },
  );

function notMade(error: JunoError): CliError {
  const isUnknown = error instanceof JunoUnknownError;
  return new CliError(
    `${error.message}. ${isUnknown ? 'It may have been paid in: look with kustodia deposit list before you repeat it.' : error.whatNext}`,
    isUnknown ? EXIT.unreachable : EXIT.refused,
    { code: error.outcome },
  );
}
