import type { Job } from '../reactor/queue/port.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Process } from './process.ts';
import type { Time } from './time.ts';

const BUCKET_MS = 500;

export type Jobs = Readonly<{
  /** Gives a job to a process that takes some; it waits for as long as none does. */
  enqueue: (job: Job, wait_ms: number) => void;
  /** A process takes jobs from now on. */
  onWork: () => void;
}>;

/** The queue between the processes. Of what is asked for, one in ten is lost. */
export function createJobs({
  time,
  chance,
  faults,
  processes,
  stirredAt,
}: Readonly<{
  time: Time;
  chance: Chance;
  faults: Faults;
  processes: () => readonly Process[];
  /** When something last happened outside. */
  stirredAt: () => number;
}>): Jobs {
  const ringing = new Set<string>();
  let waiting: { name: string; ring: () => unknown }[] = [];
  return {
    enqueue: (job, asked_ms) => {
      const name = `job ${job.lane} ${job.id}`;
      // While nothing happens outside, alarms rest like the loops: the sweep that comes soon after the next stir finds what is due.
      const wait_ms = asked_ms > 0 ? Math.max(asked_ms, time.now_ms() - stirredAt()) : 0;
      // As the queue does it: one look waits for each subject, and one alarm within each half second.
      const own = wait_ms <= 0 ? name : `${name}@${Math.floor((time.now_ms() + wait_ms) / BUCKET_MS)}`;
      if (ringing.has(own)) return;
      const of = chance.next(name);
      if (faults.strikes('wakeup_lost', of)) return;
      ringing.add(own);
      time.after(wait_ms + of.int(1, 30), name, function ring(): unknown {
        const handlers = processes().flatMap((one) => (one.isDead() ? [] : (one.handler() ?? [])));
        if (handlers.length === 0) return waiting.push({ name, ring });
        ringing.delete(own);
        return chance.next(`who ${name}`).pick(handlers)(job);
      });
    },
    onWork: () => {
      const late = waiting;
      waiting = [];
      for (const { name, ring } of late) time.after(1, name, ring);
    },
  };
}
