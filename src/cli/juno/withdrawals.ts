import { encodeWithdrawal } from '../../juno/createWithdrawal.ts';
import { getTransaction } from '../../juno/getTransaction.ts';
import { centavos, type Money, mxnbUnits, toMxnb } from '../../money/money.ts';
import type { Answered, Bench } from './bench.ts';
import { available, newKey } from './deposits.ts';
import { isEnd, type Purse } from './purse.ts';
import { isTaken, type Question, shown, UnsettledError } from './question.ts';
import { answerOf, idIn } from './redemptions.ts';
import { fieldOf, keysOf } from './shape.ts';

const ENOUGH = centavos(40_000n);
/** The least first: 0.01, 1, 10 and 100 MXNB. */
const AMOUNTS = [1n, 100n, 1_000n, 10_000n].map((amount) => toMxnb(centavos(amount)));

/** Withdrawals of MXNB to an address of the reader's own; `to` is null where none was given. */
export const withdrawalQuestions = (purse: Purse, to: string | undefined): Question[] => [
  {
    id: 'withdrawals',
    question: 'What is a crypto withdrawal answered with, from which amount on, and what does it cost?',
    costs: 'with --withdraw-to, up to three withdrawals of 0.01 to 100 MXNB',
    ask: async (bench) => {
      if (to === undefined)
        throw new UnsettledError(
          'it needs --withdraw-to, an address of your own on the test chain; Juno’s own deposit address shows the way back as well',
        );
      await purse.fund(ENOUGH);
      const before = await available(bench);
      const seen: string[] = [];
      for (const amount of AMOUNTS) {
        const answer = await withdraw(bench, to, amount);
        seen.push(`${amount.units / 10_000n} centavos: ${shown(answer)}`);
        if (isTaken(answer)) return tell(bench, { to, amount, answer, before, seen });
      }
      throw new UnsettledError(
        `none was taken (${seen.join('; ')}): look at the permissions of the key, and ask again`,
      );
    },
  },
];

type Taken = Readonly<{ to: string; amount: Money<'MXNB'>; answer: Answered; before: bigint; seen: string[] }>;

async function tell(bench: Bench, { to, amount, answer, before, seen }: Taken) {
  const end = await bench.watch(async () => {
    const found = await getTransaction(bench.juno, { id: idIn(answer) });
    return isEnd(found) ? found : undefined;
  });
  if (end?.status !== 'complete')
    throw new UnsettledError('it did not complete in time: look at it in Juno, and ask again with a longer --wait');
  const fee = before - (await available(bench)) - amount.units;
  const finer = await withdraw(bench, to, mxnbUnits(amount.units + 1n));
  const payload = fieldOf(answer.json, 'payload');
  return {
    found: [
      `${answerOf(answer)}, ${keysOf(payload)}`,
      `from ${amount.units === AMOUNTS[0]?.units ? '0.01' : String(amount.units / 1_000_000n)} MXNB on`,
      `with ${isTaken(finer) ? 6 : 2} decimals`,
      fee === 0n ? 'without a fee' : `with a fee of ${feeText(fee)}`,
    ].join('; '),
    evidence: `${seen.join('; ')}; with 6 decimals: ${shown(finer)}; its hash is ${end.txHash === null ? 'not named' : 'named'}`,
  };
}

/** What came back to the deposit address in the meantime would make it less than nothing. */
const feeText = (fee: bigint): string =>
  fee < 0n
    ? 'nothing that shows: other money came in meanwhile'
    : `${fee / 1_000_000n}.${String(fee % 1_000_000n).padStart(6, '0')} MXNB`;

const withdraw = (bench: Bench, address: string, amount: Money<'MXNB'>): Promise<Answered> =>
  bench.probe({
    method: 'POST',
    path: '/mint_platform/v1/withdrawals',
    body: encodeWithdrawal({ amount, address, amountAs: bench.learned.amountAs }),
    idempotencyKey: newKey(),
  });
