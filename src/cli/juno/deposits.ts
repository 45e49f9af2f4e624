import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { getClabe } from '../../juno/getClabe.ts';
import { listBalances } from '../../juno/listBalances.ts';
import { listClabes } from '../../juno/listClabes.ts';
import { listDeposits } from '../../juno/listDeposits.ts';
import { listFinancialMovements } from '../../juno/listFinancialMovements.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Bench } from './bench.ts';
import type { Purse } from './purse.ts';
import { isTaken, type Question, reasonOf, seenAfter, shown, UnsettledError } from './question.ts';
import { keysOf } from './shape.ts';

const CLABES = '/mint_platform/v1/clabes';
const MINIMUM = centavos(10_000n);
/** Amounts by which a deposit is known. */
const LISTED = centavos(10_001n);
const REFUND = centavos(10_017n);
/** Lists date to the second: two deposits within one would not tell in which order they are listed. */
const NEXT_SECOND_MS = 1_100;
const QUARTER_MS = 900_000;

/** CLABEs and deposits, with a CLABE that is made for it. */
export const depositQuestions = (purse: Purse): Question[] => [
  {
    id: 'clabe-creation',
    question: 'Does creating a CLABE need a body, and heed an idempotency key?',
    costs: 'one or two CLABEs, which stay',
    ask: async ({ juno, probe }) => {
      const before = (await listClabes(juno)).items.length;
      const create = (body: string, idempotencyKey: string) =>
        probe({ method: 'POST', path: CLABES, body, idempotencyKey });
      let [body, key] = ['', newKey()];
      let first = await create(body, key);
      if (!isTaken(first)) {
        [body, key] = ['{}', newKey()];
        first = await create(body, key);
      }
      const clabe = purse.adopt(first);
      if (!clabe)
        throw new UnsettledError(
          `none was made (${shown(first)}): have Juno enable “Multiple User CLABEs”, and ask again`,
        );
      const repeat = await create(body, key);
      const twice = isTaken(repeat)
        ? purse.adopt(repeat) === clabe
          ? 'heeded'
          : 'not heeded'
        : `of no use (${shown(repeat)})`;
      const created = `answered with ${keysOf(Object(first.json).payload)}`;
      return {
        found: `${body === '' ? 'no body is needed' : 'a body is needed'}; a key is ${twice}; ${before === 0 ? 'none' : 'some'} listed before`,
        evidence: `${shown(first)}, ${created}; repeated: ${shown(repeat)}`,
      };
    },
  },
  {
    id: 'server-zone',
    question: 'In which zone are times that name none?',
    costs: null,
    ask: async ({ juno }) => {
      const { createdAtText } = await getClabe(juno, { clabe: await purse.clabe() });
      const told_ms = Date.parse(`${createdAtText?.slice(0, 19)}Z`);
      if (createdAtText === null || Number.isNaN(told_ms))
        throw new UnsettledError('the CLABE has no time of creation');
      const quarters = Math.round((told_ms - Date.now()) / QUARTER_MS);
      const hours = `${String(Math.trunc(Math.abs(quarters) / 4)).padStart(2, '0')}:${String((Math.abs(quarters) % 4) * 15).padStart(2, '0')}`;
      const found = quarters === 0 ? 'UTC' : `UTC${quarters < 0 ? '-' : '+'}${hours}`;
      return { found, evidence: 'a CLABE that was just made, against the clock of this machine' };
    },
  },
  {
    id: 'mock-deposits',
    question: 'What becomes of mock deposits of 99 and of 100?',
    costs: 'two mock deposits, 99 and 100 MXN',
    ask: async ({ learned }) => {
      const amounts = [centavos(9_900n), MINIMUM];
      for (const [place, amount] of amounts.entries()) {
        if (place > 0) await delay(NEXT_SECOND_MS);
        await purse.deposit(amount);
      }
      // The larger one is certain to show, and came later.
      const [hundred, less] = [await purse.issuance(MINIMUM), await purse.issuance(centavos(9_900n))];
      const [small, large] = [less, hundred].map((issuance) => issuance?.statusText ?? 'no ISSUANCE in time');
      return {
        found: `99: ${small}; 100: ${large}`,
        evidence: `status of the ISSUANCE of each; the amount was taken as ${learned.amountAs}`,
      };
    },
  },
  {
    id: 'mock-names',
    question: 'May a mock deposit name another sender than the business?',
    costs: 'one mock deposit of 100 MXN',
    ask: async () => {
      try {
        await purse.deposit(MINIMUM, { senderName: 'JUNO CHECK' });
      } catch (error) {
        return { found: 'no', evidence: reasonOf(error) };
      }
      // Its money must not come while the next question looks at the balance.
      await purse.issuance(MINIMUM);
      return { found: 'yes', evidence: 'one of another name was taken' };
    },
  },
  {
    id: 'deposits-lag',
    question: 'How soon is a deposit listed?',
    costs: 'one mock deposit of 100.01 MXN',
    ask: async (bench) => {
      const receiverClabe = await purse.clabe();
      await purse.deposit(LISTED);
      const isListed = async () =>
        (await listDeposits(bench.juno, { receiverClabe })).items.some(({ amount }) => amount.units === LISTED.units);
      const found = await seenAfter(bench, isListed);
      await purse.issuance(LISTED);
      return { found, evidence: 'from the answer to the mock deposit on' };
    },
  },
  {
    id: 'mock-refund',
    question: 'Does a mock deposit of refund type 17 make a returned payout, and what of its money?',
    costs: 'one mock deposit of 100.17 MXN',
    ask: async (bench) => {
      const receiverClabe = await purse.clabe();
      const before = await available(bench);
      await purse.deposit(REFUND, { refundType: 17 });
      const isIts = ({ amount }: { amount: { units: bigint } | null }) => amount?.units === REFUND.units;
      const places = async () => {
        const refunds = (await listDeposits(bench.juno, { onlyRefunds: true, receiverClabe })).items.filter(isIts);
        const all = (await listDeposits(bench.juno, { receiverClabe })).items.filter(isIts);
        const movements = (await listFinancialMovements(bench.juno)).items.filter(
          (item) => isIts(item) && /refund/i.test(item.raw),
        );
        return { refund: refunds[0], isListed: all.length > 0, isMoved: movements.length > 0 };
      };
      const seen = await bench.watch(async () => {
        const found = await places();
        return found.isListed || found.isMoved ? found : undefined;
      });
      if (!seen)
        throw new UnsettledError('neither a deposit nor a movement of it in time: ask again with a longer --wait');
      const money = await moneyOf(bench, before);
      const { refund, isMoved } = await places();
      if (!refund && !isMoved)
        return { found: `no, an ordinary deposit; ${money}`, evidence: 'only_refunds does not list it' };
      const shownAs = [refund && 'a refund deposit', isMoved && 'a movement'].filter(Boolean).join(' and ');
      return {
        found: `yes, as ${shownAs}; ${money}`,
        evidence: `${refund?.refundedWithdrawal ? 'with' : 'without'} refunded_withdrawal`,
      };
    },
  },
];

/** A UUID of version 1, as the pages ask for: what is asked about is what a key does, not which ones are taken. */
export const newKey = (): string => randomUUID().replace(/^(.{14})./, '$11');

export const available = async ({ juno }: Bench): Promise<bigint> =>
  (await listBalances(juno)).items[0]?.available.units ?? 0n;

/** As what the money of the refund came: an ISSUANCE is looked for first, for that raises the balance as well. */
async function moneyOf(bench: Bench, before: bigint): Promise<string> {
  const issued = async () =>
    (await listTransactions(bench.juno, { type: 'ISSUANCE' })).items.some(
      ({ amount }) => amount.units === REFUND.units,
    );
  const isIssued = await bench.watch(async () => (await issued()) || undefined);
  if (isIssued) return 'its money is issued as MXNB';
  const isMxnb = (await available(bench)) - before === toMxnb(REFUND).units;
  return isMxnb ? 'its money is MXNB without an ISSUANCE' : 'its money is no MXNB';
}
