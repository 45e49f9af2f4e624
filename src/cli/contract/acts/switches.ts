import { type Address, formatUnits } from 'viem';
import type { Act, View } from '../act.ts';

const newEscrows = ({ state }: View) => (state.isPaused ? 'stopped' : 'let in');
const MXNB_DECIMALS = 6;

/** `contract pause`: no new money comes in; what is in escrow ends as it would have. */
export const pause: Act = {
  command: 'contract pause',
  by: 'pauser',
  functionName: 'pause',
  args: [],
  aims: () => [{ what: 'new escrows', read: newEscrows, want: 'stopped' }],
  warnings: () => [
    'Escrows that exist go on: they are released and cancelled as ever. To stop those too, stop the reactors, or take the bridge role.',
  ],
  next: () => ['Only the admin lets new escrows in again: kustodia contract unpause.'],
};

/** `contract unpause`, by the admin alone. */
export const unpause: Act = {
  command: 'contract unpause',
  by: 'admin',
  functionName: 'unpause',
  args: [],
  aims: () => [{ what: 'new escrows', read: newEscrows, want: 'let in' }],
};

/** `contract token allow` and `contract token disallow`: which tokens new escrows may hold. */
export const setToken = (token: Address, allowed: boolean): Act => ({
  command: `contract token ${allowed ? 'allow' : 'disallow'}`,
  by: 'admin',
  functionName: 'setTokenAllowed',
  args: [token, allowed],
  token,
  aims: () => [
    {
      what: `token ${token} in new escrows`,
      read: ({ state }) => (state.token.isAllowed ? 'allowed' : 'not allowed'),
      want: allowed ? 'allowed' : 'not allowed',
    },
  ],
  refusals: ({ state }) => [
    allowed && state.token.decimals === null && `There is no token at ${token}.`,
    allowed &&
      state.token.decimals !== null &&
      state.token.decimals !== MXNB_DECIMALS &&
      `The token at ${token} has ${state.token.decimals} decimals; MXNB has ${MXNB_DECIMALS}, and every amount here counts on that.`,
  ],
  warnings: ({ state }) => [
    !allowed &&
      state.token.escrowed > 0n &&
      `Open escrows hold ${formatUnits(state.token.escrowed, state.token.decimals ?? 0)} of it; they end as they would have.`,
  ],
});
