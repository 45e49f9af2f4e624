import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Kept } from './keep.ts';
import { startServer } from './server.ts';
import type { ThreadData, ThreadMessage } from './thread.ts';
import type { WorldParameters, WorldResult } from './world.ts';

/** Payments of one world: enough to meet one another, few enough that a failure can be read. */
export const WORLD = 500;

export type RunParameters = Readonly<{
  payments: number;
  seed: number;
  /** One world alone: its seed is then the one given. */
  isOneWorld?: boolean;
  withoutPayments?: ReadonlySet<number>;
  withoutFaults?: ReadonlySet<string>;
  /** Worlds that ended before, which are not run again, and where those that end now are kept. */
  kept?: Kept;
  /** Is told of each world as it ends. */
  onWorld?: (world: Readonly<{ seed: number; payments: number; result: WorldResult }>) => void;
  tell?: (line: string) => void;
}>;

export type Report = {
  payments: number;
  /** Of those, how many came into being: the others were refused each time that they were asked for. */
  made: number;
  seed: number;
  faults: Record<string, number>;
  /** How many payments had which fate beside an ordinary one, and how often what came to pass of them. */
  fates: Record<string, number>;
  acts: Record<string, number>;
  paid_twice: number;
  lost_centavos: number;
  stuck: number;
  needs_attention: Record<string, number>;
  /** All that is not sound, in judge's and auditor's words; a run with any of them fails. */
  complaints: number;
  /** Those of them that are the auditor's. */
  audit_findings: number;
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

/** Runs a world in a thread of its own. */
const runInThread = ({ tell, ...parameters }: WorldParameters): Promise<WorldResult> =>
  new Promise((resolve, reject) => {
    const workerData: ThreadData = { ...parameters, isTold: tell !== undefined };
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
    worker.on('message', (message: ThreadMessage) => {
      if ('result' in message) resolve(message.result);
      else tell?.(message.line);
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`The thread of world ${parameters.seed} ended without a result.`)));
  });

/**
 * Runs worlds on one Postgres of their own, as many at once as there are processors; none knows of another. Answers the sums, what
 * each came to, in their order, and the worlds that are not sound.
 */
export async function simulate(parameters: RunParameters): Promise<{
  report: Report;
  worlds: WorldResult[];
  unsound: { seed: number; payments: number; result: WorldResult }[];
}> {
  const { payments, seed, isOneWorld = false, onWorld = () => undefined, kept, ...rest } = parameters;
  const started = performance.now();
  const size = isOneWorld ? payments : WORLD;
  const asked = Array.from({ length: Math.ceil(payments / size) }, (_, world) => ({
    seed: isOneWorld ? seed : seedOf(seed, world),
    payments: Math.min(size, payments - world * size),
  }));
  const worlds: WorldResult[] = [];
  for (const [at, result] of kept?.worlds ?? []) worlds[at] = result;
  let stepsNow = 0;
  const server = await startServer();
  try {
    const left = [...asked.entries()].filter(([at]) => worlds[at] === undefined).values();
    const work = async (_: unknown, at: number): Promise<void> => {
      const processor = asked.length > 1 ? at : undefined;
      for (const [world, one] of left) {
        const result = await server.withDatabase((url) => runInThread({ ...rest, ...one, url, processor }));
        worlds[world] = result;
        stepsNow += result.steps;
        kept?.add(world, result);
        onWorld({ ...one, result });
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    await server.stop();
  }
  const report: Report = {
    payments,
    made: 0,
    seed,
    faults: {},
    fates: {},
    acts: {},
    paid_twice: 0,
    lost_centavos: 0,
    stuck: 0,
    needs_attention: {},
    complaints: 0,
    audit_findings: 0,
    steps: 0,
    steps_per_s: 0,
  };
  for (const result of worlds) {
    report.paid_twice += result.paid_twice;
    report.lost_centavos += result.lost_centavos;
    report.stuck += result.stuck;
    report.complaints += result.complaints.length;
    report.audit_findings += result.auditFindings;
    report.steps += result.steps;
    addTo(report.faults, result.faults);
    report.made += Object.values(result.fates).reduce((sum, count) => sum + count, 0);
    addTo(report.fates, result.fates);
    addTo(report.acts, result.acts);
    addTo(report.needs_attention, result.needs_attention);
  }
  report.steps_per_s = Math.round((stepsNow / (performance.now() - started)) * 1000);
  const unsound = asked.flatMap((one, at) => {
    const result = worlds[at];
    return result && !isSound(result) ? [{ ...one, result }] : [];
  });
  return { report, worlds, unsound };
}
