/** Which benchmarks `npm run bench` runs, in which sizes; `full` is given besides where it is asked to take long. */
export type Planned = Readonly<{ name: string; args: readonly string[]; full?: readonly string[] }>;

export const PLAN: readonly Planned[] = [
  { name: 'event-to-intent', args: [], full: ['--payments', '100'] },
  { name: 'due-to-broadcast', args: [], full: ['--payments', '100'] },
  { name: 'webhook-to-intent', args: [], full: ['--payments', '100'] },
  { name: 'webhook-ack', args: [], full: ['--count', '20000'] },
  {
    name: 'lives',
    args: ['--payments', '200', '--in-flight', '60'],
    full: ['--payments', '1000', '--in-flight', '100'],
  },
  {
    name: 'scaling',
    args: ['--payments', '80', '--in-flight', '40'],
    full: ['--payments', '400', '--in-flight', '100'],
  },
  { name: 'world-lives', args: ['--payments', '30'], full: ['--payments', '100'] },
  { name: 'memory', args: ['--payments', '30'], full: ['--payments', '200'] },
  { name: 'releases', args: [], full: ['--releases', '1000'] },
  { name: 'cron-ratio', args: [], full: ['--payments', '40'] },
  { name: 'open-escrows', args: [], full: ['--counts', '0,10000,100000,1000000', '--payments', '100'] },
  { name: 'open-ponder', args: [], full: ['--escrows', '100000'] },
  { name: 'catch-up', args: [], full: ['--events', '20000'] },
  { name: 'restart', args: [], full: ['--restarts', '10'] },
  { name: 'console', args: [], full: ['--payments', '1000000'] },
  { name: 'year', args: [], full: ['--rows', '10000000', '--turns', '2000'] },
  { name: 'rate', args: [] },
];
