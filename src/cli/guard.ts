import type { Command } from 'commander';
import { CHANGE_CAP, GET_SWITCH, LIST_GUARDS, OPEN_SWITCH, STOP_SWITCH } from '../reactor/http/routes/guards.ts';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

export type ChangeOptions = { reason: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };

/** `kustodia guard list | show | stop | open | cap`: what may stop money, and how much may leave. */
export function guardCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const guard = program.command('guard').description('kill switches and caps');
  const print = (done: object, sentence: string, { json, dryRun }: ChangeOptions) => {
    if (json) return out(JSON.stringify(done));
    out(sentence);
    if (dryRun) out('Nothing was changed (--dry-run).');
    else if ('proposal' in done && done.proposal !== null)
      out(`Somebody else does it within 24 hours with: kustodia effect approve ${done.proposal} --reason …`);
  };

  guard
    .command('list')
    .description('every switch of the house, those of users that are off, and each cap with what is used of it')
    .option('--cursor <cursor>', 'go on with the users’ switches where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...query }: { json?: boolean; cursor?: string }) => {
      const found = await openApi(environment).call(LIST_GUARDS, { query });
      if (json) return out(JSON.stringify(found));
      const switches = found.switches.map((s) => [
        s.name,
        s.isStopped ? 'OFF' : 'open',
        s.isStopped ? (s.reason ?? '') : '',
        s.isStopped ? `${s.changedBy ?? ''} at ${s.changedAt}` : '',
      ]);
      out(table(['switch', 'status', 'because', 'by'], switches));
      if (found.nextCursor) out(`More with --cursor ${found.nextCursor}`);
      const caps = found.caps.map((cap) => [
        cap.name,
        cap.limit,
        cap.limitPesos ?? 'closed: MXN_PER_UDI is not set',
        cap.usedToday ?? (cap.usedByUser[0] ? `at most ${cap.usedByUser[0].usedToday}` : ''),
        cap.changedBy ?? 'the settings',
      ]);
      out(`\n${table(['cap', 'limit', 'in pesos', 'used today', 'set by'], caps)}`);
    });

  guard
    .command('show <switch>')
    .description('one switch, that of a user too: all, recovery, rail:…, wallet:…, contract:… or user:…')
    .option('--json', 'print one JSON object as the last line')
    .action(async (name: string, { json }: { json?: boolean }) => {
      const found = await openApi(environment).call(GET_SWITCH, { parameters: { name } });
      if (json) return out(JSON.stringify(found));
      const by = found.changedBy === null ? '' : ` (${found.changedBy} at ${found.changedAt})`;
      out(`“${found.name}” is ${found.isStopped ? `off: ${found.reason ?? 'no reason was given'}` : 'open'}${by}.`);
    });

  changing(guard.command('stop <switch>').description('throw a switch, at once: all, rail:…, wallet:…, user:…')).action(
    async (name: string, options: ChangeOptions) => {
      const done = await openApi(environment).call(STOP_SWITCH, { parameters: { name }, ...saidIn(options) });
      print(done, `“${name}” ${options.dryRun ? 'would be' : 'is'} off: nothing new leaves under it.`, options);
      if (options.json || !('waits' in done)) return;
      const { waits, goesOn } = done;
      out(
        waits
          ? `${waits.amount} MXN in ${waits.legs} legs of ${waits.payments} payments would wait.`
          : 'Not counted in time.',
      );
      out(goesOn.sentence);
    },
  );

  changing(
    guard.command('open <switch>').description('propose to open a switch again; a second person does it'),
  ).action(async (name: string, options: ChangeOptions) => {
    const done = await openApi(environment).call(OPEN_SWITCH, { parameters: { name }, ...saidIn(options) });
    print(done, `To open “${name}” ${options.dryRun ? 'would be' : 'is'} proposed; it stays off until then.`, options);
  });

  changing(
    guard
      .command('cap <name> <limit>')
      .description('day, payment or user_day: lower it at once, or propose to raise it; pesos, or "600000 UDI"'),
  ).action(async (name: string, limit: string, options: ChangeOptions) => {
    const { body, ...how } = saidIn(options);
    const done = await openApi(environment).call(CHANGE_CAP, {
      parameters: { name },
      body: { limit, ...body },
      ...how,
    });
    const isRaised = done.needs !== null;
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

/** What every command that changes something says of itself: its reason, its key, and whether it is only to be checked. */
export const saidIn = ({ reason, idempotencyKey, dryRun }: ChangeOptions) => ({
  body: { reason },
  ...{ idempotencyKey, dryRun },
});
