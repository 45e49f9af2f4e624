import { type Command, InvalidArgumentError } from 'commander';
import { JunoThrottledError } from '../juno/errors.ts';
import { isConfirmed } from './ask.ts';
import { junoDeskCommands } from './desk.ts';
import { accessQuestions, NOT_TO_BE_ASKED } from './juno/access.ts';
import { bankAccountQuestions } from './juno/bank-accounts.ts';
import { type Bench, openBench } from './juno/bench.ts';
import { depositQuestions } from './juno/deposits.ts';
import { openPurse } from './juno/purse.ts';
import { NothingToSeeError, type Question, reasonOf } from './juno/question.ts';
import { readingQuestions } from './juno/reading.ts';
import { openReceiver } from './juno/receiver.ts';
import { redemptionQuestions } from './juno/redemptions.ts';
import { readJunoCheckSettings } from './juno/settings.ts';
import { masked } from './juno/shape.ts';
import { webhookQuestions } from './juno/webhooks.ts';
import { withdrawalQuestions } from './juno/withdrawals.ts';
import { CliError, EXIT, type ExitCode, type Output, table } from './output.ts';
import { type Progress, progress } from './progress.ts';

/** `open` was asked and not answered; `not_asked` needs `--spend`, or is asked by nobody, and says why. */
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
  withdrawTo?: string;
  webhookUrl?: string;
  webhookPort: number;
  webhookKeys?: string;
  webhookRetries: number;
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
  const group = program.command('juno').description('Juno: what it knows, and what its pages leave open');
  junoDeskCommands(group, environment, output);
  group
    .command('check')
    .description(
      'ask stage or the sandbox, never production, what Juno’s pages leave open; read only, unless --spend is given',
    )
    .option('--spend', 'ask what costs test money or registers things as well; it is listed and confirmed first')
    .option('--yes', 'with --spend: do not ask for confirmation')
    .option('--business-name <name>', 'the registered name, which mock deposits must repeat', 'Kustodia')
    .option(
      '--withdraw-to <address>',
      'with --spend: where MXNB is withdrawn to; an address of yours, or Juno’s own',
      address,
    )
    .option('--webhook-url <url>', 'an HTTPS address that leads to --webhook-port on this machine')
    .option('--webhook-port <port>', 'where deliveries are taken on 127.0.0.1; 0 takes a free one', whole, 0)
    .option('--webhook-keys <path>', 'where the public keys of webhooks are, to check a signature')
    .option('--webhook-retries <seconds>', 'how long the repeats of a refused webhook are counted', whole, 60)
    .option('--keep <folder>', 'write one detail and one webhook of each type there, without what names a person')
    .option('--wait <seconds>', 'how long each thing that happens by itself may take', whole, 120)
    .option('--json', 'print one JSON object as the last line')
    .action(async (options: CheckOptions) => {
      const { out } = output;
      const settings = readJunoCheckSettings(environment);
      if (options.spend && !settings.maySpend) throw spendsElsewhere();
      const bench = openBench(settings, options.wait * 1_000);
      const findings = await ask(bench, settings.baseUrl, options, output);

      out(table(['question', 'found', 'evidence'], findings.flatMap(linesOf)));
      const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
      const [settled, open, unasked] = [count('settled'), count('open'), count('not_asked')];
      const advice = unasked > 0 && !options.spend ? ' (most need --spend)' : '';
      out(`\n${settled} settled, ${open} open, ${unasked} not asked${advice}.`);
      if (bench.isStopped()) out('It was stopped before its end; what it had registered is deleted again.');
      if (options.json) {
        const { host } = new URL(settings.baseUrl);
        out(JSON.stringify({ junoEnv: settings.junoEnv, host, settled, open, notAsked: unasked, findings }));
      }
      if (open > 0 || bench.isStopped()) exitWith(EXIT.refused);
    });
}

