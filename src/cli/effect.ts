import type { Command } from 'commander';
import type { z } from 'zod';
import type { AnswerOf, WishOf } from '../reactor/http/routes/client.ts';
import { GET_EFFECT, LIST_EFFECTS, LOOK_AT_EFFECT, PROPOSE_FOR_EFFECT } from '../reactor/http/routes/effects.ts';
import {
  APPROVE_PROPOSAL,
  LIST_PROPOSALS,
  type PROPOSAL,
  WITHDRAW_PROPOSAL,
} from '../reactor/http/routes/proposals.ts';
import { openApi } from './api.ts';
import type { ChangeOptions } from './guard.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';

type ProposeOptions = ChangeOptions & { as?: string; externalId?: string; allowAttempt?: boolean };

/** `kustodia effect list | show | look | propose | proposals | approve | withdraw` */
export function effectCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const effect = program
    .command('effect')
    .description('what was sent to Juno and Bitso, and what two people may decide of it');
  const show = async (id: string, json: boolean | undefined) => {
    const shown = await openApi(environment).call(GET_EFFECT, { parameters: { id } });
    if (json) return out(JSON.stringify(shown));
    print(shown);
  };
  const print = (shown: AnswerOf<typeof GET_EFFECT>) => {
    out(
      facts([
        ['effect', shown.id],
        ['what', `${shown.kind}, attempt ${shown.attempt}, for ${shown.subject}`],
        ['payment', shown.paymentId ?? 'none'],
        ['amount', shown.amount],
        ['state', shown.state],
        ['key', shown.key],
        ['sent', shown.firstSentAt ? `${shown.sends} times, first at ${shown.firstSentAt}` : 'never'],
        ['outside it is', shown.externalId ?? 'not known'],
        ['last trouble', shown.error?.text ?? 'none'],
      ]),
    );
    const rows = shown.history.map((h) => [h.at, h.from ?? '', h.to, h.error?.text ?? '']);
    out(`\n${table(['when', 'from', 'to', 'because'], rows)}`);
    if (shown.proposals.length > 0) out(`\n${proposalTable(shown.proposals)}`);
  };

  effect
    .command('list')
    .description('effects whose answer was lost, newest first')
    .option('--state <state>', 'recorded, sending, unknown, confirmed, rejected or dead', 'unknown')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...filter }: { json?: boolean; state: string; limit: string; cursor?: string }) => {
      const page = await openApi(environment).call(LIST_EFFECTS, { query: filter });
      if (json) return out(JSON.stringify(page));
      const rows = page.effects.map((e) => [
        e.id,
        e.kind,
        String(e.attempt),
        e.amount,
        e.firstSentAt ?? 'never',
        e.error?.text ?? '',
      ]);
      out(
        rows.length > 0 ? table(['effect', 'kind', 'attempt', 'amount', 'first sent', 'last trouble'], rows) : 'None.',
      );
      if (page.nextCursor) out(`\nMore: --cursor ${page.nextCursor}`);
    });

  effect
    .command('show <id>')
    .description('one effect with all that happened to it')
    .option('--json', 'print one JSON object as the last line')
    .action((id: string, { json }: { json?: boolean }) => show(id, json));

  effect
    .command('look <id>')
    .description('look now for what became of it; nothing is sent')
    .option('--reason <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { reason, json }: { reason?: string; json?: boolean }) => {
      const shown = await openApi(environment).call(LOOK_AT_EFFECT, { parameters: { id }, body: { reason } });
      if (json) return out(JSON.stringify(shown));
      print(shown);
    });

  commanding(
    effect
      .command('propose <id>')
      .description('propose what a second person then approves: that it happened, that it did not, or another attempt')
      .option('--as <what>', 'happened or not-happened')
      .option('--external-id <id>', 'Juno’s or Bitso’s id of it, with --as happened')
      .option('--allow-attempt', 'let another attempt be made, after one that was refused or failed')
      .option('--dry-run', 'show what would be proposed, and propose nothing'),
  ).action(async (id: string, options: ProposeOptions) => {
    const body = { ...proposalOf(options), reason: options.reason };
    if (options.dryRun) {
      const { kind, state, amount } = await openApi(environment).call(GET_EFFECT, { parameters: { id } });
      out(
        `Would propose for ${kind} of ${amount} (${state}): ${JSON.stringify(body)}\n\nNothing was proposed (--dry-run).`,
      );
      if (options.json) out(JSON.stringify({ dryRun: true, effect: id, ...body }));
      return;
    }
    const { idempotencyKey } = options;
    const made = await openApi(environment).call(PROPOSE_FOR_EFFECT, { parameters: { id }, body, idempotencyKey });
    if (options.json) return out(JSON.stringify(made));
    out(`Proposed. Somebody else does it within 24 hours with: kustodia effect approve ${made.id} --reason …`);
  });

  effect
    .command('proposals')
    .description('what waits for a second person')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const open = await openApi(environment).call(LIST_PROPOSALS, {});
      if (json) return out(JSON.stringify(open));
      out(open.proposals.length > 0 ? proposalTable(open.proposals) : 'None.');
    });

  for (const verb of ['approve', 'withdraw'] as const) {
    commanding(
      effect
        .command(`${verb} <proposal>`)
        .description(verb === 'approve' ? 'do what another person proposed' : 'take a proposal back')
        .option('--dry-run', 'show the proposal, and do nothing'),
    ).action(async (id: string, options: ChangeOptions) => {
      if (options.dryRun) {
        const { proposals } = await openApi(environment).call(LIST_PROPOSALS, {});
        const found = proposals.find((open) => open.id === id);
        if (!found) throw new CliError('No open proposal has this id.', EXIT.refused, { code: 'proposal_not_found' });
        out(`${proposalTable([found])}\n\nNothing was done (--dry-run).`);
        if (options.json) out(JSON.stringify({ dryRun: true, ...found }));
        return;
      }
      const { reason, idempotencyKey } = options;
      const asked = { parameters: { id }, body: { reason }, idempotencyKey };
      const done = await (verb === 'approve'
        ? openApi(environment).call(APPROVE_PROPOSAL, asked)
        : openApi(environment).call(WITHDRAW_PROPOSAL, asked));
      out(options.json ? JSON.stringify(done) : verb === 'approve' ? 'Approved and done.' : 'Withdrawn.');
    });
  }
}

const commanding = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--json', 'print one JSON object as the last line');

function proposalOf({ as, externalId, allowAttempt }: ProposeOptions): WishOf<typeof PROPOSE_FOR_EFFECT> {
  if (allowAttempt && as === undefined) return { do: 'allow-attempt' };
  if (!allowAttempt && as === 'not-happened') return { do: 'resolve', how: { as: 'not_happened' } };
  if (!allowAttempt && as === 'happened')
    return { do: 'resolve', how: { as: 'happened', externalId: externalId ?? '' } };
  throw new CliError('Say one of --as happened --external-id ID, --as not-happened, --allow-attempt.', EXIT.usage, {
    code: 'proposal_not_understood',
  });
}

const proposalTable = (proposals: readonly z.output<typeof PROPOSAL>[]): string =>
  table(
    ['proposal', 'command', 'for', 'how', 'by', 'because', 'open until', 'became of it'],
    proposals.map((p) => [
      p.id,
      p.command,
      p.subject,
      JSON.stringify(p.parameters),
      p.proposedBy,
      p.reason,
      p.expiresAt,
      p.executedAt ? `approved by ${p.approvedBy} at ${p.executedAt}` : p.withdrawnAt ? 'withdrawn' : 'open',
    ]),
  );
