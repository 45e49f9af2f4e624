import { setTimeout as sleep } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { z } from 'zod';
import { gather } from './gather.ts';
import type { Job, Queue } from './port.ts';
import { openSlots } from './slots.ts';

/** Rung now: at most one waits for each subject. */
const LOOK = 'look';
/** Rung at a moment. */
const ALARM = 'alarm';
const POLL_S = 1;
/** Fetched at once when a full batch was; else a backlog would wait for a NOTIFY or for 30 s, and a batch of one never counts as full. */
const DRAIN = { burstWhenBatchFull: true };
const LEAST_BATCH = 2;
const STOP_MS = 5_000;
/** Alarms of one subject within this time are one: otherwise each wake-up during a wait would begin a chain of its own. */
const BUCKET_MS = 500;
const bucketOf = (at: Date) => Math.floor(at.getTime() / BUCKET_MS);

const JOB = z.object({ lane: z.enum(['payment', 'user', 'destination', 'intake']), id: z.string().min(1) });

/**
 * The queue over pg-boss 12, woken by NOTIFY. Its jobs are thrown away freely: the truth is in the reactor's tables, and the
 * sweep finds what a lost job would have shown.
 */
export async function openBoss(connectionString: string, log: Logger): Promise<Queue> {
  // The schema is made with the others: the reactor's login may make none.
  const boss = new PgBoss({ connectionString, schema: 'queue', createSchema: false, max: 4, useListenNotify: true });
  boss.on('error', (error) =>
    log.warn({ event: 'queue_trouble', err: error }, 'the queue had trouble; the sweep covers for it'),
  );
  await boss.start();
  const bounded = { retryLimit: 0, expireInSeconds: 120, retentionSeconds: 86_400, deleteAfterSeconds: 60 };
  await boss.createQueue(LOOK, { policy: 'short', notify: true, ...bounded });
  await boss.createQueue(ALARM, { policy: 'short', ...bounded });
  let slots = openSlots(0);
  const keyOf = (job: Job) => `${job.lane}:${job.id}`;
  const ring = gather<Job>((jobs) =>
    boss.insert(
      LOOK,
      jobs.map((data) => ({ data, singletonKey: keyOf(data) })),
    ),
  );
  const setAlarm = gather<Readonly<{ job: Job; at: Date }>>((alarms) =>
    boss.insert(
      ALARM,
      alarms.map(({ job, at }) => ({ data: job, singletonKey: `${keyOf(job)}@${bucketOf(at)}`, startAfter: at })),
    ),
  );

  return {
    enqueue: (job, options) =>
      options?.at && options.at.getTime() > Date.now() ? setAlarm({ job, at: options.at }) : ring(job),
    work: async (handler, { concurrency }) => {
      // A NOTIFY wakes each worker of each process, so there is one, which has what it fetched looked at side by side. Nothing is lost that
      // is done with before it was looked at: the sweep finds it.
      const batchSize = Math.max(LEAST_BATCH, Math.floor(concurrency / 2));
      slots = openSlots(Math.max(concurrency, batchSize));
      const lookAll = async (jobs: readonly { data: unknown }[]) => {
        for (const { data } of jobs) slots.begin(async () => handler(JOB.parse(data)));
        // No more is fetched than can begin.
        await slots.room(batchSize);
      };
      const ringAll = async (jobs: readonly { data: unknown }[]) => {
        await Promise.all(jobs.map(({ data }) => ring(JOB.parse(data))));
      };
      await boss.work(LOOK, { batchSize, ...DRAIN, pollingIntervalSeconds: POLL_S }, lookAll);
      await boss.work(ALARM, { batchSize: 100, ...DRAIN, pollingIntervalSeconds: 0.5 }, ringAll);
    },
    cancel: async (job) => {
      const alarms = await boss.findJobs(ALARM, { queued: true, data: job });
      if (alarms.length > 0)
        await boss.cancel(
          ALARM,
          alarms.map((alarm) => alarm.id),
        );
    },
    stats: async () => {
      const [look, alarm] = await Promise.all([boss.getQueueStats(LOOK), boss.getQueueStats(ALARM)]);
      const all = [...look, ...alarm];
      return {
        // Those that wait for their moment are among the queued.
        waiting: all.reduce((n, q) => n + q.queuedCount, 0),
        active: slots.count() + all.reduce((n, q) => n + q.activeCount, 0),
      };
    },
    stop: async () => {
      await boss.stop({ graceful: true, timeout: STOP_MS });
      await Promise.race([slots.rest(), sleep(STOP_MS, undefined, { ref: false })]);
    },
  };
}
