import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../src/local/world.ts';

/** Of a second, in /proc. */
const TICKS = 100;

type Process = Readonly<{ parent: number; own: number; ended: number }>;

/** What each part of a world has used of the processors since its start, in ms. */
export function cpuOf(
  world: World,
): Readonly<Record<'postgres' | 'reactors' | 'indexer' | 'anvil' | 'sandbox', number>> {
  const processes = readProcesses();
  const [postmaster = ''] = readFileSync(join(world.folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const of = (pid: number) => treeOf(processes, pid);
  return {
    postgres: of(Number(postmaster)),
    reactors: world.reactors().reduce((sum, { pid }) => sum + of(pid), 0),
    indexer: of(world.indexer().pid),
    anvil: of(world.anvil.pid),
    sandbox: of(world.sandbox.pid),
  };
}

/** A process with all that it started, those too that ended and were waited for. */
function treeOf(processes: ReadonlyMap<number, Process>, root: number): number {
  const isOf = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return pid === root || (parent !== undefined && parent > 1 && isOf(parent));
  };
  const ticks = [...processes].filter(([pid]) => isOf(pid)).reduce((sum, [, { own, ended }]) => sum + own + ended, 0);
  return (ticks / TICKS) * 1000;
}

function readProcesses(): ReadonlyMap<number, Process> {
  const processes = new Map<number, Process>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // The name in parentheses may hold spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number);
      const [parent = 0, own = 0, ended = 0] = [
        fields[1],
        (fields[11] ?? 0) + (fields[12] ?? 0),
        (fields[13] ?? 0) + (fields[14] ?? 0),
      ];
      processes.set(Number(pid), { parent, own, ended });
    } catch {
      // It ended while it was read.
    }
  }
  return processes;
}