/** Asks everything that may be asked; the findings stand as they are read: access, what is read, what is spent. */
async function ask(bench: Bench, baseUrl: string, options: CheckOptions, output: Output): Promise<Finding[]> {
  const { spend = false, withdrawTo, webhookUrl, keep: keepIn } = options;
  const purse = openPurse(bench, options.businessName);
  const hasWay = spend && (webhookUrl !== undefined || bench.isLoopback);
  const receiver = hasWay ? await openReceiver(options.webhookPort) : null;
  const webhooks = webhookQuestions({
    ...{ purse, receiver, keepIn },
    url: webhookUrl,
    keysPath: options.webhookKeys,
    withdraws: withdrawTo !== undefined,
    retries_ms: options.webhookRetries * 1_000,
  });
  const spending = [
    // First, so that all that happens is told; last, when it has happened.
    webhooks.registration,
    ...depositQuestions(purse),
    ...redemptionQuestions(purse),
    ...withdrawalQuestions(purse, withdrawTo),
    ...bankAccountQuestions(purse),
    webhooks.deliveries,
    webhooks.retries,
  ];
  const { step, done } = progress(output.err);
  process.once('SIGINT', bench.stop);
  try {
    if (spend && !options.yes) await confirm(baseUrl, spending, output);
    const access = await settleAll(accessQuestions(), bench, step);
    const spent = spend
      ? await settleAll(spending, bench, step).finally(() => tidy(webhooks.remove, bench, output))
      : null;
    const read = await settleAll(readingQuestions(keepIn), bench, step);
    return [...access, ...read, ...(spent ?? spending.map(notAsked)), ...NOT_TO_BE_ASKED.map(neverAsked)];
  } finally {
    done();
    process.off('SIGINT', bench.stop);
    receiver?.close();
  }
}

async function tidy(remove: (bench: Bench) => Promise<void>, bench: Bench, { out }: Output): Promise<void> {
  try {
    await remove(bench);
  } catch (error) {
    out(
      `The webhooks of this check were not deleted: delete those to /juno-check in Juno (${masked(reasonOf(error))})`,
    );
  }
}

async function settleAll(questions: readonly Question[], bench: Bench, step: Progress['step']): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const one of questions) {
    step(one.question);
    findings.push(bench.isStopped() ? stopped(one) : await settle(one, bench));
  }
  return findings;
}

async function settle({ id, question, ask }: Question, bench: Bench): Promise<Finding> {
  try {
    const { found, evidence } = await ask(bench);
    return { id, question, state: 'settled', found: masked(found), evidence: masked(evidence) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (error instanceof JunoThrottledError) throw overTheLimit();
    if (isUnreachable(error)) throw nobodyAnswers(bench.juno.baseUrl);
    const evidence = masked(reasonOf(error));
    if (error instanceof NothingToSeeError)
      return { id, question, state: 'not_asked', found: 'nothing to see', evidence };
    return { id, question, state: 'open', found: 'not settled', evidence };
  }
}

function isUnreachable(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code);
}

const spendsElsewhere = () =>
  new CliError(
    '--spend makes things at Juno stage and at a sandbox on this machine alone. Mend JUNO_BASE_URL, or ask without --spend.',
    EXIT.refused,
    { code: 'elsewhere' },
  );

const overTheLimit = () =>
  new CliError(
    'Juno says that this account is over its limit, and nothing more was asked: going on may lock it for a day. Leave it alone for a minute, see what else uses its key, and ask again.',
    EXIT.refused,
    { code: 'throttled' },
  );

const nobodyAnswers = (baseUrl: string) =>
  new CliError(`Nobody answers at ${new URL(baseUrl).host}. Look at JUNO_BASE_URL and the network.`, EXIT.unreachable, {
    code: 'unreachable',
  });

const notAsked = ({ id, question, costs }: Question): Finding => ({
  ...{ id, question, state: 'not_asked', found: 'not asked' },
  evidence: costs === null ? 'it needs what --spend makes' : `costs ${costs}`,
});

const stopped = ({ id, question }: Question): Finding => ({
  ...{ id, question, state: 'not_asked', found: 'not asked' },
  evidence: 'it was stopped before',
});

const neverAsked = ({ id, question, why }: (typeof NOT_TO_BE_ASKED)[number]): Finding => ({
  ...{ id, question, state: 'not_asked', found: 'cannot be asked' },
  evidence: why,
});

/** A finding in as many lines as its longest cell takes. */
function linesOf({ question, found, evidence }: Finding): string[][] {
  const cells = [wrapped(question, 40), wrapped(found, 60), wrapped(evidence, 60)];
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
}

/** Text in lines of at most this width, broken at spaces; a longer word stands alone. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Says what it costs, and goes on only after a yes. Throws a CliError otherwise. */
async function confirm(baseUrl: string, spending: readonly Question[], { out }: Output): Promise<void> {
  if (process.stdin.isTTY) {
    out(`At ${new URL(baseUrl).host} this costs:`);
    for (const { costs } of spending) if (costs !== null) out(`  ${costs}`);
  }
  if (!(await isConfirmed('Go on?', 'There is nobody to ask: --spend needs a terminal, or --yes.')))
    throw new CliError('Nothing was asked.', EXIT.refused, { code: 'not_confirmed' });
}

function whole(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('It must be a whole number up to 65535.');
  return value;
}

function address(text: string): string {
  if (!/^0x[0-9a-f]{40}$/i.test(text)) throw new InvalidArgumentError('It must be 0x and 40 hexadecimal digits.');
  return text;
}
