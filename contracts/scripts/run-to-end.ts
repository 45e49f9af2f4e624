import { spawn } from 'node:child_process';

const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

export type RunOptions = Readonly<{ cwd: string; env: NodeJS.ProcessEnv; timeoutMs: number }>;

/** How a program ended; `killed` says that it had to be, for its time or for what it printed. */
export type Ended = Readonly<{ code: number | null; killed: string | null; stdout: string; stderr: string }>;

/**
 * Runs a program to its end. It has a process group of its own, so that the time limit also ends what it has started: forge does not
 * take its compiler with it, which would go on for minutes with nobody to read what it makes. Throws where it cannot be started.
 */
export function runToEnd(binary: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let bytes = 0;
    let killed: string | null = null;
    const kill = (why: string) => {
      killed ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    };
    const killAtExit = () => kill('we ended');
    process.once('exit', killAtExit);
    const timer = setTimeout(() => kill(`it took more than ${timeoutMs / 1_000} s`), timeoutMs);
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > OUTPUT_LIMIT_BYTES) kill('it printed too much');
        else printed[name].push(chunk);
      });
    const done = () => {
      clearTimeout(timer);
      process.off('exit', killAtExit);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    // Not before whoever inherited its output has ended too.
    child.on('close', (code) => {
      done();
      const [stdout, stderr] = [printed.stdout, printed.stderr].map((chunks) => Buffer.concat(chunks).toString());
      resolve({ code, killed, stdout: stdout ?? '', stderr: stderr ?? '' });
    });
  });
}
