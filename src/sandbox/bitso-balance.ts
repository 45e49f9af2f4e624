import { Hono } from 'hono';
import { centavosText, pesoAmount } from './amounts.ts';
import type { HttpEnv } from './context.ts';
import { insufficientBalance } from './errors.ts';
import type { Switches } from './switches.ts';

/** The pesos that the account has at Bitso, in base units: what is available and what withdrawals under way reserve. */
export function openBitsoBalance(switches: Switches) {
  let available = 0n;
  let reserved = 0n;

  return {
    /** Pesos came: redeemed to this balance, or a payout that was returned. */
    add(units: bigint): void {
      available += units;
    },
    /** Sets the amount aside. Throws an ApiError where it is not there. */
    reserve(units: bigint): void {
      if (units > available) throw insufficientBalance(switches);
      available -= units;
      reserved += units;
    },
    /** What was reserved has left. */
    spend(units: bigint): void {
      reserved -= units;
    },
    /** What was reserved is available again. */
    release(units: bigint): void {
      reserved -= units;
      available += units;
    },
    routes: new Hono<HttpEnv>().get('/v3/balance', (c) => {
      const mxn = {
        currency: 'mxn',
        available: pesoAmount(available),
        locked: pesoAmount(reserved),
        total: pesoAmount(available + reserved),
      };
      return c.json({ success: true, payload: switches.bitsoBalanceLayout === 'nested' ? { balances: [mxn] } : [mxn] });
    }),
    read: () => ({
      bitso_balance_centavos: centavosText(available + reserved),
      bitso_available_centavos: centavosText(available),
    }),
  };
}

export type BitsoBalance = ReturnType<typeof openBitsoBalance>;
