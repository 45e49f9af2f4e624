import { FATE_NAMES } from './fates.ts';
import { EVENTS, RATES } from './faults.ts';
import { isSound, simulate } from './run.ts';

/** More runs than these tell nobody more. */
const MOST_RUNS = 60;
const KINDS = [...EVENTS, ...Object.keys(RATES), ...FATE_NAMES];

/** A world without some of its payments, by their numbers, and without some kinds of faults and of fates. */
export type Without = Readonly<{ payments: ReadonlySet<number>; faults: ReadonlySet<string> }>;

/**
 * The shortest history that is found of a failure: first without half of its payments, a quarter, … down to one by one, as long as
 * it still fails; then without whole kinds of faults and of fates. Asks `fails` of `mostRuns` histories at most. Draws hang on names, so what is left
 * out changes nothing of the rest.
 */
export async function shortest({
  payments,
  kinds,
  mostRuns = MOST_RUNS,
  fails,
}: Readonly<{
  payments: number;
  kinds: readonly string[];
  mostRuns?: number;
  fails: (without: Without) => Promise<boolean>;
}>): Promise<Without> {
  let runs = 0;
  const stillFails = async (without: Without) => runs++ < mostRuns && (await fails(without));
  const all = Array.from({ length: payments }, (_, index) => index);
  const butFor = (kept: readonly number[]): ReadonlySet<number> =>
    new Set(all.filter((index) => !kept.includes(index)));

  let left: readonly number[] = all;
  for (let size = Math.ceil(payments / 2); left.length > 1; size = Math.ceil(size / 2)) {
    for (let at = 0; at < left.length && left.length > 1; ) {
      const fewer = left.toSpliced(at, size);
      if (fewer.length > 0 && (await stillFails({ payments: butFor(fewer), faults: new Set() }))) left = fewer;
      else at += size;
    }
    if (size <= 1) break;
  }
  let faults: ReadonlySet<string> = new Set();
  for (const kind of kinds) {
    const more = new Set([...faults, kind]);
    if (await stillFails({ payments: butFor(left), faults: more })) faults = more;
  }
  return { payments: butFor(left), faults };
}

/** The one command that replays a history of a world. */
export const commandFor = (
  world: Readonly<{ seed: number; payments: number }>,
  { payments, faults }: Without,
): string =>
  [
    `npm run simulate -- --world --seed ${world.seed} --payments ${world.payments}`,
    ...(payments.size > 0 ? [`--without-payments ${[...payments].join(',')}`] : []),
    ...(faults.size > 0 ? [`--without-faults ${[...faults].join(',')}`] : []),
    '--tell --no-shrink',
  ].join(' ');

/** Looks for the shortest history of a world’s failure, tells it line by line, and the command that replays it. */
export async function shrink(
  failed: Readonly<{ seed: number; payments: number }>,
  say: (line: string) => void,
): Promise<void> {
  const { seed, payments } = failed;
  const run = ({ payments: withoutPayments, faults: withoutFaults }: Without, tell?: (line: string) => void) =>
    simulate({ payments, seed, isOneWorld: true, withoutPayments, withoutFaults, ...(tell ? { tell } : {}) });
  const found = await shortest({
    payments,
    kinds: KINDS,
    fails: async (without) => (await run(without)).unsound.some(({ result }) => !isSound(result)),
  });
  say(
    `The shortest history found of world ${seed}: ${payments - found.payments.size} payments, faults without ${[...found.faults].join(', ') || 'none'}.`,
  );
  await run(found, say);
  say(`Replay it: ${commandFor(failed, found)}`);
}
