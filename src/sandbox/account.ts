import { Refusal } from './errors.ts';

export type Account = Readonly<{
  available: () => bigint;
  reserved: () => bigint;
  /** Adds centavos. */
  credit: (centavos: bigint) => void;
  /** Sets centavos aside for a withdrawal or a redemption. Throws 0379 if there are not as many. */
  reserve: (centavos: bigint) => void;
  /** What was set aside has left. */
  settle: (centavos: bigint) => void;
  /** What was set aside comes back. */
  restore: (centavos: bigint) => void;
}>;

/** The one MXNB balance of the business, pooled over all of its end users, in centavos. */
export function createAccount(opening: bigint): Account {
  let available = opening;
  let reserved = 0n;
  return {
    available: () => available,
    reserved: () => reserved,
    credit: (centavos) => {
      available += centavos;
    },
    reserve: (centavos) => {
      if (centavos > available) throw new Refusal(400, '0379', 'The available balance is not sufficient');
      available -= centavos;
      reserved += centavos;
    },
    settle: (centavos) => {
      reserved -= centavos;
    },
    restore: (centavos) => {
      reserved -= centavos;
      available += centavos;
    },
  };
}
