/** What `npm start` and `npm run fork` have in common: a world on this machine, and a few payments driven through it. */
import { parseArgs } from 'node:util';
import { auditWorld, wordsFor } from './audit.ts';
import { driveAndJudge } from './drive-and-judge.ts';
import { readPorts } from './ports.ts';
import { LocalError } from './process.ts';
import { isFlawless, type Report } from './report.ts';
import { type StartWorldParameters, startWorld, type World } from './world.ts';

const MAX_PAYMENTS = 1_000;
const HELP = `  --payments N  how many, all at once (default 3, at most ${MAX_PAYMENTS})
  --exit        then judge and stop: exit code 0 only if each completed, once, the books balance, and the auditor
                finds no difference between them and what Juno and the chain say
  --json        the last line of standard output is one JSON object; everything else goes to standard error`;

/** One of the two: what it says of itself, and what it takes beside the options that both have. */
export type Command = Readonly<{
  name: string;
  /** What it does, and its own options, a line each. */
  help: string;
  /** Names of its own options, each of which takes a value. */
  own?: readonly string[];
  /** The world that those ask for. Throws a LocalError where they cannot be read. */
  worldOf?: (given: Given) => Pick<StartWorldParameters, 'fork'>;
}>;

/** Options that take a value, by name. */
export type Given = Readonly<Record<string, string | undefined>>;

type Options = Readonly<{ payments: number; exit: boolean; json: boolean; given: Given }>;

function readOptions(command: Command): Options | null {
  const { values } = readArguments(command);
  const { payments, exit, json, help } = values;
  if (help) return null;
  if (typeof payments !== 'string' || !/^\d{1,4}$/.test(payments) || Number(payments) > MAX_PAYMENTS) {
    throw new LocalError(`--payments is a whole number from 0 to ${MAX_PAYMENTS}. Nothing was started.`);
  }
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { payments: Number(payments), exit: exit === true, json: json === true, given: Object.fromEntries(texts) };
}

function readArguments(command: Command) {
  try {
    return parseArgs({
      options: {
        payments: { type: 'string', default: '3' },
        exit: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        ...Object.fromEntries((command.own ?? []).map((name) => [name, { type: 'string' } as const])),
      },
    });
  } catch (error) {
    throw new LocalError(`${error instanceof Error ? error.message : 'Unreadable options.'}\n\n${helpOf(command)}`);
  }
}

const helpOf = ({ name, help }: Command) => `${name} -- [--payments N] [--exit] [--json]\n\n${help}\n${HELP}`;

const PASSED_ON = ['CONSOLE_IDLE_MINUTES'];
/** What whoever starts a world may set of its reactors: nothing of it moves money. */
export const passedOn = (environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  Object.fromEntries(PASSED_ON.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));

/** The local world drives payments by itself: it must not so much as see a key that moves real money. */
function refuseProduction(command: string, environment: NodeJS.ProcessEnv): void {
  const found =
    environment['JUNO_ENV'] === 'production'
      ? 'JUNO_ENV=production'
      : ['JUNO_API_KEY', 'JUNO_API_SECRET'].find((name) => environment[name]);
  if (!found) return;
  throw new LocalError(
    `${found} is set, which belongs to production. \`${command}\` drives payments by itself, so nothing was started. Unset it and start again.`,
  );
}

async function main(command: Command): Promise<number> {
  const options = readOptions(command);
  if (!options) {
    console.log(helpOf(command));
    return 0;
  }
  const say = (text: string) => (options.json ? console.error(text) : console.log(text));
  refuseProduction(command.name, process.env);
  const wanted = command.worldOf?.(options.given);

  const interrupt = new AbortController();
  const { signal } = interrupt;
  const interrupted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!signal.aborted) say('Stopping …');
      interrupt.abort(new LocalError('Stopped before it was done.'));
    });
  }

  const world = await startWorld({
    ...wanted,
    ports: readPorts(process.env),
    databaseUrl: process.env['DATABASE_URL'] || undefined,
    settings: passedOn(process.env),
    log: (line) => say(`  ${line}`),
    signal,
  });
  announceDeaths(world, say, signal);
  try {
    say(addresses(world));
    // Who counts is shown payments of one payout each; who looks on, payments of every kind.
    const isMixed = !options.exit;
    const report = await driveAndJudge(world, { payments: options.payments, isMixed, log: say, signal });
    say(summary(report));
    // The second opinion takes as long as Juno's rate lets it, so only who judges waits for it.
    const findings = options.exit ? await auditWorld(world) : [];
    for (const one of findings) say(`  ${wordsFor(one)}`);
    if (options.json)
      console.log(JSON.stringify({ ...report, ...(options.exit && { audit_findings: findings.length }) }));
    if (options.exit) return isFlawless(report) && findings.length === 0 ? 0 : 1;
    say(whatNext(world));
    await interrupted;
    return 0;
  } catch (cause) {
    if (signal.aborted) return 130;
    throw cause;
  } finally {
    await world.stop();
    say('Everything is stopped.');
  }
}

/** A part that ends by itself is said at once, with where to look: the rest goes on waiting for it. */
function announceDeaths(world: World, say: (text: string) => void, signal: AbortSignal): void {
  for (const part of [...world.reactors(), world.indexer(), world.sandbox, world.anvil])
    void part.exited.then(({ code, signal: by }) => {
      if (!world.isStopping() && !signal.aborted)
        say(
          `The ${part.name} ended ${by ? `by ${by}` : `with code ${code}`}. Its log: ${world.folder}/${part.name}.log. Ctrl-C, then start again.`,
        );
    });
}

const addresses = ({ urls, sandboxBooks, folder, apiKey }: World) => `
  Console    ${urls.reactor}/      (sign in with ${apiKey})
  API        ${urls.reactor}/api/v1      (health: ${urls.reactor}/health)
  GraphQL    ${urls.indexer}/graphql
  Outbox     curl -H 'x-sandbox-admin: ${sandboxBooks.adminToken}' ${urls.sandbox}/sandbox/outbox
  Database   ${urls.database}
  Logs       ${folder}
`;

const summary = (report: Report) => `
  ${report.completed} of ${report.payments} payments completed, ${report.spei_payouts} SPEI payouts, ${report.paid_twice} paid twice, ${report.lost_centavos} centavos lost,
  ledger sum ${report.ledger_sum}, ${report.breaks} breaks, in ${(report.duration_ms / 1000).toFixed(1)} s (our own part of each: median ${report.overhead_ms.p50} ms)
`;

const whatNext = ({ environmentFile }: World) => `  It stays up until Ctrl-C. In another terminal:

  set -a && . ${environmentFile} && set +a
  npx kustodia payment list
  npx kustodia payment show 1
  npx kustodia doctor
`;

/** Runs the command, and ends the process with its exit code. */
export function runCommand(command: Command): void {
  main(command).then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof LocalError ? error.message : error);
      process.exit(1);
    },
  );
}
