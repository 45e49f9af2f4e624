/** What was signed, a line each, written to the disk before the signature is made; and the cap of a day, which so outlives a restart. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { RefusedError } from './refused.ts';

/** Some two hundred thousand signatures; then the file is put away and a new one begins. */
const MOST_BYTES = 100 * 1024 * 1024;
const FIRST = '0'.repeat(64);
/** In a day, for one act on one escrow: a signature is good for a day, and a dispute in between asks for another. */
const MOST_OF_ONE = 8;

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
  act: z.string(),
  contract: z.string(),
  escrowId: z.string(),
  digest: z.string(),
  centavos: z
    .string()
    .regex(/^\d{1,30}$/)
    .transform(BigInt),
  before: z.string(),
});

export type JournalParameters = Readonly<{
  path: string;
  /** In a day (UTC): pesos count once for each act on an escrow, however often it is signed again. */
  most: Readonly<{ signatures: number; centavos: bigint }>;
  now: () => Date;
}>;

/** The file is not what was written to it. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

type Signed = Readonly<{ act: string; contract: string; escrowId: string; digest: string; centavos: bigint }>;
/** By act and escrow: its pesos, and what was signed. */
type Day = Map<string, Readonly<{ centavos: bigint; digests: Set<string> }>>;
const nameOf = ({ act, contract, escrowId }: Omit<Signed, 'digest' | 'centavos'>) => `${act} ${contract} ${escrowId}`;

/**
 * The file that one process has for itself until it ends, however it ends: the lock is the kernel's, taken by SQLite on an empty database
 * beside it. A file with a process id would outlive a process that was killed, and be believed where another has its number.
 */
function lock(path: string): DatabaseSync {
  const held = new DatabaseSync(`${realOf(path)}.lock`, { timeout: 0 });
  try {
    held.exec('BEGIN EXCLUSIVE');
    return held;
  } catch (cause) {
    held.close();
    throw new JournalError(
      'Another process has the file of APPROVER_JOURNAL: with two of them the day’s cap would count twice. Nothing was started.',
      { cause },
    );
  }
}

/** Under whatever name: one file has one lock. One that is not there yet has the name of its folder. */
const realOf = (path: string): string =>
  existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));

const hashOf = (line: string) => createHash('sha256').update(line).digest('hex');
const dayOf = (at: string) => at.slice(0, 10);

/**
 * Each line names the hash of the line before it, so that none can be taken out or changed without those after it; who takes the last
 * ones is told by the hashes in the log. What was signed today and is asked for again is the same permission, and counts once. Throws
 * a JournalError where the file was edited, is full, or is another process's.
 */
export function openJournal(parameters: JournalParameters) {
  const held = lock(parameters.path);
  try {
    return openLocked(parameters, held);
  } catch (error) {
    held.close();
    throw error;
  }
}

function openLocked({ path, most, now }: JournalParameters, held: DatabaseSync) {
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
  let today: Day = new Map();
  const count = (at: string, signed: Signed) => {
    if (dayOf(at) > day) [day, today] = [dayOf(at), new Map()];
    const one = today.get(nameOf(signed)) ?? { centavos: signed.centavos, digests: new Set() };
    one.digests.add(signed.digest);
    today.set(nameOf(signed), one);
  };
  for (const line of whole.split('\n').slice(0, -1)) {
    const read = LINE.safeParse(jsonOf(line));
    if (!read.success || read.data.before !== last)
      throw new JournalError(
        'The file of APPROVER_JOURNAL is not as it was written. Find out who changed it. Nothing was started.',
      );
    count(read.data.at, read.data);
    last = hashOf(line);
  }

  return {
    /** Writes down what is about to be signed; answers the hash of its line. Throws a RefusedError where the day's cap is used up. */
    record: (entry: Entry): string => {
      const at = now().toISOString();
      const signed = { ...entry, centavos: BigInt(entry.centavos) };
      // A clock that is set back goes on with the day that was begun: its cap is not given twice.
      const before: Day = dayOf(at) > day ? new Map() : today;
      const own = before.get(nameOf(signed));
      if (own?.digests.has(entry.digest)) return last;
      const all = [...before.values()];
      const signatures = all.reduce((sum, { digests }) => sum + digests.size, 0);
      const used = all.reduce((sum, one) => sum + one.centavos, own ? 0n : signed.centavos);
      if (signatures >= most.signatures || used > most.centavos)
        throw new RefusedError('cap', 'what it may sign in a day is used up; somebody should find out for what');
      if (own && own.digests.size >= MOST_OF_ONE)
        throw new RefusedError(
          'cap',
          'what it may sign in a day for one escrow is used up; somebody should find out why',
        );
      const line = JSON.stringify({ at, ...entry, before: last });
      if (written + line.length > MOST_BYTES)
        throw new RefusedError('journal_full', 'the file of APPROVER_JOURNAL is full and has to be put away');
      const bytes = Buffer.from(`${line}\n`);
      try {
        if (writeSync(file, bytes) < bytes.length)
          throw new RefusedError('journal_full', 'there is no room for the file of APPROVER_JOURNAL');
        fsyncSync(file);
      } catch (error) {
        // Nothing is signed for it; left behind, it would break the chain for the line after it.
        ftruncateSync(file, written);
        throw error;
      }
      written += bytes.length;
      last = hashOf(line);
      count(at, signed);
      return last;
    },
    close: () => {
      closeSync(file);
      held.close();
    },
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
