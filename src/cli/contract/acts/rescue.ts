import { type Address, formatUnits, parseUnits, zeroAddress } from 'viem';
import type { Act, View } from '../act.ts';

export type RescueParameters = Readonly<{
  escrow: Address;
  to: Address;
  token: Address;
  /** Of the token, as a decimal number: `1.5`. */
  amount: string;
}>;

const surplusOf = ({ state: { token } }: Pick<View, 'state'>): bigint =>
  token.balance > token.escrowed ? token.balance - token.escrowed : 0n;

/** `contract rescue`: moves tokens that no escrow holds, such as ones sent there by mistake. What escrows hold it cannot reach. */
export const rescue = ({ escrow, to, token, amount }: RescueParameters, { state }: Pick<View, 'state'>): Act => {
  const decimals = state.token.decimals ?? 0;
  const units = parseUnits(amount, decimals);
  const [, fraction = ''] = amount.replace(/0+$/, '').split('.');
  const shown = (value: bigint) => `${formatUnits(value, decimals)} ${state.token.symbol ?? 'of the token'}`;
  return {
    command: 'contract rescue',
    by: 'admin',
    functionName: 'rescue',
    args: [token, to, units],
    subject: to,
    token,
    aims: (view) => [
      {
        what: 'in the contract beyond what escrows hold',
        read: (one) => shown(surplusOf(one)),
        want: shown(surplusOf(view) - units),
      },
    ],
    refusals: (view) => [
      state.token.decimals === null && `There is no token at ${token}.`,
      // parseUnits would round, and more than was said could leave.
      state.token.decimals !== null &&
        fraction.length > decimals &&
        `${amount} has more decimals than the token at ${token}, which has ${decimals}: no such amount can be moved.`,
      units > surplusOf(view) &&
        `Only ${shown(surplusOf(view))} belong to no escrow: more cannot be moved, and what escrows hold is paid when they end.`,
      (to === zeroAddress || to === escrow || to === token) &&
        'Tokens sent to the zero address, to the token itself or back to the contract are lost, or no surplus any less.',
    ],
    warnings: ({ subject }) => [
      subject?.isUsed === false &&
        `${to} has never sent a transaction and holds no ETH. Compare it with where it came from, digit by digit.`,
    ],
  };
};
