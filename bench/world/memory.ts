import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process and all that it started, in MB. */
export function rss_mb(pid: number): number {
  const parents = new Map<number, number>();
  const resident = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      parents.set(Number(name), of('PPid'));
      resident.set(Number(name), of('VmRSS'));
    } catch {
      // It ended while it was read.
    }
  }
  const isOf = (one: number | undefined): boolean =>
    one === pid || (one !== undefined && one > 1 && isOf(parents.get(one)));
  const kib = [...resident].filter(([one]) => isOf(one)).reduce((sum, [, of]) => sum + of, 0);
  return Math.round(kib / 1024);
}
