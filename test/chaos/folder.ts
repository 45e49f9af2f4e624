import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINE, type Line, type Orders } from './orders.ts';

/** The folder by which a run and its reactors talk. */
export function openOrders(folder: string) {
  const file = join(folder, 'orders.json');
  const logFile = join(folder, 'points.log');
  let current: Orders = { armed: null, spared: [], wanted: null, only: '', patience_ms: 2_000 };
  let offset = 0;
  let given = '';
  return {
    give: (change: Partial<Orders>): void => {
      current = { ...current, ...change };
      const text = JSON.stringify(current);
      if (text === given) return;
      given = text;
      // Whoever reads it meanwhile sees the old or the new, never a half.
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
    /** What was told since. */
    read: (): Line[] => {
      if (!existsSync(logFile)) return [];
      const descriptor = openSync(logFile, 'r');
      const bytes = Buffer.alloc(fstatSync(descriptor).size - offset);
      readSync(descriptor, bytes, 0, bytes.length, offset);
      closeSync(descriptor);
      const end = bytes.lastIndexOf('\n') + 1;
      offset += end;
      return bytes
        .subarray(0, end)
        .toString('utf8')
        .split('\n')
        .filter(Boolean)
        .map((one) => LINE.parse(JSON.parse(one)));
    },
  };
}
