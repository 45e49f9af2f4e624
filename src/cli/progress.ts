import type { Output } from './output.ts';

/** What long work is at, for whoever waits at a terminal; a script, or a file that the errors go to, is told nothing. */
export type Progress = Readonly<{ step: (what: string) => void; done: () => void }>;

/** `isTerminal` is whether somebody sees it: whether standard error is a terminal, unless told. */
export function progress(
  err: Output['err'],
  { isTerminal = process.stderr.isTTY, monotonic = () => performance.now() } = {},
): Progress {
  const began = monotonic();
  const say = (what: string) => {
    if (isTerminal) err(`[${((monotonic() - began) / 1000).toFixed(1)} s] ${what}`);
  };
  return { step: (what) => say(`${what} …`), done: () => say('done') };
}
