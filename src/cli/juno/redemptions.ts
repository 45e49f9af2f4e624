import { randomUUID } from 'node:crypto';
import type { AmountAs } from '../../juno/amount.ts';
import { encodeBitsoRedemption } from '../../juno/createRedemption.ts';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import { centavos, type Money, mxnbUnits, toMxn } from '../../money/money.ts';
import { byTaken, errorFormOf } from './access.ts';
import type { Answered, Bench } from './bench.ts';
import { available, newKey } from './deposits.ts';
import { isEnd, type Purse } from './purse.ts';
import { isTaken, type Question, seenAfter, shown, UnsettledError } from './question.ts';
import { fieldOf, keysOf, wordOf } from './shape.ts';

const MINIMUM = centavos(10_000n);
const CHANGED = centavos(10_001n);
const UNITS_PER_CENTAVO = 10_000n;
const REDEMPTIONS = '/mint_platform/v1/redemptions';

/** Redemptions to the Bitso balance of the same business, which pay nobody outside; each is paid for by a deposit of its own. */
export const redemptionQuestions = (purse: Purse): Question[] => [
  {
    id: 'redemption-amount',
    question: 'Is the amount of a redemption text or a number?',
    costs: 'two redemptions of 100 MXN to the Bitso balance',
    ask: async (bench) => {
      await purse.fund(centavos(20_000n));
      const [text, number] = [await redeem(bench, { as: 'text' }), await redeem(bench, { as: 'number' })];
      const found = byTaken(text, number, ['either', 'text only', 'a number only']);
      const evidence = `text: ${shown(text)}; number: ${shown(number)}; JUNO_AMOUNTS says which`;
      if (!found) throw new UnsettledError(`neither was taken (${evidence}): look at the permissions of the key`);
      bench.learned.amountAs = isTaken(text) ? 'text' : 'number';
      return { found, evidence };
    },
  },
  {
    id: 'redemption-answer',
    question: 'What is a redemption answered with, and how soon is it listed?',
    costs: 'one redemption of 100 MXN to the Bitso balance',
    ask: async (bench) => {
      await purse.fund(MINIMUM);
      const answer = taken(await redeem(bench));
      const listed = await seenAfter(bench, async () =>
        (await listTransactions(bench.juno, { type: 'REDEMPTION' })).items.some(({ id }) => id === idIn(answer)),
      );
      return { found: `${answerOf(answer)}, listed ${listed}`, evidence: keysOf(fieldOf(answer.json, 'payload')) };
    },
  },
  {
    id: 'redemption-asset',
    question: 'Is "mxn" taken for "MXN"?',
    costs: 'one redemption of 100 MXN to the Bitso balance, if it is',
    ask: async (bench) => {
      await purse.fund(MINIMUM);
      const answer = await redeem(bench, { asset: 'mxn' });
      return { found: isTaken(answer) ? 'yes' : 'no', evidence: shown(answer) };
    },
  },
  {
    id: 'key-form',
    question: 'Which idempotency keys are taken?',
    costs: 'up to two redemptions of 100 MXN to the Bitso balance',
    ask: async (bench) => {
      await purse.fund(centavos(20_000n));
      const four = await redeem(bench, { key: randomUUID() });
      const text = await redeem(bench, { key: `juno-check-${Date.now()}` });
      const found = isTaken(text) ? 'any text' : isTaken(four) ? 'any UUID' : 'UUIDs of version 1 alone';
      return { found, evidence: `version 4: ${shown(four)}; no UUID: ${shown(text)}` };
    },
  },
  {
    id: 'idempotency',
    question: 'What does one idempotency key do twice, and with another body?',
    costs: 'one redemption of 100 MXN to the Bitso balance, up to three where keys are not heeded',
    ask: async (bench) => {
      await purse.fund(centavos(30_001n));
      const key = newKey();
      const first = taken(await redeem(bench, { key }));
      const id = idIn(first);
      // Once it has ended, a repeat tells whether it says what is or what was.
      const ended = await bench.watch(async () => {
        const found = await getTransaction(bench.juno, { id });
        return isEnd(found) ? found : undefined;
      });
      const second = await redeem(bench, { key });
      const changed = await redeem(bench, { key, amount: CHANGED });
      const told = statusIn(second) === statusIn(first) ? ' as it was then' : ' as it is now';
      const twice = repeatOf(id, second, `the original${ended ? told : ''}`);
      return {
        found: `twice: ${twice}; another body: ${repeatOf(id, changed, 'the original')}`,
        evidence: `${shown(first)}, ${shown(second)}, ${shown(changed)}`,
      };
    },
  },
  {
    id: 'refused-body',
    question: 'How is a body that cannot be taken refused?',
    costs: 'one redemption that names no amount, which is refused',
    ask: async ({ probe }) => {
      const answer = await probe({ method: 'POST', path: REDEMPTIONS, body: '{}', idempotencyKey: newKey() });
      if (isTaken(answer)) throw new UnsettledError(`it was taken (${shown(answer)}): this is no Juno we know`);
      const error = fieldOf(answer.json, 'error') ?? Object(fieldOf(answer.json, 'errors'))[0];
      const details = fieldOf(error, 'details');
      const [item] = Array.isArray(details) ? details : [];
      const form = typeof item === 'string' ? 'texts' : keysOf(details);
      return { found: `${errorFormOf(answer)}, details ${form}`, evidence: keysOf(answer.json) };
    },
  },
  {
    id: 'too-much',
    question: 'How is a redemption of more than the balance refused?',
    costs: 'one redemption of 1,000,000 MXN more than there is, which is refused',
    ask: async (bench) => {
      const whole = (await available(bench)) / UNITS_PER_CENTAVO;
      const amount = toMxn(mxnbUnits((whole + 100_000_000n) * UNITS_PER_CENTAVO));
      const answer = await redeem(bench, { amount });
      if (isTaken(answer))
        throw new UnsettledError(`it was taken (${shown(answer)}): look at the account in Juno at once`);
      return { found: shown(answer), evidence: keysOf(answer.json) };
    },
  },
  {
    id: 'earlier-paths',
    question: 'Do /crypto_withdrawals and /api/v3/redemptions/ exist?',
    costs: 'two requests with an empty body, which name no amount',
    ask: async ({ probe }) => {
      const both = [
        await probe({ method: 'POST', path: '/mint_platform/v1/crypto_withdrawals', body: '{}' }),
        await probe({ method: 'POST', path: '/api/v3/redemptions/', body: '{}' }),
      ];
      const isGone = both.every(({ httpStatus }) => httpStatus === 404);
      return { found: isGone ? 'no' : 'not both are 404', evidence: both.map(shown).join(', ') };
    },
  },
];

