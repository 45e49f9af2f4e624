import { getTransaction } from '../../juno/getTransaction.ts';
import { listDeposits } from '../../juno/listDeposits.ts';
import { listFinancialMovements } from '../../juno/listFinancialMovements.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoDeposit, JunoMovement, JunoTransaction } from '../../juno/types.ts';
import type { Bench } from './bench.ts';
import { isTaken, NothingToSeeError, type Question } from './question.ts';
import { keysOf, wordOf } from './shape.ts';

const MOST_LOOKS = 20;

/** What a payout that came back leaves behind. It cannot be provoked, so that it is told of those that there are. */
export const returnsQuestion: Question = {
  id: 'returns',
  question: 'Where does a payout that came back show, and what joins it to its redemption?',
  costs: null,
  ask: async (bench) => {
    const { juno } = bench;
    const deposits = (await listDeposits(juno, { onlyRefunds: true })).items;
    const movements = (await listFinancialMovements(juno)).items.filter(
      ({ type, raw }) => type === 'FUNDING' && /refund/i.test(raw),
    );
    if (deposits.length + movements.length === 0)
      throw new NothingToSeeError('none has come back yet; no request makes one: ask again when one has');
    const redemptions = await someRedemptions(bench);
    const shownAs = [deposits.length > 0 && 'a refund deposit', movements.length > 0 && 'a movement'].filter(Boolean);
    const joined = redemptionOf(movements, redemptions);
    const parts = [
      `as ${shownAs.join(' and ')}`,
      `the deposit names ${joinOf(deposits, redemptions)}`,
      `the movement names ${joined ? 'the redemption' : 'no redemption'}`,
      await receiverOf(bench, deposits),
      `the redemption is ${wordOf((joined ?? redemptionOf(deposits.map(widOf), redemptions))?.statusText ?? 'not named')}`,
    ];
    const shape = (items: readonly { raw: string }[]) => (items[0] ? keysOf(JSON.parse(items[0].raw)) : 'none');
    return { found: parts.join('; '), evidence: `deposit ${shape(deposits)}; movement ${shape(movements)}` };
  },
};

async function someRedemptions({ juno }: Bench): Promise<JunoTransaction[]> {
  const { items } = await listTransactions(juno, { type: 'REDEMPTION', size: MOST_LOOKS });
  const found: JunoTransaction[] = [];
  for (const { id } of items.slice(0, MOST_LOOKS)) found.push(await getTransaction(juno, { id }));
  return found;
}

type Naming = Readonly<Pick<JunoMovement, 'transactionId'>>;
const widOf = ({ refundedWithdrawal }: JunoDeposit): Naming => ({ transactionId: refundedWithdrawal?.wid ?? null });

const redemptionOf = (items: readonly Naming[], redemptions: readonly JunoTransaction[]) =>
  redemptions.find(({ id }) => items.some(({ transactionId }) => transactionId === id));

function joinOf(deposits: readonly JunoDeposit[], redemptions: readonly JunoTransaction[]): string {
  if (deposits.some(({ refundedWithdrawal }) => refundedWithdrawal)) return 'it in `refunded_withdrawal`';
  const shares = ({ trackingKey }: JunoDeposit) =>
    trackingKey !== null && redemptions.some(({ raw }) => raw.includes(trackingKey));
  return deposits.some(shares) ? 'the tracking key of the redemption' : 'nothing of it';
}

async function receiverOf({ probe }: Bench, deposits: readonly JunoDeposit[]): Promise<string> {
  for (const { clabe } of deposits.slice(0, MOST_LOOKS))
    if (!isTaken(await probe({ method: 'GET', path: `/spei/v1/clabes/${encodeURIComponent(clabe)}` })))
      return 'it was received by a CLABE that no list shows';
  return deposits.length === 0 ? 'no receiver is told' : 'it was received by a CLABE of the account';
}
