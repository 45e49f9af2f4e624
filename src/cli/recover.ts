import type { Command } from 'commander';
import { RECOVER } from '../reactor/http/routes/recovery.ts';
import { openApi } from './api.ts';
import { CliError, EXIT, type ExitCode, type Output, table } from './output.ts';

type Options = { reason: string; notOurs: string[]; clabe: string[]; dryRun?: boolean; json?: boolean };

/** `kustodia recover`: after a backup was restored, rebuilds what was done since. */
export function recoverCommand(
  program: Command,
  environment: NodeJS.ProcessEnv,
  { out }: Output,
  exitWith: (code: ExitCode) => void,
): void {
  program
    .command('recover')
    .description('after a backup was restored: rebuild what Juno and the chain know of us and the database does not')
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option(
      '--not-ours <id>',
      'an act that belongs to no payment here (Juno’s id, or a transaction hash); may be repeated',
      (id, all: string[]) => [...all, id],
      [],
    )
    .option(
      '--clabe <user=clabe>',
      'a CLABE that this user was told before the backup was restored; may be repeated',
      (text, all: string[]) => [...all, text],
      [],
    )
    .option('--dry-run', 'show what would be rebuilt, and change nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ reason, notOurs, clabe, dryRun, json }: Options) => {
      const body = { reason, notOurs, clabes: clabe.map(ownedClabe) };
      const report = await openApi(environment).call(RECOVER, { body, dryRun });
      if (report.state === 'needed') exitWith(EXIT.refused);
      if (json && !dryRun) return out(JSON.stringify(report));
      out(report.sentence);
      const taken = report.adopted.map((a) => [a.act, a.what, a.kind, a.paymentId ?? 'none']);
      if (taken.length > 0)
        out(
          `\n${dryRun ? 'Would be rebuilt' : 'Rebuilt'}:\n${table(['act', 'what it is', 'effect', 'payment'], taken)}`,
        );
      const left = report.left.map((l) => [l.act, l.what]);
      if (left.length > 0)
        out(
          `\nOf no payment here:\n${table(['act', 'what it is'], left)}\nFind out whose each is. A payment that was made after the backup is lost with it: its money left already, and its deposit must not be given away again. A CLABE that a user here was told is given back to them with --clabe USER=CLABE; what is paid into any other waits in suspense. Then: kustodia recover --not-ours ACT --reason …`,
        );
      if (report.pending > 0)
        out(
          `\n${report.pending} transactions of the bridge wallet are in no block yet: wait for them, then run it again.`,
        );
      if (report.waiting > 0 && !dryRun)
        out(`\n${report.waiting} acts wait for evidence that is still being read: run it again.`);
      const troubles = report.troubles.map((t) => [t.paymentId, t.why]);
      if (troubles.length > 0)
        out(
          `\nSomething threw while these were rebuilt; the others were taken up all the same:\n${table(['payment', 'what was said'], troubles)}\nTell engineering. Money stays off until they are rebuilt too; once it is mended, run it again.`,
        );
      if (dryRun) out('\nNothing was changed (--dry-run).');
      if (json) out(JSON.stringify(report));
    });
}

function ownedClabe(text: string): { clabe: string; userId: string } {
  const [userId = '', clabe] = text.split('=');
  if (clabe === undefined)
    throw new CliError('--clabe takes a user’s id and a CLABE, with = between them', EXIT.usage, {
      code: 'clabe_not_understood',
    });
  return { clabe, userId };
}
