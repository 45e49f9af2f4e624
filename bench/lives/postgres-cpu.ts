import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of a second, in /proc. */
const TICKS = 100;

/** What the server in this folder has used of the processors, in ms: that of all its processes that live. */
export function postgresCpu_ms(folder: string): number {
  const [postmaster = ''] = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // The name in parentheses may hold spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (fields[1] === postmaster) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended while it was read.
    }
  }
  return (ticks / TICKS) * 1000;
}
