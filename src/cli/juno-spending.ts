import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClabe } from '../juno/createClabe.ts';
import { createMockDeposit } from '../juno/createMockDeposit.ts';
import { encodeBitsoRedemption } from '../juno/createRedemption.ts';
import { listBalances } from '../juno/listBalances.ts';
import { listClabes } from '../juno/listClabes.ts';
import { listDeposits } from '../juno/listDeposits.ts';
import { listTransactions } from '../juno/listTransactions.ts';
import type { JunoTransaction } from '../juno/types.ts';
import { centavos, type Money, toMxnb } from '../money/money.ts';
import type { Answered, Bench } from './juno-bench.ts';
import { fieldOf, type Question, shown, UnsettledError } from './juno-questions.ts';

const MINIMUM = centavos(10_000n);
/** Lists date to the second: two deposits within one would not tell in which order they are listed. */
const NEXT_SECOND_MS = 1_100;
const REDEMPTIONS = '/mint_platform/v1/redemptions';
const CHANGED = centavos(10_001n);

/** The questions that cost test money; `businessName` is what mock deposits must repeat (J/create-mock-deposits). */
export function spendingQuestions(businessName: string): Question[] {
  const names = { senderName: businessName, receiverName: businessName };

  let isFirst = true;
  async function deposit({ juno }: Bench, amount: Money<'MXN'>, more: object = {}): Promise<string> {
    const receiverClabe = await anyClabe(juno);
    if (!isFirst) await delay(NEXT_SECOND_MS);
    isFirst = false;
    await createMockDeposit(juno, { amount, receiverClabe, ...names, ...more });
    return receiverClabe;
  }

  /** Sees to it that this much can be redeemed. */
  async function fund(bench: Bench, needed: Money<'MXN'>): Promise<void> {
    const enough = async () => {
      const available = (await listBalances(bench.juno)).items[0]?.available.units ?? 0n;
      return available >= toMxnb(needed).units || undefined;
    };
    if (await enough()) return;
    await deposit(bench, needed);
    if (!(await bench.watch(enough))) throw new UnsettledError('the mock deposit for it was not issued in time');
  }

  const redeem = (bench: Bench, body: string, idempotencyKey: string = newKey()) =>
    bench.probe({ method: 'POST', path: REDEMPTIONS, body, idempotencyKey });

  return [
    {
      id: 'mock-deposits',
      question: 'What becomes of mock deposits of 99 and of 100?',
      costs: 'two mock deposits, 99 and 100 MXN',
      ask: async (bench) => {
        const known = await idsOf(bench, 'ISSUANCE');
        const ends: string[] = [];
        for (const amount of [centavos(9_900n), MINIMUM]) {
          await deposit(bench, amount);
          const issuance = await newIssuance(bench, known, amount);
          ends.push(issuance ? issuance.statusText : 'no ISSUANCE in time');
        }
        return { found: `99: ${ends[0]}; 100: ${ends[1]}`, evidence: 'status of the ISSUANCE of each' };
      },
    },
    {
      id: 'mock-refund',
      question: 'Does a mock deposit of refund type 17 make a returned payout?',
      costs: 'one mock deposit of 100 MXN',
      ask: async (bench) => {
        const refunds = async () => (await listDeposits(bench.juno, { onlyRefunds: true })).items;
        const known = new Set((await refunds()).map(({ id }) => id));
        const all = new Set((await listDeposits(bench.juno)).items.map(({ id }) => id));
        await deposit(bench, MINIMUM, { refundType: 17 });
        const fresh = await bench.watch(async () =>
          (await listDeposits(bench.juno)).items.find(({ id, status }) => !all.has(id) && status === 'complete'),
        );
        if (!fresh) throw new UnsettledError('no new deposit was listed in time');
        const refund = (await refunds()).find(({ id }) => !known.has(id));
        if (!refund) return { found: 'no, an ordinary deposit', evidence: 'only_refunds does not list it' };
        const reference = refund.refundedWithdrawal ? 'with' : 'without';
        return { found: `yes, ${reference} refunded_withdrawal`, evidence: 'only_refunds lists it' };
      },
    },
    {
      id: 'redemption-amount',
      question: 'Is the amount of a redemption text or a number?',
      costs: 'two redemptions of 100 MXN to the Bitso balance',
      ask: async (bench) => {
        await fund(bench, centavos(20_000n));
        const text = await redeem(bench, encodeBitsoRedemption({ amount: MINIMUM }));
        const number = await redeem(bench, encodeBitsoRedemption({ amount: MINIMUM, amountAs: 'number' }));
        const taken = [isTaken(text), isTaken(number)].join();
        const found = { 'true,true': 'either', 'true,false': 'text only', 'false,true': 'a number only' }[taken];
        const evidence = `text: ${shown(text)}; number: ${shown(number)}`;
        if (!found) throw new UnsettledError(`neither was taken (${evidence})`);
        return { found, evidence };
      },
    },
    {
      id: 'idempotency',
      question: 'What does one idempotency key do twice, and with another body?',
      costs: 'one redemption of 100 MXN to the Bitso balance, up to three where keys are not heeded',
      ask: async (bench) => {
        await fund(bench, centavos(40_000n));
        const bodyOf = (amount: Money<'MXN'>) => encodeBitsoRedemption({ amount, amountAs });
        let [key, amountAs]: [string, 'text' | 'number'] = [newKey(), 'text'];
        let first = await redeem(bench, bodyOf(MINIMUM), key);
        if (!isTaken(first)) {
          [key, amountAs] = [newKey(), 'number'];
          first = await redeem(bench, bodyOf(MINIMUM), key);
        }
        if (!isTaken(first)) throw new UnsettledError(`no redemption was taken (${shown(first)})`);
        const second = await redeem(bench, bodyOf(MINIMUM), key);
        const changed = await redeem(bench, bodyOf(CHANGED), key);
        const twice = repeatOf(first, second, 'the original', 'ANOTHER REDEMPTION');
        const other = repeatOf(first, changed, 'the original', 'ANOTHER REDEMPTION');
        return {
          found: `twice: ${twice}; another body: ${other}`,
          evidence: `${shown(first)}, ${shown(second)}, ${shown(changed)}`,
        };
      },
    },
    {
      id: 'earlier-paths',
      question: 'Do /crypto_withdrawals and /api/v3/redemptions/ exist?',
      costs: 'two requests with an empty body, which name no amount',
      ask: async ({ probe }) => {
        const [withdrawals, redemptions] = [
          await probe({ method: 'POST', path: '/mint_platform/v1/crypto_withdrawals', body: '{}' }),
          await probe({ method: 'POST', path: '/api/v3/redemptions/', body: '{}' }),
        ];
        const both = [withdrawals, redemptions];
        const isGone = both.every(({ httpStatus }) => httpStatus === 404);
        return { found: isGone ? 'no' : 'not both are 404', evidence: both.map(shown).join(', ') };
      },
    },
  ];
}

