import { EVENTS, RATES } from './faults.ts';
import { isSound, simulate } from './run.ts';

/** More runs than these tell nobody more. */
const MOST_RUNS = 60;

/**
 * Looks for the shortest history of a world’s failure: first without whole kinds of faults, then with half of its payments, a
 * quarter, … as long as it still fails. Draws hang on names, so what is left out changes nothing of the rest. Tells the history,
 * and the one command that replays it.
 */
export async function shrink(
  failed: Readonly<{ seed: number; payments: number }>,
  say: (line: string) => void,
): Promise<void> {
  const { seed, payments } = failed;
  let runs = 0;
  const fails = async (
    withoutPayments: ReadonlySet<number>,
    withoutFaults: ReadonlySet<string>,
    tell?: (line: string) => void,
  ): Promise<boolean> => {
    if (++runs > MOST_RUNS) return false;
    const { unsound } = await simulate({
      payments,
      seed,
      isOneWorld: true,
      withoutPayments,
      withoutFaults,
      ...(tell ? { tell } : {}),
    });
    return unsound.some(({ result }) => !isSound(result));
  };

  let faults: ReadonlySet<string> = new Set();
  let left = Array.from({ length: payments }, (_, index) => index);
  const without = (kept: readonly number[]): ReadonlySet<number> => {
    const stays = new Set(kept);
    return new Set(Array.from({ length: payments }, (_, index) => index).filter((index) => !stays.has(index)));
  };
  for (
    let size = Math.ceil(left.length / 2);
    size >= 1 && left.length > 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < left.length && left.length > 1; ) {
      const fewer = left.toSpliced(at, size);
      if (fewer.length > 0 && (await fails(without(fewer), faults))) left = fewer;
      else at += size;
    }
  }
  for (const name of [...EVENTS, ...Object.keys(RATES)]) {
    const more = new Set([...faults, name]);
    if (await fails(without(left), more)) faults = more;
  }
  runs = 0;
  say(
    `The shortest history found of world ${seed}: ${left.length} payments, faults without ${[...faults].join(', ') || 'none'}.`,
  );
  await fails(without(left), faults, say);
  const gone = [...without(left)].join(',');
  say(
    `Replay it: npm run simulate -- --world --seed ${seed} --payments ${payments}${gone && ` --without-payments ${gone}`}${faults.size > 0 ? ` --without-faults ${[...faults].join(',')}` : ''} --tell --no-shrink`,
  );
}