type RedeemParameters = Readonly<{
  amount?: Money<'MXN'>;
  as?: AmountAs;
  asset?: string;
  key?: string;
  bankAccountId?: string;
}>;

/** One redemption, sent once; of 100 MXN to the Bitso balance if nothing else is said. */
export function redeem(bench: Bench, parameters: RedeemParameters = {}): Promise<Answered> {
  const { amount = MINIMUM, as: amountAs = bench.learned.amountAs, asset = 'MXN', key = newKey() } = parameters;
  const account = parameters.bankAccountId;
  const body = encodeBitsoRedemption({ amount, amountAs })
    .replace('"MXN"', JSON.stringify(asset))
    .replace(/\}$/, account === undefined ? '}' : `,"destination_bank_account_id":${JSON.stringify(account)}}`);
  return bench.probe({ method: 'POST', path: REDEMPTIONS, body, idempotencyKey: key });
}

export function taken(answer: Answered): Answered {
  if (isTaken(answer)) return answer;
  throw new UnsettledError(`it was not taken (${shown(answer)}): look at the permissions of the key, and ask again`);
}

export function idIn({ json }: Answered): string {
  const payload = fieldOf(json, 'payload');
  const id = fieldOf(payload, 'id') ?? fieldOf(payload, 'transaction_id');
  if (typeof id === 'string') return id;
  throw new UnsettledError(`its answer names no id (${keysOf(json)}): the reactor could not follow it`);
}

const statusIn = ({ json }: Answered): unknown => {
  const payload = fieldOf(json, 'payload');
  return fieldOf(payload, 'summary_status') ?? fieldOf(payload, 'status');
};

/** "200, PENDING". */
export const answerOf = (answer: Answered): string =>
  `${answer.httpStatus}, ${statusIn(answer) === undefined ? 'no status' : wordOf(statusIn(answer))}`;

function repeatOf(id: string, other: Answered, same: string): string {
  if (!isTaken(other)) return `refused (${shown(other)})`;
  return idIn(other) === id ? same : 'ANOTHER REDEMPTION';
}
