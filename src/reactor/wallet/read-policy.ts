import { centavos, type Money, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { pesosOf } from '../guards/limit.ts';
import type { WalletPolicy } from './policy.ts';

/** The most that an escrow contract whose code its owner can replace is allowed to take: what may leave in a day anyhow, by the setting. */
export const mostAllowed = ({ settings: { caps, mxnPerUdi } }: Pick<Context, 'settings'>): Money<'MXNB'> =>
  toMxnb(pesosOf(caps.day, mxnPerUdi) ?? centavos(0n));

/** What the bridge wallet may sign, by the settings: calls to the escrow contracts that they name, and to the token. */
export function policyOf(ctx: Pick<Context, 'settings' | 'chain' | 'approver'>): WalletPolicy {
  const { chainId, bridge, token, junoDepositAddress, wallet } = ctx.settings;
  const escrows = Object.fromEntries(ctx.chain.escrows.map(({ address, version }) => [address.toLowerCase(), version]));
  const most = ctx.chain.escrows.some(({ version }) => version !== 'v3') ? mostAllowed(ctx).units : 0n;
  return {
    approver: ctx.approver?.address ?? null,
    chainId,
    escrows,
    bridge,
    token,
    junoDepositAddress,
    mostAllowed: most,
    ...wallet,
  };
}
