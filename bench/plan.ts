/** Which benchmarks `npm run bench` runs, in which sizes; `full` is given besides where it is asked to take long. */
export type Planned = Readonly<{ name: string; args: readonly string[]; full?: readonly string[] }>;

export const PLAN: readonly Planned[] = [{ name: 'lives', args: ['--payments', '200'], full: ['--payments', '1000'] }];
