/** What was signed, a line each, written to the disk before the signature is made; and the cap of a day, which so outlives a restart. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { RefusedError } from './refused.ts';

/** Some two hundred thousand signatures; then the file is put away and a new one begins. */
const MOST_BYTES = 100 * 1024 * 1024;
const FIRST = '0'.repeat(64);

export type Entry = Readonly<{
  act: string;
  contract: string;
  escrowId: string;
  paymentId: string;
  legId: string;
  disputes: number;
  expiry: number;
  centavos: string;
  digest: string;
}>;

const LINE = z.object({
  at: z.iso.datetime(),
  digest: z.string(),
  centavos: z
    .string()
    .regex(/^\d{1,30}$/)
    .transform(BigInt),
  before: z.string(),
});

export type JournalParameters = Readonly<{
  path: string;
  /** In a day (UTC). */
  most: Readonly<{ signatures: number; centavos: bigint }>;
  now: () => Date;
}>;

/** The file is not what was written to it. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

const hashOf = (line: string) => createHash('sha256').update(line).digest('hex');
const dayOf = (at: string) => at.slice(0, 10);

/**
 * Each line names the hash of the line before it, so that none can be taken out or changed without those after it; who takes the last
 * ones is told by the hashes in the log. What was signed today and is asked for again is the same permission, and counts once. Throws
 * a JournalError where the file was edited, or is full.
 */
export function openJournal({ path, most, now }: JournalParameters) {
  const file = openSync(path, 'a+', 0o600);
  const size = fstatSync(file).size;
  if (size > MOST_BYTES)
    throw new JournalError(
      'The file of APPROVER_JOURNAL is full. Put it away and start again; the next one begins empty.',
    );
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  // The machine stopped within its last line: nothing was signed for it.
  if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));

  let written = Buffer.byteLength(whole);
  let last = FIRST;
  let day = '';
  let today = new Map<string, bigint>();
  const count = (at: string, digest: string, centavos: bigint) => {
    if (dayOf(at) !== day) today = new Map();
    day = dayOf(at);
    today.set(digest, centavos);
  };
  for (const line of whole.split('\n').slice(0, -1)) {
    const read = LINE.safeParse(jsonOf(line));
    if (!read.success || read.data.before !== last)
      throw new JournalError(
        'The file of APPROVER_JOURNAL is not as it was written. Find out who changed it. Nothing was started.',
      );
    count(read.data.at, read.data.digest, read.data.centavos);
    last = hashOf(line);
  }

  return {
    /** Writes down what is about to be signed; answers the hash of its line. Throws a RefusedError where the day's cap is used up. */
    record: (entry: Entry): string => {
      const at = now().toISOString();
      const before = dayOf(at) === day ? today : new Map<string, bigint>();
      if (before.has(entry.digest)) return last;
      const used = [...before.values()].reduce((sum, one) => sum + one, BigInt(entry.centavos));
      if (before.size >= most.signatures || used > most.centavos)
        throw new RefusedError('cap', 'what it may sign in a day is used up; somebody should find out for what');
      const line = JSON.stringify({ at, ...entry, before: last });
      if (written + line.length > MOST_BYTES)
        throw new RefusedError('journal_full', 'the file of APPROVER_JOURNAL is full and has to be put away');
      const bytes = Buffer.from(`${line}\n`);
      if (writeSync(file, bytes) < bytes.length) {
        ftruncateSync(file, written);
        throw new RefusedError('journal_full', 'there is no room for the file of APPROVER_JOURNAL');
      }
      fsyncSync(file);
      written += bytes.length;
      last = hashOf(line);
      count(at, entry.digest, BigInt(entry.centavos));
      return last;
    },
    close: () => closeSync(file),
  };
}
export type Journal = ReturnType<typeof openJournal>;

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
