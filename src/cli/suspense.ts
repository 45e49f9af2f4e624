import type { Command } from 'commander';
import type { AnswerOf } from '../reactor/http/routes/client.ts';
import {
  ASSIGN_SUSPENSE,
  GET_SUSPENSE,
  LIST_SUSPENSE,
  REFUND_SUSPENSE,
  SPLIT_SUSPENSE,
} from '../reactor/http/routes/suspense.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, saidIn } from './guard.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';

type ListOptions = {
  limit: string;
  cursor?: string;
  status?: string;
  reason?: string;
  user?: string;
  json?: boolean;
};

/** `kustodia suspense list | show | assign | split | refund` */
export function suspenseCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const suspense = program.command('suspense').description('deposits that no payment claims');

  suspense
    .command('list')
    .description('deposits in suspense, newest first; the open ones unless told otherwise')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--status <status>', 'not_issued, open, given, sent_back, explained or all')
    .option('--reason <reason>', 'only those with this reason')
    .option('--user <user id>', 'only those at this user’s CLABE')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, user, ...filter }: ListOptions) => {
      const page = await openApi(environment).call(LIST_SUSPENSE, { query: { ...filter, userId: user } });
      if (json) return out(JSON.stringify(page));
      const rows = page.items.map((i) => [i.id, i.status, i.reason, i.amount, i.depositClabe, i.openedAt]);
      out(rows.length > 0 ? table(['deposit', 'status', 'reason', 'MXN', 'came to', 'since'], rows) : 'Nothing.');
      if (page.nextCursor) out(`\nMore: --cursor ${page.nextCursor}`);
    });

  suspense
    .command('show <id>')
    .description('one deposit, what to do with it, and the payments that wait at its CLABE')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const item = await openApi(environment).call(GET_SUSPENSE, { parameters: { id } });
      if (json) return out(JSON.stringify(item));
      out(
        facts([
          ['deposit', item.id],
          ['status', item.status],
          ['reason', item.reason],
          ['amount', `${item.amount} MXN`],
          ['came to', item.depositClabe],
          ['user', item.userId ?? 'nobody'],
          ['sender', `${item.sender.name ?? 'not named'}, ${item.sender.clabe ?? 'no CLABE shown'}`],
          ['tracking key', item.trackingKey ?? 'not shown'],
          ['since', item.openedAt],
          ['closed', item.closedAt ?? 'no'],
        ]),
      );
      out(`\n${item.sentence}`);
      for (const { id: paymentId, amount } of item.openPayments) out(`Waits here: payment ${paymentId}, ${amount} MXN`);
      for (const { paymentId, amount } of item.parts) out(`Given: ${amount} MXN to payment ${paymentId}`);
    });

  /** A command that gives a deposit away: the reactor checks it in full, also when nothing is to be done. */
  const giving = (command: Command): Command =>
    command
      .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
      .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
      .option('--dry-run', 'check and show what would be done, and do nothing')
      .option('--json', 'print one JSON object as the last line');
  const print = (given: AnswerOf<typeof ASSIGN_SUSPENSE>, options: ChangeOptions) => {
    if (!options.json || options.dryRun) {
      const isProposed = given.because.length > 0;
      const act = isProposed ? 'propose to give' : 'give';
      const done = isProposed ? 'Proposed to give' : 'Gave';
      out(`${options.dryRun ? `Would ${act}` : done} ${given.amount} MXN of deposit ${given.id}:`);
      for (const part of given.parts) {
        const to = 'paymentId' in part ? `payment ${part.paymentId}` : 'a refund';
        out(`  ${part.amount} MXN ${part.kind === 'refund' ? 'back by' : 'to'} ${to}`);
      }
      for (const why of given.because) out(`A second person is needed: ${why}`);
      if (given.dryRun) out('\nNothing was done (--dry-run).');
      else if (given.proposal)
        out(`Somebody else does it within 24 hours with: kustodia effect approve ${given.proposal} --reason …`);
    }
    if (options.json) out(JSON.stringify(given));
  };

  giving(
    suspense
      .command('assign <id>')
      .description(
        'the whole deposit to a payment that waits for exactly this amount; to one of another payer’s by two people',
      )
      .requiredOption('--payment <payment id>', 'which one'),
  ).action(async (id: string, { payment, ...options }: ChangeOptions & { payment: string }) => {
    const { body, ...how } = saidIn(options);
    const asked = { parameters: { id }, body: { paymentId: payment, ...body }, ...how };
    print(await openApi(environment).call(ASSIGN_SUSPENSE, asked), options);
  });

  giving(
    suspense
      .command('split <id>')
      .description('the deposit in parts that sum to it: to payments, and back to accounts')
      .option('--payment <payment id>', 'a payment that gets what it waits for; may be repeated', collect, [])
      .option('--refund <amount,clabe,name>', 'so much back to an account; may be repeated', collect, []),
  ).action(async (id: string, options: ChangeOptions & { payment: string[]; refund: string[] }) => {
    const parts = [...options.payment.map((paymentId) => ({ paymentId })), ...options.refund.map(refundPart)];
    const { body, ...how } = saidIn(options);
    print(
      await openApi(environment).call(SPLIT_SUSPENSE, { parameters: { id }, body: { parts, ...body }, ...how }),
      options,
    );
  });

  giving(
    suspense
      .command('refund <id>')
      .description('the whole deposit back to its sender; to anybody but sender or owner by two people')
      .option('--clabe <clabe>', 'where to, if Juno does not show the sender’s account in full')
      .option('--name <legal name>', 'the holder of that account'),
  ).action(async (id: string, { clabe, name, ...options }: ChangeOptions & { clabe?: string; name?: string }) => {
    const { body, ...how } = saidIn(options);
    const asked = { parameters: { id }, body: { clabe, legalName: name, ...body }, ...how };
    print(await openApi(environment).call(REFUND_SUSPENSE, asked), options);
  });
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function refundPart(text: string) {
  const [amount = '', clabe, ...name] = text.split(',');
  if (clabe === undefined || name.length === 0)
    throw new CliError('--refund takes an amount, a CLABE and a name, with commas between them', EXIT.usage, {
      code: 'refund_not_understood',
    });
  return { refund: { clabe: clabe.trim(), legalName: name.join(',').trim() }, amount: amount.trim() };
}
