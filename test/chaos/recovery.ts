import type { Line } from './orders.ts';

const TAKEN = 'after commit of lane of payment taken';
const GIVEN_BACK = 'before commit of lane of payment given back';

/** Nothing more is to be done for whoever has come there. */
const AT_ITS_END = /^after commit of .*: (completed|expired|closed|replaced)\b/;

/**
 * From each death, for each payment that stood there: how long until another process did something for it. `held_ms`: the dead process
 * had its lane, so that nobody could before the lease ended. `woken_ms`: it had not, and the payment waited for its next wake-up, which
 * at the latest is a sweep. `abandoned`: the payments that nobody came back to, though they were not at their end; one whose making
 * never was committed is none.
 */
export function recoveriesOf(lines: readonly Line[]): { held_ms: number[]; woken_ms: number[]; abandoned: string[] } {
  const held_ms: number[] = [];
  const woken_ms: number[] = [];
  const holders = new Map<string, number>();
  const existing = new Set<string>();
  const ended = new Set<string>();
  /** Deaths whose payments nobody has come back to yet. */
  const open = new Map<string, { at: number; pid: number; isHeld: boolean }[]>();
  for (const line of lines) {
    if ('killed' in line) {
      for (const payment of line.payments)
        open.set(payment, [
          ...(open.get(payment) ?? []),
          { at: line.at, pid: line.pid, isHeld: holders.get(payment) === line.pid },
        ]);
      continue;
    }
    for (const payment of line.payments) {
      if (line.name.startsWith('after commit')) existing.add(payment);
      if (AT_ITS_END.test(line.name)) ended.add(payment);
      if (line.name === TAKEN) holders.set(payment, line.pid);
      // Whoever asks for a lane may be told that it is taken.
      const isWork = line.name === TAKEN || !line.name.includes('lane of');
      const deaths = open.get(payment) ?? [];
      const over = isWork ? deaths.filter(({ pid }) => pid !== line.pid) : [];
      for (const { at, isHeld } of over) (isHeld ? held_ms : woken_ms).push(line.at - at);
      if (over.length > 0) open.delete(payment);
      if (line.name === GIVEN_BACK && holders.get(payment) === line.pid) holders.delete(payment);
    }
  }
  const abandoned = [...open.keys()].filter((payment) => existing.has(payment) && !ended.has(payment));
  return { held_ms, woken_ms, abandoned };
}
