/** 0 done, 1 refused or something is wrong, 2 the command was not understood, 3 nobody answered. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where a command writes, so that a test can read it. */
export type Output = Readonly<{ out: (line: string) => void; err: (line: string) => void }>;

export const CONSOLE: Output = { out: (line) => console.log(line), err: (line) => console.error(line) };

/** A command that cannot go on: what to print for people, what for machines, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly body: Readonly<Record<string, unknown>>;
  constructor(message: string, exitCode: ExitCode, body: Record<string, unknown> = {}) {
    super(message);
    this.exitCode = exitCode;
    this.body = body;
  }
}

/** What moves a terminal's cursor, or turns what follows around: names that banks and people wrote may hold it. */
const MOVES = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const plain = (text: string): string => text.replaceAll(MOVES, '�');
const plainLines = (text: string): string => text.split('\n').map(plain).join('\n');

/** Columns as wide as their widest cell, the last one ragged. */
export function table(head: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(plain));
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Names beside values, one a line. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${plain(name).padEnd(width)}  ${plainLines(value)}`).join('\n');
}
