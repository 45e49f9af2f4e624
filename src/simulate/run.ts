import { createHash } from 'node:crypto';
import { startServer } from './server.ts';
import { runWorld, type WorldParameters, type WorldResult } from './world.ts';

/** Payments of one world: enough to meet one another, few enough that a failure can be read. */
export const WORLD = 200;

export type RunParameters = Readonly<{
  payments: number;
  seed: number;
  /** One world alone: its seed is then the one given. */
  isOneWorld?: boolean;
  withoutPayments?: ReadonlySet<number>;
  withoutFaults?: ReadonlySet<string>;
  /** Is told of each world as it ends. */
  onWorld?: (world: Readonly<{ seed: number; payments: number; result: WorldResult }>) => void;
  tell?: (line: string) => void;
}>;

export type Report = {
  payments: number;
  seed: number;
  faults: Record<string, number>;
  paid_twice: number;
  lost_centavos: number;
  stuck: number;
  needs_attention: Record<string, number>;
  steps: number;
  steps_per_s: number;
};

/** Each world has a seed of its own, told from the run’s: a failure names that one. */
export const seedOf = (seed: number, world: number): number =>
  createHash('sha256').update(`${seed}|${world}`).digest().readUInt32BE(0);

export const isSound = ({ complaints }: WorldResult): boolean => complaints.length === 0;

const addTo = (total: Record<string, number>, more: Readonly<Record<string, number>>) => {
  for (const [name, count] of Object.entries(more)) total[name] = (total[name] ?? 0) + count;
};

/** Runs world after world on one Postgres of their own. Answers the sums, what each came to, and the worlds that are not sound. */
export async function simulate(parameters: RunParameters): Promise<{
  report: Report;
  worlds: WorldResult[];
  unsound: { seed: number; payments: number; result: WorldResult }[];
}> {
  const { payments, seed, isOneWorld = false, onWorld = () => undefined, ...rest } = parameters;
  const started = performance.now();
  const report: Report = {
    payments,
    seed,
    faults: {},
    paid_twice: 0,
    lost_centavos: 0,
    stuck: 0,
    needs_attention: {},
    steps: 0,
    steps_per_s: 0,
  };
  const unsound: { seed: number; payments: number; result: WorldResult }[] = [];
  const worlds: WorldResult[] = [];
  const server = await startServer();
  try {
    const size = isOneWorld ? payments : WORLD;
    for (let world = 0; world * size < payments; world++) {
      const one = { seed: isOneWorld ? seed : seedOf(seed, world), payments: Math.min(size, payments - world * size) };
      const result = await server.withDatabase((url) => runWorld({ ...rest, ...one, url } satisfies WorldParameters));
      report.paid_twice += result.paid_twice;
      report.lost_centavos += result.lost_centavos;
      report.stuck += result.stuck;
      report.steps += result.steps;
      addTo(report.faults, result.faults);
      addTo(report.needs_attention, result.needs_attention);
      worlds.push(result);
      if (!isSound(result)) unsound.push({ ...one, result });
      onWorld({ ...one, result });
    }
  } finally {
    await server.stop();
  }
  report.steps_per_s = Math.round((report.steps / (performance.now() - started)) * 1000);
  return { report, worlds, unsound };
}