/** A UUID of version 1, as the pages ask for: what is asked about is what a key does, not which ones are taken. */
const newKey = (): string => randomUUID().replace(/^(.{14})./, '$11');

const isTaken = ({ httpStatus }: Answered): boolean => httpStatus >= 200 && httpStatus < 300;
const idIn = ({ json }: Answered): unknown => {
  const payload = fieldOf(json, 'payload');
  return fieldOf(payload, 'id') ?? fieldOf(payload, 'transaction_id');
};

function repeatOf(first: Answered, other: Answered, same: string, another: string): string {
  if (!isTaken(other)) return `refused (${shown(other)})`;
  return idIn(first) === idIn(other) ? same : another;
}

/** The account's first CLABE that can receive, or a new one. */
export async function anyClabe(juno: Bench['juno']): Promise<string> {
  const { items } = await listClabes(juno);
  const enabled = items.find(({ status }) => status === 'ENABLED');
  return enabled?.clabe ?? (await createClabe(juno, { guard: () => undefined })).clabe;
}

const isEnd = ({ status }: JunoTransaction): boolean => status === 'complete' || status === 'failed';

export async function idsOf({ juno }: Bench, type: string): Promise<Set<string>> {
  return new Set((await listTransactions(juno, { type })).items.map(({ id }) => id));
}

/** A transaction of this amount that was not known, once it has ended; it is known from then on. */
async function newIssuance(
  { juno, watch }: Bench,
  known: Set<string>,
  amount: Money<'MXN'>,
): Promise<JunoTransaction | undefined> {
  return watch(async () => {
    const { items } = await listTransactions(juno, { type: 'ISSUANCE' });
    const fresh = items.find((item) => !known.has(item.id) && item.amount.units === amount.units && isEnd(item));
    if (!fresh) return undefined;
    known.add(fresh.id);
    return fresh;
  });
}
