import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Keeps this thread and its Postgres backend on one processor, by their system ids: they take turns, and a wake-up on another
 * processor costs as much as a query. Where there is no Linux, or it may not, nothing changes but the speed.
 */
export function shareProcessor(processor: number, backend: number): void {
  try {
    const thread = basename(readlinkSync('/proc/thread-self'));
    for (const id of [thread, String(backend)])
      execFileSync('taskset', ['--cpu-list', '--pid', String(processor), id], { stdio: 'ignore' });
  } catch {
    // Slower, and as sound.
  }
}
