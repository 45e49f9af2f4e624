import { createInterface } from 'node:readline/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { masked, openBench } from './juno-bench.ts';
import { type Question, readingQuestions, reasonOf } from './juno-questions.ts';
import { readJunoCheckSettings } from './juno-settings.ts';
import { spendingQuestions } from './juno-spending.ts';
import { webhookQuestion } from './juno-webhook.ts';
import { CliError, EXIT, type ExitCode, type Output, table } from './output.ts';

/** `open` was asked and not answered; `not_asked` costs something and `--spend` was not given. */
type Finding = Readonly<{
  id: string;
  question: string;
  state: 'settled' | 'open' | 'not_asked';
  found: string;
  evidence: string;
}>;

type CheckOptions = Readonly<{
  spend?: boolean;
  yes?: boolean;
  businessName: string;
  webhookUrl?: string;
  webhookPort: number;
  webhookKeys?: string;
  keep?: string;
  wait: number;
  json?: boolean;
}>;

/** `kustodia juno check`: settles against the Juno of the environment what its pages leave open. */
export function junoCommands(
  program: Command,
  environment: NodeJS.ProcessEnv,
  output: Output,
  exitWith: (code: ExitCode) => void,
): void {
  program
    .command('juno')
    .description('the API of Juno (stage or the sandbox; never production)')
    .command('check')
    .description('ask Juno what its pages leave open; read only, unless --spend is given')
    .option('--spend', 'ask what costs test money or registers things as well; it is listed and confirmed first')
    .option('--yes', 'with --spend: do not ask for confirmation')
    .option('--business-name <name>', 'the registered name, which mock deposits must repeat', 'Kustodia')
    .option('--webhook-url <url>', 'an HTTPS address that leads to --webhook-port on this machine')
    .option('--webhook-port <port>', 'where deliveries are taken on 127.0.0.1; 0 takes a free one', whole, 0)
    .option('--webhook-keys <path>', 'where the public keys of webhooks are, to check a signature')
    .option('--keep <folder>', 'write one detail of each type there, without what names a person')
    .option('--wait <seconds>', 'how long each thing that happens by itself may take', whole, 120)
    .option('--json', 'print one JSON object as the last line')
    .action(async (options: CheckOptions) => {
      const { out } = output;
      const settings = readJunoCheckSettings(environment);
      const spending = [
        ...spendingQuestions(options.businessName),
        webhookQuestion({
          businessName: options.businessName,
          url: options.webhookUrl,
          port: options.webhookPort,
          keysPath: options.webhookKeys,
        }),
      ];
      if (options.spend && !options.yes) await confirm(settings.baseUrl, spending, output);

      const bench = openBench(settings, options.wait * 1_000);
      const reading = readingQuestions(options.keep);
      // What is made first is there to be read afterwards.
      const spent: Finding[] = [];
      for (const question of spending) spent.push(options.spend ? await settle(question, bench) : notAsked(question));
      const read: Finding[] = [];
      for (const question of reading) read.push(await settle(question, bench));
      const findings = [...read, ...spent];

      out(table(['question', 'found', 'evidence'], findings.map(rowOf)));
      const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
      const [settled, open, unasked] = [count('settled'), count('open'), count('not_asked')];
      out(`\n${settled} settled, ${open} open, ${unasked} not asked${unasked > 0 ? ' (they need --spend)' : ''}.`);
      if (options.json) {
        const { host } = new URL(settings.baseUrl);
        out(JSON.stringify({ junoEnv: settings.junoEnv, host, settled, open, notAsked: unasked, findings }));
      }
      if (open > 0) exitWith(EXIT.refused);
    });
}

async function settle({ id, question, ask }: Question, bench: Parameters<Question['ask']>[0]): Promise<Finding> {
  try {
    const { found, evidence } = await ask(bench);
    return { id, question, state: 'settled', found: masked(found), evidence: masked(evidence) };
  } catch (error) {
    if (isUnreachable(error)) throw nobodyAnswers(bench.juno.baseUrl);
    return { id, question, state: 'open', found: 'not settled', evidence: masked(reasonOf(error)) };
  }
}

function isUnreachable(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code);
}

const nobodyAnswers = (baseUrl: string) =>
  new CliError(`Nobody answers at ${new URL(baseUrl).host}. Look at JUNO_BASE_URL and the network.`, EXIT.unreachable, {
    code: 'unreachable',
  });

const notAsked = ({ id, question, costs }: Question): Finding => ({
  id,
  question,
  state: 'not_asked',
  found: 'not asked',
  evidence: `costs ${costs}`,
});

const rowOf = ({ question, found, evidence }: Finding): string[] => [question, found, evidence];

/** Says what it costs, and goes on only after a yes. Throws a CliError otherwise. */
async function confirm(baseUrl: string, spending: readonly Question[], { out }: Output): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError('There is nobody to ask: --spend needs a terminal, or --yes.', EXIT.usage, {
      code: 'no_terminal',
    });
  out(`At ${new URL(baseUrl).host} this costs:`);
  for (const { costs } of spending) out(`  ${costs}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Go on? (yes/no) ').finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new CliError('Nothing was asked.', EXIT.refused, { code: 'not_confirmed' });
}

function whole(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('It must be a whole number up to 65535.');
  return value;
}
