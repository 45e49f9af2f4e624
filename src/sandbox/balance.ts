import { Hono } from 'hono';
import { centavosText } from './amounts.ts';
import type { HttpEnv } from './context.ts';
import { insufficientBalance } from './errors.ts';
import type { Switches } from './switches.ts';
import { amountOf } from './words.ts';

/**
 * The business account's one MXNB balance, in base units: what is available, what is held for requests under way, and all that
 * ever came and went. On the chain the hot wallet holds available + on hold, plus what is sent to it but not credited yet.
 */
export function openBalance(switches: Switches) {
  const totals = { issued: 0n, credited: 0n, withdrawn: 0n, redeemed: 0n, fees: 0n };
  let available = 0n;
  let onHold = 0n;

  return {
    totals,
    /** MXNB came: newly issued, or credited from the chain. */
    add(kind: 'issued' | 'credited', units: bigint): void {
      totals[kind] += units;
      available += units;
    },
    /** Sets the amount aside for a request. Throws an ApiError (0379) where it is not there. */
    hold(units: bigint): void {
      if (units > available) throw insufficientBalance(switches);
      available -= units;
      onHold += units;
    },
    /** What was held has left: withdrawn to the chain, redeemed, or kept by Juno as a fee. */
    spend(kind: 'withdrawn' | 'redeemed' | 'fees', units: bigint): void {
      totals[kind] += units;
      onHold -= units;
    },
    /** What was held is available again. */
    release(units: bigint): void {
      onHold -= units;
      available += units;
    },
    read: () => ({
      available_centavos: centavosText(available),
      on_hold_centavos: centavosText(onHold),
      balance_centavos: centavosText(available + onHold),
      balance_units: (available + onHold).toString(),
    }),
    routes: new Hono<HttpEnv>().get('/mint_platform/v1/balances', (c) => {
      const amount = (units: bigint) => amountOf(switches.balanceAmount, units);
      const mxnb = {
        asset: switches.balanceAsset,
        total: amount(available + onHold),
        on_hold: amount(onHold),
        available: amount(available),
        locked: amount(onHold),
      };
      return c.json({ success: true, payload: switches.balancesLayout === 'nested' ? { balances: [mxnb] } : [mxnb] });
    }),
  };
}

export type Balance = ReturnType<typeof openBalance>;
