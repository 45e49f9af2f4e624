import type { Command } from 'commander';
import type { z } from 'zod';
import { maskClabe } from '../money/clabe.ts';
import {
  CANCEL_PAYMENT,
  CREATE_PAYMENT,
  GET_PAYMENT,
  LIST_PAYMENTS,
  type PREVIEW,
  PREVIEW_PAYMENT,
  WHY_PAYMENT,
} from '../reactor/http/routes/payments.ts';
import { previewOf } from '../reactor/payment/preview.ts';
import { PAYMENT_TERMS, type PaymentTerms } from '../reactor/payment/terms.ts';
import { openApi } from './api.ts';
import { custodyOf, type FeeOptions, feesOf, number, withFees } from './fees.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { paymentLookCommands } from './look.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';
import { paymentApprovalCommands } from './payment-approvals.ts';
import { paymentFindCommands, type Which } from './payment-find.ts';
import { paymentMoneyCommands } from './payment-money.ts';

type TermOptions = FeeOptions & {
  payer: string;
  recipient: string;
  amount: string;
  clabe: string;
  name: string;
  rail?: string;
  refundClabe?: string;
  refundName?: string;
  concept: string;
  expires?: string;
};
type CreateOptions = TermOptions & {
  reason?: string;
  idempotencyKey?: string;
  dryRun?: boolean;
  json?: boolean;
};
type ListOptions = Which & { limit: string; cursor?: string; json?: boolean };

/** `kustodia payment preview | create | cancel | list | show | why`, and what two people do with its money. */
export function paymentCommands(program: Command, environment: NodeJS.ProcessEnv, output: Output): void {
  const { out } = output;
  const payment = program.command('payment').description('create payments and see where each one is');

  const withTerms = (command: Command): Command =>
    withFees(command)
      .requiredOption('--payer <user id>', 'who pays in')
      .requiredOption('--recipient <user id>', 'who is paid')
      .requiredOption('--amount <pesos>', 'what they agreed on, as 1500.00; at least 100.00')
      .requiredOption('--clabe <clabe>', 'the recipient’s account, 18 digits')
      .requiredOption('--name <legal name>', 'the holder of that account, as the bank has it')
      .option('--rail <rail>', 'how the pesos leave: bank_redemption, bitso_spei or bitso_transfer')
      .option('--refund-clabe <clabe>', 'the payer’s own account that money goes back to')
      .option('--refund-name <legal name>', 'the holder of that account')
      .requiredOption('--concept <text>', 'up to 40 ASCII letters, digits and spaces')
      .option('--expires <seconds>', 'how long to wait for the deposit (default: 3 days)');

  withTerms(payment.command('preview'))
    .description('what a payment would come to: every leg to the centavo. Nothing is created')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...options }: TermOptions & { json?: boolean }) => {
      const preview = await openApi(environment).call(PREVIEW_PAYMENT, { body: termsOf(options) });
      out(json ? JSON.stringify(preview) : previewed(preview));
    });

  withTerms(payment.command('create'))
    .description('create a payment that waits for the payer’s deposit')
    .option('--reason <text>', 'why, for the audit log')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'show what would be created, and create nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async (options: CreateOptions) => {
      const terms = termsOf(options);
      if (!options.json || options.dryRun) out(asked(terms));
      if (options.dryRun) {
        out(`\n${previewed(previewOf(soundTerms(terms)))}`);
        out('\nNothing was created (--dry-run). Users, CLABE and duplicates are checked when it is.');
        if (options.json) out(JSON.stringify({ dryRun: true, ...masked(terms) }));
        return;
      }
      const { idempotencyKey } = options;
      const made = await openApi(environment).call(CREATE_PAYMENT, { body: terms, idempotencyKey });
      if (options.json) out(JSON.stringify(made));
      else {
        out(`\nCreated payment ${made.id}.`);
        out(`The payer sends ${made.deposit} MXN by SPEI to ${made.depositClabe} before ${made.expiresAt}.`);
      }
    });

  changing(
    payment
      .command('cancel <payment>')
      .description('call a payment off that has no deposit, or whose deposit Juno sent back; else: payment refund'),
  ).action(async (id: string, options: ChangeOptions) => {
    const done = await openApi(environment).call(CANCEL_PAYMENT, { parameters: { id }, ...saidIn(options) });
    if (options.json) return out(JSON.stringify(done));
    out(
      `Payment ${done.id} ${options.dryRun ? 'would be' : 'is'} closed: it waits for no ${done.deposit} MXN any more.`,
    );
    out(
      options.dryRun
        ? 'Nothing was changed (--dry-run).'
        : 'Tell the payer. What is sent all the same waits in suspense: kustodia suspense list.',
    );
  });

  payment
    .command('list')
    .description('payments, newest first')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--status <status>', 'only those in this status')
    .option('--leg-state <states>', 'only those with a leg in one of these states, with commas between them')
    .option('--kind <kind>', 'only these: escrow, refund or settlement')
    .option('--from <day>', 'asked for on this day or later, in Mexico City')
    .option('--to <day>', 'and on this day or earlier')
    .option('--payer-id <user>', 'only those that they pay')
    .option('--recipient-id <user>', 'only those that they are paid')
    .option('--beneficiary-id <user>', 'only those of which a commission is theirs')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...filter }: ListOptions) => {
      const page = await openApi(environment).call(LIST_PAYMENTS, { query: filter });
      if (json) return out(JSON.stringify(page));
      const rows = page.payments.map((p) => [String(p.number), p.id, p.status, p.amount, p.concept, p.createdAt]);
      out(rows.length > 0 ? table(['no.', 'payment', 'status', 'MXN', 'concept', 'created'], rows) : 'No payments.');
      if (page.nextCursor) out(`\nMore: --cursor ${page.nextCursor}`);
    });

  payment
    .command('show <id>')
    .description('one payment with all that happened to it')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const p = await openApi(environment).call(GET_PAYMENT, { parameters: { id } });
      if (json) return out(JSON.stringify(p));
      out(
        facts([
          ['payment', p.id],
          ['status', p.status],
          ['amount', `${p.amount} MXN`],
          ['deposit to', p.depositClabe ?? 'nowhere: it begins with money that is here'],
          ['the payer sends', `${p.deposit} MXN`],
          ['custody', custodyOf(p)],
          ['release', p.release],
          ['concept', p.concept],
          ['created', p.createdAt],
          ['expires', p.expiresAt],
        ]),
      );
      const legs = p.legs.map((l) => [l.kind, l.state, l.amount, l.payout.clabe, l.payout.legalName]);
      out(`\n${table(['leg', 'state', 'MXN', 'to', 'name'], legs)}`);
      for (const { attention } of p.legs) if (attention) out(`\nNeeds ${attention.owner}: ${attention.sentence}`);
      out(
        `\n${table(
          ['when', 'what', 'happened'],
          p.timeline.map((l) => [l.at, l.source, l.what]),
        )}`,
      );
    });

  payment
    .command('why <id>')
    .description('what a payment waits for and until when, and what there is to do')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const why = await openApi(environment).call(WHY_PAYMENT, { parameters: { id } });
      out(json ? JSON.stringify(why) : `${why.status}: ${why.sentence} ${toDoIn(why)}`);
    });
  paymentFindCommands(payment, environment, output);
  paymentApprovalCommands(payment, environment, output);
  paymentMoneyCommands(payment, environment, output);
  paymentLookCommands(payment, environment, output);
}

