/** What there is to look at. Carries no decision and no truth: losing one costs at most a sweep. */
export type Job = Readonly<{ lane: 'payment' | 'user' | 'destination' | 'intake'; id: string }>;

/** The alarm clock and the doorbell. The truth is never in the queue. */
export type Queue = Readonly<{
  /** Asks that somebody looks, now or at a moment; asking twice is asking once. */
  enqueue: (job: Job, options?: { at?: Date }) => Promise<void>;
  /** Starts to work on jobs, several at a time; a job that throws is looked at again by the sweep. */
  work: (handler: (job: Job) => Promise<void>, options: { concurrency: number }) => Promise<void>;
  /** Forgets alarms that have not rung yet. */
  cancel: (job: Job) => Promise<void>;
  /** Jobs that wait, and jobs under way. */
  stats: () => Promise<{ waiting: number; active: number }>;
  stop: () => Promise<void>;
}>;
