/** What Juno and Bitso say of their balances, asked through their doors. */
import { listBalances } from '../../juno/listBalances.ts';
import { listBitsoBalances } from '../../juno/listBitsoBalances.ts';
import type { Context } from '../context.ts';

const sum = (items: readonly { available: { units: bigint } }[]): bigint =>
  items.reduce((total, { available }) => total + available.units, 0n);

/** MXNB of Juno’s pooled balance, in base units; what Juno holds for requests under way is not in it. Throws a JunoError. */
export const readPool = async ({ juno }: Pick<Context, 'juno'>): Promise<bigint> =>
  sum((await listBalances(juno)).items);

/** Pesos of the Bitso balance, in centavos; null where its rails are not switched on. Throws a JunoError. */
export const readBitso = async ({ bitso }: Pick<Context, 'bitso'>): Promise<bigint | null> =>
  bitso === null ? null : sum((await listBitsoBalances(bitso)).items);