function termsOf(options: TermOptions & { reason?: string }) {
  const { rail, refundClabe, refundName, expires, reason } = options;
  return {
    payerId: options.payer,
    recipientId: options.recipient,
    amount: options.amount,
    ...feesOf(options),
    payout: { clabe: options.clabe, legalName: options.name, ...(rail === undefined ? {} : { rail }) },
    ...(refundClabe === undefined && refundName === undefined
      ? {}
      : { refund: { clabe: refundClabe, legalName: refundName } }),
    concept: options.concept,
    ...(expires === undefined ? {} : { expiresInSeconds: number(expires) }),
    ...(reason === undefined ? {} : { reason }),
  };
}

type Terms = ReturnType<typeof termsOf>;

/** No CLABE stands whole in what a person or a log keeps. */
const masked = (terms: Terms) =>
  JSON.parse(JSON.stringify(terms), (key, value) =>
    key === 'clabe' && typeof value === 'string' ? maskClabe(value) : value,
  ) as Terms;

const asked = (terms: Terms): string =>
  facts([
    ['payer', terms.payerId],
    ['recipient', terms.recipientId],
    ['amount', `${terms.amount} MXN`],
    ['paid out to', `${maskClabe(terms.payout.clabe)}, ${terms.payout.legalName}`],
    ['concept', terms.concept],
  ]);

const previewed = ({ amount, rounding, payer, recipient, legs }: z.output<typeof PREVIEW>): string =>
  [
    facts([
      ['they agreed on', `${amount} MXN`],
      ['the payer sends', `${payer.sends} MXN, of which fees ${payer.ofWhichFees}`],
      [
        'the recipient gets',
        `${recipient.gets} MXN: ${recipient.atOnce} at once, ${recipient.afterCustody} after the custody`,
      ],
    ]),
    '',
    table(
      ['leg', 'to', 'MXN', 'when'],
      legs.map((leg) => [leg.kind, leg.to, leg.amount, leg.sentence]),
    ),
    '',
    rounding.sentence,
  ].join('\n');

/** By the same rules as the reactor's, without asking it. */
function soundTerms(terms: Terms): PaymentTerms {
  const parsed = PAYMENT_TERMS.safeParse(terms);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  const fields = errors.map(({ field, message }) => `\n  ${field}: ${message}`).join('');
  throw new CliError(`Some fields are wrong${fields}`, EXIT.refused, { code: 'invalid_request', errors });
}

/** The end of the sentence: what its reader does. */
const toDoIn = ({ toDo }: { toDo: string | null }): string =>
  toDo === null ? 'Nothing is to be done.' : `To do: ${toDo}.`;
