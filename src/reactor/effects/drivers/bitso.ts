import { createBitsoWithdrawal } from '../../../juno/createBitsoWithdrawal.ts';
import { JunoNotSentError } from '../../../juno/errors.ts';
import { listBitsoWithdrawals } from '../../../juno/listBitsoWithdrawals.ts';
import type { Context } from '../../context.ts';
import type { Driver } from '../driver.ts';
import { attempt, bodyOf } from './attempt.ts';

/** The door to Bitso, where its rails are switched on. */
function doorOf({ bitso }: Context): NonNullable<Context['bitso']> {
  if (!bitso) throw new JunoNotSentError('BITSO_BASE_URL is not set', { endpoint: 'POST /v3/withdrawals' });
  return bitso;
}

/**
 * A payout from the Bitso balance. Bitso promises nothing for a repeat, so one whose answer was lost is never sent again: it is
 * looked for by its origin id, which is the effect's key (P/list-your-withdrawals).
 */
export const BITSO_PAYOUT: Driver = {
  isRepeatable: false,
  send: (ctx, row, guard) =>
    attempt(async () => (await createBitsoWithdrawal(doorOf(ctx), { body: bodyOf(row), guard })).wid),
  look: async (ctx, row) => {
    const { items } = await listBitsoWithdrawals(doorOf(ctx), { originIds: [row.key] });
    const [only, second] = items;
    if (!only) return { found: 'none' };
    return second ? { found: 'several' } : { found: 'one', externalId: only.wid };
  },
};
