import { Command, CommanderError } from 'commander';
import { auditCommands } from './audit.ts';
import { breakCommands } from './break.ts';
import { chainCommands } from './chain.ts';
import { completionCommand } from './completion.ts';
import { contractCommands } from './contract.ts';
import { dbCommands } from './db.ts';
import { depositCommands } from './deposit.ts';
import { tokenCommands } from './desk.ts';
import { disputeCommands } from './dispute.ts';
import { doctorCommand } from './doctor.ts';
import { drillCommand } from './drill.ts';
import { effectCommands } from './effect.ts';
import { guardCommands } from './guard.ts';
import { holdCommands } from './hold.ts';
import { junoCommands } from './juno.ts';
import { keyCommands } from './key.ts';
import { moveCommands } from './look.ts';
import { CliError, CONSOLE, EXIT, type ExitCode, type Output } from './output.ts';
import { overviewCommands } from './overview.ts';
import { paymentCommands } from './payment.ts';
import { recoverCommand } from './recover.ts';
import { reportCommands } from './report.ts';
import { suspenseCommands } from './suspense.ts';
import { userCommands } from './user.ts';
import { walletCommands } from './wallet.ts';
import { webhookCommands } from './webhook.ts';

/** Every command, in the order in which the help shows them. */
export function createProgram(
  environment: NodeJS.ProcessEnv,
  output: Output,
  exitWith: (code: ExitCode) => void,
): Command {
  const program = new Command('kustodia')
    .description('Escrow payments in Mexican pesos: create them, see where each one is, check the house.')
    .showHelpAfterError('(add --help for what this command takes)')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.err(text.trimEnd()),
    });
  overviewCommands(program, environment, output);
  paymentCommands(program, environment, output);
  userCommands(program, environment, output);
  depositCommands(program, environment, output);
  suspenseCommands(program, environment, output);
  guardCommands(program, environment, output);
  holdCommands(program, environment, output);
  breakCommands(program, environment, output);
  reportCommands(program, environment, output);
  disputeCommands(program, environment, output);
  effectCommands(program, environment, output);
  moveCommands(program, environment, output);
  walletCommands(program, environment, output);
  tokenCommands(program, environment, output);
  webhookCommands(program, environment, output);
  keyCommands(program, environment, output);
  auditCommands(program, environment, output);
  dbCommands(program, environment, output);
  chainCommands(program, environment, output);
  doctorCommand(program, environment, output, exitWith);
  recoverCommand(program, environment, output, exitWith);
  drillCommand(program, environment, output, exitWith);
  contractCommands(program, environment, output, exitWith);
  junoCommands(program, environment, output, exitWith);
  completionCommand(program, output);
  return program;
}

/** Runs one command line and answers with its exit code. Never throws: an error is printed in its own words. */
export async function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: Output = CONSOLE,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(environment, output, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure =
      error instanceof CliError ? error : new CliError(messageOf(error), EXIT.refused, { code: 'failed' });
    output.err(failure.message);
    if (args.includes('--json')) output.out(JSON.stringify({ error: { message: failure.message, ...failure.body } }));
    return failure.exitCode;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `Something failed: ${error.message}` : 'Something failed.';

const HELP = `
Environment:
  KUSTODIA_URL      where the reactor is (default http://127.0.0.1:4000)
  KUSTODIA_API_KEY  the key that requests are made with (kus_…)
  DATABASE_OWNER_URL  the login that owns the database, for db, key create and drill (DATABASE_URL where there is no other)
  DATABASE_URL      for drill; chain accept-reorg and doctor read all settings of the reactor (.env.example),
                    juno check only JUNO_ENV, JUNO_BASE_URL and the keys of stage,
                    contract those of chain and contract, and ESCROW_ADMIN_PRIVATE_KEY to sign

Exit codes: 0 done, 1 refused or something is wrong, 2 the command was not understood, 3 nobody answered.`;
