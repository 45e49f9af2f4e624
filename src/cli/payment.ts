import type { Command } from 'commander';
import { z } from 'zod';
import { maskClabe } from '../money/clabe.ts';
import { PAYMENT_TERMS } from '../reactor/payment/create.ts';
import { openApi } from './api.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';
import { paymentMoneyCommands } from './payment-money.ts';

const TERMS = z.looseObject({
  id: z.string(),
  number: z.number(),
  status: z.string(),
  amount: z.string(),
  custodySeconds: z.number(),
  concept: z.string(),
  depositClabe: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
const PAGE = z.looseObject({ payments: z.array(TERMS), nextCursor: z.string().nullable() });
const SHOWN = TERMS.extend({
  legs: z.array(
    z.looseObject({
      kind: z.string(),
      state: z.string(),
      amount: z.string(),
      payout: z.looseObject({ clabe: z.string(), legalName: z.string() }),
      attention: z.object({ code: z.string(), sentence: z.string(), owner: z.string() }).nullable(),
    }),
  ),
  timeline: z.array(z.looseObject({ at: z.string(), source: z.string(), what: z.string() })),
});
const WHY = z.looseObject({ status: z.string(), sentence: z.string() });

type CreateOptions = {
  payer: string;
  recipient: string;
  amount: string;
  custody: string;
  clabe: string;
  name: string;
  concept: string;
  expires?: string;
  reason?: string;
  idempotencyKey?: string;
  dryRun?: boolean;
  json?: boolean;
};
type ListOptions = { limit: string; cursor?: string; status?: string; json?: boolean };

/** `kustodia payment create | list | show | why`, and what two people do with its money. */
export function paymentCommands(program: Command, environment: NodeJS.ProcessEnv, output: Output): void {
  const { out } = output;
  const payment = program.command('payment').description('create payments and see where each one is');

  payment
    .command('create')
    .description('create a payment that waits for the payer’s deposit')
    .requiredOption('--payer <user id>', 'who pays in')
    .requiredOption('--recipient <user id>', 'who is paid')
    .requiredOption('--amount <pesos>', 'as 1500.00; at least 100.00')
    .requiredOption('--custody <seconds>', 'how long the escrow holds it')
    .requiredOption('--clabe <clabe>', 'the recipient’s account, 18 digits')
    .requiredOption('--name <legal name>', 'the holder of that account, as the bank has it')
    .requiredOption('--concept <text>', 'up to 40 ASCII letters, digits and spaces')
    .option('--expires <seconds>', 'how long to wait for the deposit (default: 3 days)')
    .option('--reason <text>', 'why, for the audit log')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'show what would be created, and create nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async (options: CreateOptions) => {
      const terms = termsOf(options);
      if (!options.json || options.dryRun) out(preview(terms));
      if (options.dryRun) {
        assertSound(terms);
        out('\nNothing was created (--dry-run). Users, CLABE and duplicates are checked when it is.');
        if (options.json) out(JSON.stringify({ dryRun: true, ...masked(terms) }));
        return;
      }
      const made = await openApi(environment).post('/api/v1/payments', terms, TERMS, options.idempotencyKey);
      if (options.json) out(JSON.stringify(made));
      else {
        out(`\nCreated payment ${made.id}.`);
        out(`The payer sends ${made.amount} MXN by SPEI to ${made.depositClabe} before ${made.expiresAt}.`);
      }
    });

  payment
    .command('list')
    .description('payments, newest first')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--status <status>', 'only those in this status')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...filter }: ListOptions) => {
      const page = await openApi(environment).get(`/api/v1/payments?${new URLSearchParams(filter)}`, PAGE);
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
      const p = await openApi(environment).get(`/api/v1/payments/${encodeURIComponent(id)}`, SHOWN);
      if (json) return out(JSON.stringify(p));
      out(
        facts([
          ['payment', p.id],
          ['status', p.status],
          ['amount', `${p.amount} MXN`],
          ['deposit to', p.depositClabe ?? 'nowhere: it begins with money that is here'],
          ['custody', `${p.custodySeconds} s`],
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
    .description('what a payment waits for, in one sentence')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const why = await openApi(environment).get(`/api/v1/payments/${encodeURIComponent(id)}/why`, WHY);
      out(json ? JSON.stringify(why) : `${why.status}: ${why.sentence}`);
    });
  paymentMoneyCommands(payment, environment, output);
}

/** Text that is no number stays text, so that the reactor's own words say what is wrong with it. */
const number = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

const termsOf = (options: CreateOptions) => ({
  payerId: options.payer,
  recipientId: options.recipient,
  amount: options.amount,
  custodySeconds: number(options.custody),
  payout: { clabe: options.clabe, legalName: options.name },
  concept: options.concept,
  ...(options.expires === undefined ? {} : { expiresInSeconds: number(options.expires) }),
  ...(options.reason === undefined ? {} : { reason: options.reason }),
});

type Terms = ReturnType<typeof termsOf>;

const masked = (terms: Terms) => ({ ...terms, payout: { ...terms.payout, clabe: maskClabe(terms.payout.clabe) } });

const preview = (terms: Terms): string =>
  facts([
    ['payer', terms.payerId],
    ['recipient', terms.recipientId],
    ['amount', `${terms.amount} MXN`],
    ['custody', `${terms.custodySeconds} s`],
    ['paid out to', `${maskClabe(terms.payout.clabe)}, ${terms.payout.legalName}`],
    ['concept', terms.concept],
  ]);

/** The same rules as the reactor's, without asking it. */
function assertSound(terms: Terms): void {
  const parsed = PAYMENT_TERMS.safeParse(terms);
  if (parsed.success) return;
  const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  const fields = errors.map(({ field, message }) => `\n  ${field}: ${message}`).join('');
  throw new CliError(`Some fields are wrong${fields}`, EXIT.refused, { code: 'invalid_request', errors });
}
