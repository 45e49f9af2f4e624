import { JunoError } from '../../juno/errors.ts';
import { TransportError } from '../../juno/transport.ts';
import type { Answered, Bench } from './bench.ts';

/** What was found, in a few words, and what it is seen by: shapes, statuses and codes, never what a field held. */
export type Answer = Readonly<{ found: string; evidence: string }>;

export type Question = Readonly<{
  id: string;
  question: string;
  /** What asking it costs or leaves behind; null where it only reads. */
  costs: string | null;
  ask: (bench: Bench) => Promise<Answer>;
}>;

/** It was asked, and what came back does not answer it; the message says what to do so that it does. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError';
}

/** Nothing here can show it, and Kustodia does not need it: no open question, and no failure. */
export class NothingToSeeError extends Error {
  override readonly name = 'NothingToSeeError';
}

/** "200", "401 0215". */
export const shown = ({ httpStatus, code }: { httpStatus: number; code: string | null }): string =>
  code === null ? String(httpStatus) : `${httpStatus} ${code}`;

export const isTaken = ({ httpStatus }: Answered): boolean => httpStatus >= 200 && httpStatus < 300;

/** What an error of the door says, for a table, and what to do about it: it names neither account nor secret. */
export function reasonOf(error: unknown): string {
  if (error instanceof JunoError) return `${error.message}. ${error.whatNext}`;
  if (error instanceof UnsettledError || error instanceof NothingToSeeError) return error.message;
  if (error instanceof TransportError) return `no whole answer (${error.message}): look at the network, and ask again`;
  return 'it failed for no reason of Juno’s: report it with the version of this command';
}

/** What to do about an answer that lets nobody in (A/authentication-error-02-http-401). */
export const adviceOn = (code: string | null): string =>
  ({
    '0201': 'Look at JUNO_STAGE_API_KEY: no such key is known.',
    '0202': 'Give the key the permission “View account information”, and with --spend those to redeem and withdraw.',
    '0206': 'It takes no nonces of 19 digits; the reactor sends no others.',
    '0207': 'Look at the clock of this machine, and at who else uses this key.',
    '0211': 'Put the address of this machine on the list of the key.',
    '0213': 'Put the address of this machine on the list of the key.',
    '0215': 'Look at JUNO_STAGE_API_SECRET: it is not that of the key.',
    '0216': 'The account is restricted: ask Juno why.',
  })[code ?? ''] ?? 'Look at the key, its permissions, and JUNO_BASE_URL.';

/** How long it took until it was there, in words. */
export async function seenAfter(bench: Bench, look: () => Promise<boolean>): Promise<string> {
  const started = performance.now();
  if (await look()) return 'at once';
  const seen = await bench.watch(async () => (await look()) || undefined);
  return seen ? `within ${Math.ceil((performance.now() - started) / 1_000)} s` : 'not in the time that was waited';
}
