import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { changing } from './guard.ts';
import { facts, type Output, table } from './output.ts';

const SUMMARY = z.looseObject({
  id: z.string(),
  paymentId: z.string(),
  openedBy: z.string(),
  reasonCode: z.string(),
  state: z.string(),
  openedAt: z.string(),
  appealableUntil: z.string().nullable(),
});
const LEG = z.looseObject({ legId: z.string(), kind: z.string(), state: z.string(), amount: z.string() });
const HELD = LEG.extend({ note: z.string() });
const SHOWN = SUMMARY.extend({
  statement: z.string(),
  evidence: z.array(
    z.looseObject({
      by: z.string(),
      text: z.string(),
      at: z.string(),
      files: z.array(z.looseObject({ name: z.string() })),
    }),
  ),
  resolutions: z.array(
    z.looseObject({ outcome: z.string(), at: z.string(), appeal: z.looseObject({ by: z.string() }).nullable() }),
  ),
  held: z.array(HELD.extend({ isFrozenOnChain: z.boolean() })),
  left: z.array(LEG),
});
const ANSWER = { id: z.string().optional(), dryRun: z.literal(true).optional() };
const OPENED = z.looseObject({ ...ANSWER, held: z.array(HELD), left: z.array(LEG) });
const RESOLVED = z.looseObject({
  ...ANSWER,
  outcome: z.string(),
  toPayer: z.string(),
  toOthers: z.string(),
  to: z.string().nullable(),
});
const DONE = z.looseObject(ANSWER);

type Options = { reason: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };
type SayOptions = Options & { by: string; text: string };
type ResolveOptions = Options & {
  for: string;
  payerShare?: string;
  payerAmount?: string;
  clabe?: string;
  name?: string;
};

/** `kustodia dispute list | show | open | evidence | resolve | appeal` */
export function disputeCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const dispute = program.command('dispute').description('payments that are disputed: their money stays where it is');
  const send = <T extends { dryRun?: true | undefined }>(
    path: string,
    body: object,
    options: Options,
    schema: z.ZodType<T>,
  ): Promise<T> =>
    openApi(environment).post(
      `/api/v1/disputes${path}${options.dryRun ? '?dryRun=true' : ''}`,
      { ...body, reason: options.reason },
      schema,
      options.idempotencyKey,
    );
  const say = (answer: object, { json, dryRun }: Options, ...lines: string[]) => {
    if (json) return out(JSON.stringify(answer));
    for (const line of lines) out(line);
    if (dryRun) out('Nothing was changed (--dry-run).');
  };
  const at = (id: string, what = '') => `/${encodeURIComponent(id)}${what}`;

  dispute
    .command('list')
    .description('those that are not final, newest first')
    .option('--payment <payment>', 'all that ever were of one payment, by its id or number')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ payment, json }: { payment?: string; json?: boolean }) => {
      const query = payment === undefined ? '' : `?${new URLSearchParams({ payment })}`;
      const found = await openApi(environment).get(
        `/api/v1/disputes${query}`,
        z.looseObject({ disputes: z.array(SUMMARY) }),
      );
      if (json) return out(JSON.stringify(found));
      const rows = found.disputes.map((d) => [d.id, d.paymentId, d.openedBy, d.reasonCode, stateOf(d), d.openedAt]);
      out(rows.length > 0 ? table(['dispute', 'payment', 'by', 'code', 'state', 'since'], rows) : 'None.');
    });

  dispute
    .command('show <dispute>')
    .description('who said what, what was decided, and where the money is')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const shown = await openApi(environment).get(`/api/v1/disputes${at(id)}`, SHOWN);
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
    const opened = await send('', { payment, by, reasonCode: code, statement: text }, options, OPENED);
    const what = options.dryRun ? 'would be' : 'is';
    say(
      opened,
      options,
      `The payment ${what} disputed${opened.id ? `: ${opened.id}` : ''}.`,
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
    say(await send(at(id, '/evidence'), { by, text, files }, options, DONE), options, 'It is part of the dispute.');
  });

  changing(
    saying(dispute.command('appeal <dispute>').description('open a decided dispute again: once a side, and in time')),
  ).action(async (id: string, { by, text, ...options }: SayOptions) =>
    say(await send(at(id, '/appeals'), { by, text }, options, DONE), options, 'The dispute is open again.'),
  );

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
    const answer = await send(at(id, '/proposals'), { outcome: options.for, ...payer, ...payout }, options, RESOLVED);
    say(
      answer,
      options,
      facts([
        ['to the payer', `${answer.toPayer} MXN${answer.to ? `, to ${answer.to}` : ''}`],
        ['to the others', `${answer.toOthers} MXN`],
      ]),
      ...(answer.id
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
  held: readonly (z.output<typeof HELD> & { isFrozenOnChain?: unknown })[],
  left: readonly z.output<typeof LEG>[],
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
