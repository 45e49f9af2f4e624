import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

const SWITCH = z.looseObject({
  name: z.string(),
  isStopped: z.boolean(),
  reason: z.string().nullable(),
  changedBy: z.string().nullable(),
  changedAt: z.string(),
});
const GUARDS = z.looseObject({
  switches: z.array(SWITCH),
  caps: z.array(
    z.looseObject({
      name: z.string(),
      limit: z.string(),
      limitPesos: z.string().nullable(),
      usedToday: z.string().nullable(),
      usedByUser: z.array(z.looseObject({ userId: z.string(), usedToday: z.string() })),
      changedBy: z.string().nullable(),
    }),
  ),
});
const DONE = z.looseObject({ name: z.string(), proposal: z.string().nullish(), dryRun: z.literal(true).optional() });

type ChangeOptions = { reason: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };

/** `kustodia guard list | stop | open | cap`: what may stop money, and how much may leave. */
export function guardCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const guard = program.command('guard').description('kill switches and caps');
  const pathOf = (rest: string, dryRun = false) => `/api/v1/guards/${rest}${dryRun ? '?dryRun=true' : ''}`;
  const print = (done: z.output<typeof DONE>, sentence: string, { json, dryRun }: ChangeOptions) => {
    if (json) return out(JSON.stringify(done));
    out(sentence);
    if (dryRun) out('Nothing was changed (--dry-run).');
    else if (done.proposal)
      out(`Somebody else does it within 24 hours with: kustodia effect approve ${done.proposal} --reason …`);
  };

  guard
    .command('list')
    .description('every switch of the house, those of users that are off, and each cap with what is used of it')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await openApi(environment).get('/api/v1/guards', GUARDS);
      if (json) return out(JSON.stringify(found));
      const switches = found.switches.map((s) => [
        s.name,
        s.isStopped ? 'OFF' : 'open',
        s.isStopped ? (s.reason ?? '') : '',
        s.isStopped ? `${s.changedBy ?? ''} at ${s.changedAt}` : '',
      ]);
      out(table(['switch', 'status', 'because', 'by'], switches));
      const caps = found.caps.map((cap) => [
        cap.name,
        cap.limit,
        cap.limitPesos ?? 'closed: MXN_PER_UDI is not set',
        cap.usedToday ?? (cap.usedByUser[0] ? `at most ${cap.usedByUser[0].usedToday}` : ''),
        cap.changedBy ?? 'the settings',
      ]);
      out(`\n${table(['cap', 'limit', 'in pesos', 'used today', 'set by'], caps)}`);
    });

  changing(guard.command('stop <switch>').description('throw a switch, at once: all, rail:…, wallet:…, user:…')).action(
    async (name: string, options: ChangeOptions) => {
      const path = pathOf(`switches/${encodeURIComponent(name)}/stop`, options.dryRun);
      const done = await openApi(environment).put(path, { reason: options.reason }, DONE, options.idempotencyKey);
      print(done, `“${name}” ${options.dryRun ? 'would be' : 'is'} off: nothing new leaves under it.`, options);
    },
  );

  changing(
    guard.command('open <switch>').description('propose to open a switch again; a second person does it'),
  ).action(async (name: string, options: ChangeOptions) => {
    const path = pathOf(`switches/${encodeURIComponent(name)}/open`, options.dryRun);
    const done = await openApi(environment).post(path, { reason: options.reason }, DONE, options.idempotencyKey);
    print(done, `To open “${name}” ${options.dryRun ? 'would be' : 'is'} proposed; it stays off until then.`, options);
  });

  changing(
    guard
      .command('cap <name> <limit>')
      .description('day, payment or user_day: lower it at once, or propose to raise it; pesos, or "600000 UDI"'),
  ).action(async (name: string, limit: string, options: ChangeOptions) => {
    const path = pathOf(`caps/${encodeURIComponent(name)}`, options.dryRun);
    const body = { limit, reason: options.reason };
    const done = await openApi(environment).put(
      path,
      body,
      DONE.extend({ needs: z.string().nullish() }),
      options.idempotencyKey,
    );
    const isRaised = Boolean(done.proposal ?? done['needs']);
    const is = options.dryRun ? 'would be' : 'is';
    print(
      done,
      isRaised ? `To raise “${name}” to ${limit} ${is} proposed.` : `“${name}” ${is} ${limit} from now on.`,
      options,
    );
  });
}

export const changing = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'check and show what would be changed, and change nothing')
    .option('--json', 'print one JSON object as the last line');
