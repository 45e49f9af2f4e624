import { randomInt, randomUUID } from 'node:crypto';
import { CliError, EXIT } from '../output.ts';
import type { Answered } from './bench.ts';
import { adviceOn, isTaken, type Question, shown, UnsettledError } from './question.ts';
import { fieldOf, keysOf, kindOf } from './shape.ts';

const CLABES = '/spei/v1/clabes';
const QUERIED = `${CLABES}?clabe_type=AUTO_PAYMENT`;
/** Ages at which a nonce is tried, oldest first. */
const AGES = [
  ['a day', 86_400_000],
  ['an hour', 3_600_000],
  ['10 minutes', 600_000],
  ['1 minute', 60_000],
] as const;

/** How one is let in and how one is refused. They come first: what they find decides how all others are asked. */
export function accessQuestions(): Question[] {
  let isAnyOrder = false;
  return [
    {
      id: 'signed-query',
      question: 'Is a path signed with its query?',
      costs: null,
      ask: async ({ probe, learned }) => {
        const ask = (signedPath: 'with_query' | 'without_query') => probe({ method: 'GET', path: QUERIED, signedPath });
        const [whole, bare] = [await ask('with_query'), await ask('without_query')];
        const found = byTaken(whole, bare, ['either way', 'with it', 'without it']);
        if (!found && [whole, bare].every(({ httpStatus }) => httpStatus === 401)) throw notLetIn(whole);
        if (!found) throw new UnsettledError(`neither was let in (${shown(whole)}, ${shown(bare)}): ask again later`);
        learned.signedPath = found === 'without it' ? 'without_query' : 'with_query';
        return { found, evidence: `with: ${shown(whole)}; without: ${shown(bare)}; JUNO_SIGNED_PATH says which` };
      },
    },
    {
      id: 'nonces',
      question: 'Must each nonce be greater than the last, and may it be short?',
      costs: null,
      ask: async ({ probe }) => {
        const ask = (nonce: string) => probe({ method: 'GET', path: CLABES, nonce });
        const now = Date.now();
        const later = await ask(salted(now));
        const earlier = await ask(salted(now - 1_000));
        if (!isTaken(later)) throw new UnsettledError(`not even a new one was taken (${shown(later)}): ask again`);
        isAnyOrder = isTaken(earlier);
        if (!isAnyOrder)
          return { found: 'each greater than the last', evidence: `${shown(earlier)}; JUNO_NONCE=v1 sends so` };
        const short = await ask(String(Date.now()));
        const found = `in any order, ${isTaken(short) ? '13 digits as well' : 'of 14 digits or more'}`;
        return { found, evidence: `earlier: ${shown(earlier)}; of 13 digits: ${shown(short)}; JUNO_NONCE=v2 sends so` };
      },
    },
    {
      id: 'nonce-age',
      question: 'How far may a nonce be behind the clock?',
      costs: null,
      ask: async ({ probe }) => {
        if (!isAnyOrder) return { found: 'no further than the last one', evidence: 'see nonces' };
        const seen: string[] = [];
        let refused: string | undefined;
        for (const [age, ms] of AGES) {
          const answer = await probe({ method: 'GET', path: CLABES, nonce: salted(Date.now() - ms) });
          seen.push(`${age}: ${shown(answer)}`);
          if (isTaken(answer))
            return { found: refused ? `${age}, but not ${refused}` : `${age} at least`, evidence: seen.join('; ') };
          refused = age;
        }
        return { found: `not even ${refused}`, evidence: seen.join('; ') };
      },
    },
    {
      id: 'trailing-slash',
      question: 'Is a path with a slash at its end the same?',
      costs: null,
      ask: async ({ probe }) => {
        const answer = await probe({ method: 'GET', path: `${CLABES}/` });
        return { found: isTaken(answer) ? 'yes' : 'no', evidence: shown(answer) };
      },
    },
    {
      id: 'not-found',
      question: 'How is it told that something does not exist?',
      costs: null,
      ask: async ({ probe }) => {
        const answer = await probe({ method: 'GET', path: `/mint_platform/v1/transactions/${randomUUID()}` });
        if (answer.httpStatus < 400) throw new UnsettledError('an id of nobody was answered: this is no Juno we know');
        return { found: errorFormOf(answer), evidence: keysOf(answer.json) };
      },
    },
  ];
}

const salted = (at_ms: number): string => `${at_ms}${String(randomInt(1_000_000)).padStart(6, '0')}`;

/** Which of two were taken, in words; undefined for neither. */
export const byTaken = (
  one: Answered,
  other: Answered,
  [both, first, second]: readonly [string, string, string],
): string | undefined =>
  ({ 'true,true': both, 'true,false': first, 'false,true': second })[[isTaken(one), isTaken(other)].join()];

/** "404 1401 under `error`, its code is text". */
export function errorFormOf(answer: Answered): string {
  const key = ['error', 'errors'].find((name) => fieldOf(answer.json, name) !== undefined);
  const kind = kindOf(answer.text, 'code');
  const code = kind === null ? 'without a code' : `its code is ${kind === 'text' ? 'text' : 'a number'}`;
  return `${shown(answer)} ${key === undefined ? 'in no known envelope' : `under \`${key}\``}, ${code}`;
}

const notLetIn = (answer: Answered): CliError =>
  new CliError(
    `Juno lets nobody in with this key (${shown(answer)}). ${adviceOn(answer.code)} Nothing else was asked.`,
    EXIT.refused,
    { code: 'unauthorised' },
  );

/** What no request may ask, and why; said, so that the table is whole. */
export const NOT_TO_BE_ASKED: readonly Readonly<{ id: string; question: string; why: string }>[] = [
  {
    id: 'over-the-limit',
    question: 'What is answered over the rate limit, and how does its window move?',
    why: 'asking locks the account for a minute, and for a day after a few times (A/general-concepts)',
  },
  {
    id: 'key-retention',
    question: 'How long is an idempotency key remembered?',
    why: 'longer than a check may last; the reactor repeats within JUNO_REPLAY_WINDOW_S alone',
  },
  {
    id: 'error-34003',
    question: 'When is a send that was done answered with an error?',
    why: 'it comes by itself; the reactor takes every such answer for unknown and looks',
  },
  {
    id: 'travel-rule',
    question: 'From which amount on is travel-rule data asked for?',
    why: 'it moves with the exchange rate; the reactor sends the data always',
  },
  {
    id: 'deposit-address',
    question: 'When is a transfer to Juno’s deposit address credited, and when held?',
    why: 'it takes a transfer on the chain, and this command has no wallet; the reactor’s probe transfer shows it',
  },
  {
    id: 'failed-redemption',
    question: 'Where is the money of a redemption that failed after its tokens were burnt?',
    why: 'no request makes one fail; the row `returns` shows those that came back',
  },
];
