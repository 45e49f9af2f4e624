import type { Command } from 'commander';
import type { z } from 'zod';
import type { WishOf } from '../reactor/http/routes/client.ts';
import { PROPOSE_FOR_PAYMENT, type PROPOSED } from '../reactor/http/routes/payment-proposals.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, saidIn } from './guard.ts';
import { facts, type Output, table } from './output.ts';

/** Of what a proposal answers, by what it is to do: of a dry run without its id. */
type Answers = { [D in keyof typeof PROPOSED]: Omit<z.output<(typeof PROPOSED)[D]>, 'id'> };
type RepayOptions = ChangeOptions & {
  leg: string;
  clabe: string;
  name: string;
  rail?: string;
  moneyAt?: string;
  anotherHolder?: boolean;
};
type SettleOptions = ChangeOptions & { leg: string; trackingKey: string; cep: string; moneyAt?: string };
type NameOptions = ChangeOptions & { leg: string; tx: string; log: string };
type RefundOptions = ChangeOptions & { what: string; clabe: string; name: string };

/** `kustodia payment repay | refund | settle-outside | name-transfer | release`: each is proposed, and done when a second person approves. */
export function paymentMoneyCommands(payment: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  /** The reactor checks it in full and says what it would do, also when nothing is to be proposed. */
  const proposed = async <D extends keyof Answers>(
    id: string,
    body: { do: D } & WishOf<typeof PROPOSE_FOR_PAYMENT>,
    options: ChangeOptions,
    show: (answer: Answers[D]) => string,
  ) => {
    const { body: why, ...how } = saidIn(options);
    const asked = { parameters: { id }, body: { ...body, ...why }, ...how };
    const answer = await openApi(environment).call(PROPOSE_FOR_PAYMENT, asked);
    // Which of its answers it is follows from what was asked.
    if (!options.json || options.dryRun) out(show(answer as unknown as Answers[D]));
    if (answer.dryRun) out('\nNothing was proposed (--dry-run).');
    else if (!options.json)
      out(
        `\nProposed as ${answer.id}. A second person does it within 24 hours: kustodia effect approve ${answer.id} --reason …`,
      );
    if (options.json) out(JSON.stringify(answer));
  };
  const moneyAt = ({ moneyAt: at }: { moneyAt?: string }) => (at === undefined ? {} : { moneyAt: at });

  proposing(
    payment
      .command('repay <payment>')
      .description('pay a leg to another account: one that waits, or whose payout failed or came back')
      .requiredOption('--leg <leg id>', 'which leg; kustodia payment show --json lists them')
      .requiredOption('--clabe <clabe>', 'the new account of the same person, 18 digits')
      .requiredOption('--name <legal name>', 'the holder of that account, as the bank has it')
      .option('--rail <rail>', 'bank_redemption, bitso_spei or bitso_transfer, where the money leaves a choice')
      .option('--money-at <place>', 'juno or bitso, where no record says where the returned money is')
      .option('--another-holder', 'the account is in another name than that of whom the leg pays, and meant so'),
  ).action((id: string, options: RepayOptions) =>
    proposed(
      id,
      {
        ...{ do: 'repay', legId: options.leg, ...moneyAt(options) },
        ...(options.anotherHolder ? { anotherHolder: true } : {}),
        payout: {
          ...{ clabe: options.clabe, legalName: options.name },
          ...(options.rail === undefined ? {} : { rail: options.rail }),
        },
      },
      options,
      (answer) =>
        facts([
          ['leg', `${answer.legId}, ${answer.kind}, ${answer.state}: is replaced`],
          ['amount', `${answer.amount} MXN`],
          ['paid from', answer.moneyAt === 'bitso' ? 'the Bitso balance' : 'Juno’s pool'],
          ['paid to', `${answer.to}, ${options.name}, by ${answer.rail}`],
          ...(answer.anotherHolder ? [['holder', 'another than the leg was to pay'] as const] : []),
        ]),
    ),
  );

  proposing(
    payment
      .command('settle-outside <payment>')
      .description('record that a person paid a leg by hand, so that no automation pays it too')
      .requiredOption('--leg <leg id>', 'which leg')
      .requiredOption('--tracking-key <key>', 'SPEI’s clave de rastreo of that payment')
      .requiredOption('--cep <link>', 'Banxico’s receipt: https://www.banxico.org.mx/cep/…')
      .option('--money-at <place>', 'juno or bitso, where no record says where the returned money is'),
  ).action((id: string, options: SettleOptions) =>
    proposed(
      id,
      {
        ...{ do: 'settle-outside', legId: options.leg },
        how: { trackingKey: options.trackingKey, cepLink: options.cep, ...moneyAt(options) },
      },
      options,
      (answer) =>
        facts([
          [
            'leg',
            answer.stolen
              ? `${answer.legId}: is closed; ${answer.stolen.txHash} paid its escrow to ${answer.stolen.to}, and Kustodia bears the loss`
              : `${answer.legId}: is closed, and its money becomes Kustodia’s own`,
          ],
          ['paid by hand', `${answer.trackingKey}, ${answer.cepLink}`],
        ]),
    ),
  );

  proposing(
    payment
      .command('name-transfer <payment>')
      .description('say which Transfer paid an escrow that has ended, where its transaction does not tell')
      .requiredOption('--leg <leg id>', 'which leg')
      .requiredOption('--tx <hash>', 'the transaction in which its escrow ended')
      .requiredOption('--log <number>', 'the number of the log in its block, as a block explorer shows it'),
  ).action((id: string, options: NameOptions) =>
    proposed(
      id,
      {
        ...{ do: 'name-transfer', legId: options.leg },
        how: { txHash: options.tx, logIndex: Number(options.log) },
      },
      options,
      (answer) =>
        facts([
          ['leg', `${answer.legId}: its escrow was paid by log ${answer.logIndex} of ${answer.txHash}`],
          [
            'paid',
            answer.isOurs
              ? `${answer.amount} MXNB to ${answer.to}, a bridge wallet: the leg goes on`
              : `${answer.amount} MXNB to ${answer.to}, which is no wallet of ours: the leg is told as robbed`,
          ],
        ]),
    ),
  );

  proposing(
    payment
      .command('refund <payment>')
      .description('send back to the payer what has not left')
      .option('--what <what>', 'full, or custody for that part alone', 'full')
      .requiredOption('--clabe <clabe>', 'the payer’s own account: the deposit’s sender, or in the payer’s name')
      .requiredOption('--name <legal name>', 'the holder of that account'),
  ).action((id: string, options: RefundOptions) =>
    proposed(
      id,
      { do: 'refund', what: options.what, payout: { clabe: options.clabe, legalName: options.name } },
      options,
      (answer) => {
        const rows = [
          ...answer.parts.map((p) => [p.legId, p.kind, p.state, p.amount, `goes back to ${answer.to} ${p.when}`]),
          ...answer.left.map((p) => [p.legId, p.kind, p.state, p.amount, 'has left, and stays where it is']),
        ];
        return table(['leg', 'kind', 'state', 'MXN', 'what becomes of it'], rows);
      },
    ),
  );

  proposing(
    payment
      .command('release <payment>')
      .description('let a leg that is over RELEASE_FOUR_EYES out of its custody, once its release policy does too'),
  ).action((id: string, options: ChangeOptions) =>
    proposed(id, { do: 'release' }, options, (answer) =>
      facts([
        ['leg', `${answer.legId}, ${answer.kind}, ${answer.state}: may leave its custody`],
        ['amount', `${answer.amount} MXN`],
      ]),
    ),
  );
}

const proposing = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'check and show what would be done, and propose nothing')
    .option('--json', 'print one JSON object as the last line');
