import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import type { GET_SUSPENSE } from '../../../reactor/http/routes/suspense.ts';
import { pesos } from '../../look/format.ts';

type Item = Pick<AnswerOf<typeof GET_SUSPENSE>, 'amount' | 'openPayments'>;
const centavosOf = (amount: string): bigint => BigInt(amount.replace('.', ''));

/** The payments that a deposit can be given to, to choose from: those that wait for exactly it, or for no more than it. */
export function fitting({ amount, openPayments }: Item, how: 'whole' | 'part'): (readonly [string, string])[] {
  const has = centavosOf(amount);
  return openPayments
    .filter((one) => (how === 'whole' ? centavosOf(one.amount) === has : centavosOf(one.amount) <= has))
    .map((one) => [one.id, `#${one.number} · ${pesos(one.amount)} · ${one.concept}`]);
}
