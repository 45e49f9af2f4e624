/** JSON lines on standard output. It names no error but by its class and code: a message may repeat an address with a key in it. */
export type Log = (level: 'info' | 'warn' | 'error' | 'fatal', line: Readonly<Record<string, unknown>>) => void;

export const log: Log = (level, line) => {
  process.stdout.write(
    `${JSON.stringify({ level, time: new Date().toISOString(), part: 'approver', pid: process.pid, ...line })}\n`,
  );
};

/** What a log may know of an error that is not ours. */
export function nameOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { error: error.name, ...code };
}
