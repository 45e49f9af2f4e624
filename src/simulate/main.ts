/** `npm run simulate -- --payments N --seed S --json`: many seeded worlds, judged by the bank’s and the chain’s own books. */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { openKept } from './keep.ts';
import { simulate } from './run.ts';
import { shrink } from './shrink.ts';

const whole = (text: string): number => {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
};
const list = (text: string): string[] => text.split(',').filter((item) => item !== '');

const options = new Command('simulate')
  .option('--payments <n>', 'how many payments, in worlds of 500', whole, 500)
  .option('--seed <n>', 'the seed of the run; a fresh one if left out', whole)
  .option('--world', 'one world alone, of which --seed is the seed')
  .option('--without-payments <numbers>', 'payments that this world does without', list, [])
  .option('--without-faults <names>', 'kinds of faults, and of fates, that this world does without', list, [])
  .option('--keep <file>', 'keeps what each world came to, and goes on where an interrupted run was')
  .option('--tell', 'tells what happens and what the reactors warn of, line by line')
  .option('--no-shrink', 'does not look for the shortest history of a failure')
  .option('--json', 'ends with one line of JSON')
  .parse()
  .opts<{
    payments: number;
    seed?: number;
    world?: true;
    withoutPayments: string[];
    withoutFaults: string[];
    keep?: string;
    tell?: true;
    shrink: boolean;
    json?: true;
  }>();

const seed = options.seed ?? randomInt(2 ** 32);
const say = (line: string) => void process.stdout.write(`${line}\n`);
if (options.seed === undefined) say(`Seed ${seed}`);
const { report, unsound } = await simulate({
  payments: options.payments,
  seed,
  isOneWorld: options.world === true,
  withoutPayments: new Set(options.withoutPayments.map(Number)),
  withoutFaults: new Set(options.withoutFaults),
  ...(options.keep ? { kept: openKept(options.keep, { seed, payments: options.payments }) } : {}),
  ...(options.tell ? { tell: say } : {}),
  onWorld: ({ seed: own, payments, result }) => {
    say(
      `World ${own}: ${payments} payments, ${result.steps} steps, ${Math.round(result.simulated_ms / 86_400_000)} days; ${result.complaints.length === 0 ? 'sound' : 'NOT SOUND'}`,
    );
    for (const complaint of result.complaints.slice(0, 10)) say(`  ${complaint}`);
  },
});
const [first] = unsound;
if (first && options.shrink) await shrink(first, say);
say(
  options.json
    ? JSON.stringify(report)
    : `${report.payments} payments: ${report.paid_twice} paid twice, ${report.lost_centavos} centavos lost, ${report.stuck} stuck; ${report.steps_per_s} steps a second`,
);
process.exitCode = unsound.length === 0 ? 0 : 1;
