/** One world in a thread of its own, so that as many run at once as there are processors. Started by `run.ts` alone. */
import { parentPort, workerData } from 'node:worker_threads';
import { runWorld, type WorldParameters, type WorldResult } from './world.ts';

export type ThreadData = Omit<WorldParameters, 'tell'> & Readonly<{ isTold: boolean }>;
export type ThreadMessage = Readonly<{ line: string } | { result: WorldResult }>;

const say = (message: ThreadMessage): void => parentPort?.postMessage(message);
const { isTold, ...parameters } = workerData as ThreadData;
say({ result: await runWorld({ ...parameters, ...(isTold ? { tell: (line: string) => say({ line }) } : {}) }) });
