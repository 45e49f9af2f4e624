import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { z } from 'zod';
import {
  ADD_EVIDENCE,
  APPEAL,
  GET_DISPUTE,
  LIST_DISPUTES,
  OPEN_DISPUTE,
  RESOLVE_DISPUTE,
} from '../reactor/http/routes/disputes.ts';
import type { PART } from '../reactor/http/routes/proposed-money.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { facts, type Output, table } from './output.ts';

type SayOptions = ChangeOptions & { by: string; text: string };
type ResolveOptions = ChangeOptions & {
  for: string;
  payerShare?: string;
  payerAmount?: string;
  clabe?: string;
  name?: string;
};

/** `kustodia dispute list | show | open | evidence | resolve | appeal` */
export function disputeCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const dispute = program.command('dispute').description('payments that are disputed: their money stays where it is');
  const say = (answer: object, { json, dryRun }: ChangeOptions, ...lines: string[]) => {
    if (json) return out(JSON.stringify(answer));
    for (const line of lines) out(line);
    if (dryRun) out('Nothing was changed (--dry-run).');
  };
  const api = () => openApi(environment);

  dispute
    .command('list')
    .description('those that are not final, newest first')
    .option('--payment <payment>', 'all that ever were of one payment, by its id or number')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ payment, json }: { payment?: string; json?: boolean }) => {
      const found = await api().call(LIST_DISPUTES, { query: { payment } });
      if (json) return out(JSON.stringify(found));
      const rows = found.disputes.map((d) => [d.id, d.paymentId, d.openedBy, d.reasonCode, stateOf(d), d.openedAt]);
      out(rows.length > 0 ? table(['dispute', 'payment', 'by', 'code', 'state', 'since'], rows) : 'None.');
    });

  dispute
    .command('show <dispute>')
    .description('who said what, what was decided, and where the money is')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const shown = await api().call(GET_DISPUTE, { parameters: { id } });
      if (json) return out(JSON.stringify(shown));
      out(
        facts([
          ['dispute', `${shown.id} of payment ${shown.paymentId}`],
          ['opened', `${shown.openedAt} by ${shown.openedBy}: ${shown.reasonCode}`],
          ['state', stateOf(shown)],
          ['statement', shown.statement],
          ...shown.evidence.map((e): [string, string] => [
            `evidence of ${e.by}`,
            [e.text, ...e.files.map(({ name }) => name)].join('; '),
          ]),
          ...shown.resolutions.map((r): [string, string] => [
            'decided',
            `${r.at} for: ${r.outcome}${r.appeal ? `; the ${r.appeal.by} appealed` : ''}`,
          ]),
        ]),
      );
      out(legsTable(shown.held, shown.left));
    });

  changing(
    saying(
      dispute.command('open <payment>').description('keep the money of a payment where it is, at once'),
    ).requiredOption('--code <word>', 'the reason for machines, such as not_received; it is written on the chain'),
  ).action(async (payment: string, { by, text, code, ...options }: SayOptions & { code: string }) => {
    const { body, ...how } = saidIn(options);
    const opened = await api().call(OPEN_DISPUTE, {
      body: { payment, by, reasonCode: code, statement: text, ...body },
      ...how,
    });
    say(
      opened,
      options,
      `The payment ${opened.dryRun ? 'would be disputed' : `is disputed: ${opened.id}`}.`,
      legsTable(opened.held, opened.left),
    );
  });

  changing(
    saying(dispute.command('evidence <dispute>').description('add what a side shows')).option(
      '--file <path...>',
      'files that are kept elsewhere: only name and SHA-256 of each are sent',
    ),
  ).action(async (id: string, { by, text, file = [], ...options }: SayOptions & { file?: string[] }) => {
    const files = file.map((path) => ({
      name: basename(path),
      sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
    }));
    const { body, ...how } = saidIn(options);
    const given = { parameters: { id }, body: { by, text, files, ...body }, ...how };
    say(await api().call(ADD_EVIDENCE, given), options, 'It is part of the dispute.');
  });

  changing(
    saying(dispute.command('appeal <dispute>').description('open a decided dispute again: once a side, and in time')),
  ).action(async (id: string, { by, text, ...options }: SayOptions) => {
    const { body, ...how } = saidIn(options);
    const given = { parameters: { id }, body: { by, text, ...body }, ...how };
    say(await api().call(APPEAL, given), options, 'The dispute is open again.');
  });

  changing(
    dispute
      .command('resolve <dispute>')
      .description('propose whose the money is; done when a second person approves and nobody appeals in time')
      .requiredOption('--for <whom>', 'recipient, payer or split')
      .option('--payer-share <basis points>', 'of a split: the payer’s part of what has not left, 1 to 9999')
      .option('--payer-amount <pesos>', 'the same as an amount')
      .option('--clabe <clabe>', 'the payer’s own account, where it is not that of the payment’s terms')
      .option('--name <legal name>', 'the holder of that account'),
  ).action(async (id: string, options: ResolveOptions) => {
    const { payerShare, payerAmount, clabe, name } = options;
    const payer =
      payerShare !== undefined
        ? { payer: { basisPoints: Number(payerShare) } }
        : payerAmount !== undefined
          ? { payer: { amount: payerAmount } }
          : {};
    const payout = clabe === undefined ? {} : { payout: { clabe, legalName: name } };
    const { body, ...how } = saidIn(options);
    const answer = await api().call(RESOLVE_DISPUTE, {
      parameters: { id },
      body: { outcome: options.for, ...payer, ...payout, ...body },
      ...how,
    });
    say(
      answer,
      options,
      facts([
        ['to the payer', `${answer.toPayer} MXN${answer.to ? `, to ${answer.to}` : ''}`],
        ['to the others', `${answer.toOthers} MXN`],
      ]),
      ...(!answer.dryRun
        ? [
            `Proposed as ${answer.id}. A second person does it within 24 hours: kustodia effect approve ${answer.id} --reason …`,
          ]
        : []),
    );
  });
}

const saying = (command: Command): Command =>
  command
    .requiredOption('--by <whom>', 'payer, recipient or operations')
    .requiredOption('--text <text>', 'what they say; at most 4000 characters');

const stateOf = ({ state, appealableUntil }: { state: string; appealableUntil: string | null }): string =>
  appealableUntil === null ? state : `${state}, final at ${appealableUntil} unless somebody appeals`;

const legsTable = (
  held: readonly (z.output<typeof PART> & { note: string; isFrozenOnChain?: boolean })[],
  left: readonly z.output<typeof PART>[],
): string =>
  table(
    ['leg', 'kind', 'state', 'MXN', 'where it is'],
    [
      ...held.map((l) => [
        l.legId,
        l.kind,
        l.state,
        l.amount,
        l.isFrozenOnChain === true ? `${l.note}, and is frozen in the contract` : l.note,
      ]),
      ...left.map((l) => [l.legId, l.kind, l.state, l.amount, 'has left']),
    ],
  );
