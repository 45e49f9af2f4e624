import { createMockDeposit } from '../../juno/createMockDeposit.ts';
import { JunoError } from '../../juno/errors.ts';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoTransaction } from '../../juno/types.ts';
import { type Clabe, parseClabe } from '../../money/clabe.ts';
import type { Money } from '../../money/money.ts';
import type { Answered, Bench } from './bench.ts';
import { isTaken, shown, UnsettledError } from './question.ts';
import { fieldOf } from './shape.ts';

/** Clocks of two machines differ by less. */
const SKEW_MS = 600_000;
const CLABES = '/mint_platform/v1/clabes';

/** The CLABE that this run made for itself, and the money that came by it: no customer's is ever touched. */
export type Purse = Readonly<{
  /** Makes the CLABE, unless it is there already. */
  clabe: () => Promise<Clabe>;
  /** Keeps the CLABE that an answer made; undefined where it made none. */
  adopt: (answer: Answered) => Clabe | undefined;
  /** Makes a mock deposit to that CLABE. */
  deposit: (amount: Money<'MXN'>, more?: Partial<DepositFields>) => Promise<void>;
  /** The ISSUANCE of a deposit to that CLABE, once it has ended; each is found once. */
  issuance: (amount: Money<'MXN'>) => Promise<JunoTransaction | undefined>;
  /** Brings money of its own to the balance. */
  fund: (amount: Money<'MXN'>) => Promise<void>;
}>;

type MockDeposit = Omit<Parameters<typeof createMockDeposit>[1], 'amountAs'>;
type DepositFields = Pick<MockDeposit, 'senderName' | 'refundType'>;

/** Opens it; `businessName` is what mock deposits must repeat (J/create-mock-deposits). */
export function openPurse(bench: Bench, businessName: string): Purse {
  const known = new Set<string>();
  let own: Clabe | undefined;

  const purse: Purse = {
    clabe: async () => {
      if (own) return own;
      const answer = await bench.probe({ method: 'POST', path: CLABES, body: '{}' });
      const made = purse.adopt(answer);
      if (made) return made;
      throw new UnsettledError(
        `no CLABE of its own could be made (${shown(answer)}): have Juno enable “Multiple User CLABEs”, and ask again`,
      );
    },
    adopt: (answer) => {
      const text = fieldOf(fieldOf(answer.json, 'payload'), 'clabe');
      if (!isTaken(answer) || typeof text !== 'string') return undefined;
      own ??= parseClabe(text);
      return parseClabe(text);
    },
    deposit: async (amount, more = {}) => {
      const receiverClabe = await purse.clabe();
      await mockDeposit(bench, {
        amount,
        receiverClabe,
        senderName: businessName,
        receiverName: businessName,
        ...more,
      });
    },
    issuance: (amount) =>
      bench.watch(async () => {
        const createdFrom = new Date(bench.startedAt.getTime() - SKEW_MS);
        const { items } = await listTransactions(bench.juno, { type: 'ISSUANCE', createdFrom });
        const fresh = items.filter((item) => !known.has(item.id) && item.amount.units === amount.units && isEnd(item));
        for (const { id } of fresh) {
          const found = await getTransaction(bench.juno, { id });
          // Where the detail does not say who received, the amount alone must do.
          if (found.receiverClabe !== null && found.receiverClabe !== own) continue;
          known.add(id);
          return found;
        }
        return undefined;
      }),
    fund: async (amount) => {
      await purse.deposit(amount);
      const issuance = await purse.issuance(amount);
      if (issuance?.status !== 'complete')
        throw new UnsettledError(
          'the mock deposit that pays for it was not issued in time: ask again with a longer --wait',
        );
    },
  };
  return purse;
}

/** Makes one, with the amount as text or, where that is refused, as a number; learns which. */
export async function mockDeposit({ juno, learned }: Bench, fields: MockDeposit): Promise<void> {
  const make = (amountAs: 'text' | 'number') => createMockDeposit(juno, { ...fields, amountAs });
  try {
    await make(learned.amountAs);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const other = learned.amountAs === 'text' ? 'number' : 'text';
    await make(other).catch(() => {
      throw error;
    });
    learned.amountAs = other;
  }
}

/** A body that was not taken. A mock deposit moves no money of anybody, so that it may be tried again in another form. */
const isRefusal = (error: unknown): boolean =>
  error instanceof JunoError && (error.httpStatus === 400 || error.httpStatus === 422);

export const isEnd = ({ status }: JunoTransaction): boolean => status === 'complete' || status === 'failed';
