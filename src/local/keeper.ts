/**
 * Sees to it that nothing outlives us, even when we are killed without a chance to tidy up: a process of its own that learns
 * what we started and, when its standard input ends, kills what is left of it and removes our folder. Postgres and anvil do
 * not watch their input themselves.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { killGroup } from './kill-group.ts';

export type Keeper = Readonly<{
  watch: (pid: number) => void;
  forget: (pid: number) => void;
  /** Lets it finish: it removes the folder and ends. */
  close: () => Promise<void>;
}>;

/** Starts the keeper of a folder and of the processes named to it. */
export function startKeeper(folder: string): Keeper {
  const child = spawn(process.execPath, [import.meta.filename, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { NODE_NO_WARNINGS: '1' },
  });
  // Should it be killed, the world still stops by itself; only a kill of both leaves something behind.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    watch: (pid) => void child.stdin.write(`watch ${pid}\n`),
    forget: (pid) => void child.stdin.write(`forget ${pid}\n`),
    close: () => {
      child.stdin.end();
      return exited;
    },
  };
}

function keep(folder: string): void {
  const watched = new Set<number>();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [command, pid] = line.split(' ');
    if (command === 'watch') watched.add(Number(pid));
    else watched.delete(Number(pid));
  });
  lines.on('close', () => {
    for (const pid of watched) killGroup(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
}

const [, self, folder] = process.argv;
if (self === import.meta.filename && folder) keep(folder);
