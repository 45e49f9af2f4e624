import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figures, rounded, summarize } from './figures.ts';
import type { Result } from './record.ts';

/** What a benchmark is asked with beside the frame's own, each a number or a list of them; by name, with what is taken unless told. */
export type Own = Readonly<Record<string, Readonly<{ usual: string; what: string }>>>;
export type Given<O extends Own> = Readonly<Record<keyof O, string>>;

export type Bench<O extends Own> = Readonly<{
  /** As its file is called. */
  name: string;
  /** What is measured, from which moment to which. */
  what: string;
  options: O;
  /** Measures once, from nothing, and leaves nothing behind. Throws where what was done is not right: a wrong answer has no speed. */
  round: (given: Given<O>, say: (line: string) => void) => Promise<Figures>;
  /** What keeps it from being better, told from the medians. */
  wall: (of: (figure: string) => number) => string;
}>;

const MOST_ROUNDS = 100;

/**
 * Runs a benchmark as the command line asks: `--rounds N`, `--json` (all but the last line goes to standard error), and what is its own.
 * Prints a line for each round, then the result as one JSON object, and ends the process.
 */
export function runBench<O extends Own>(bench: Bench<O>): void {
  main(bench).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${bench.name} failed: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}

async function main<O extends Own>(bench: Bench<O>): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(
        Object.entries(bench.options).map(([name, { usual }]) => [name, { type: 'string', default: usual } as const]),
      ),
    },
  });
  if (values['help'] === true) return void process.stdout.write(helpOf(bench));
  const rounds = Number(values['rounds']);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MOST_ROUNDS)
    throw new Error(`--rounds is a whole number from 1 to ${MOST_ROUNDS}`);
  const texts: Readonly<Record<string, unknown>> = values;
  const given = Object.fromEntries(Object.keys(bench.options).map((name) => [name, String(texts[name])])) as Given<O>;
  const say = (line: string) => void (values['json'] === true ? process.stderr : process.stdout).write(`${line}\n`);
  say(`${bench.name}: ${bench.what}`);
  const began = performance.now();
  const at = new Date().toISOString();
  const [before] = loadavg();
  const measured: Figures[] = [];
  for (let i = 0; i < rounds; i++) {
    const figures = await bench.round(given, (line) => say(`  ${line}`));
    measured.push(figures);
    say(`  round ${i + 1} of ${rounds}: ${JSON.stringify(figures)}`);
  }
  const figures = summarize(measured);
  const result: Result = {
    bench: bench.name,
    at,
    options: given,
    rounds,
    figures,
    wall: bench.wall((name) => figures[name]?.median ?? Number.NaN),
    load: { before: rounded(before ?? 0), after: rounded(loadavg()[0] ?? 0), cores: availableParallelism() },
    took_s: Math.round((performance.now() - began) / 1000),
  };
  say(`  wall: ${result.wall}`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function helpOf<O extends Own>({ name, what, options }: Bench<O>): string {
  const lines = Object.entries(options).map(([option, { usual, what: of }]) => `  --${option}  ${of} (${usual})\n`);
  return `node bench/${name}.ts [--rounds N] [--json]\n${what}\n${lines.join('')}`;
}
