import { createInterface } from 'node:readline/promises';
import { CliError, EXIT } from './output.ts';

/** Asks whoever sits at the terminal for a yes. Where nobody does it throws a CliError that says what to give instead. */
export async function isConfirmed(question: string, withoutTerminal: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CliError(withoutTerminal, EXIT.usage, { code: 'no_terminal' });
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D closes it, and the question would wait for ever.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(`${question} (yes/no) `), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
