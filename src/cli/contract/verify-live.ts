import type { Address } from 'viem';
import type { LiveState } from '../../chain/contract/live.ts';
import { notMxnb } from '../../chain/escrow-token.ts';
import { said } from './act.ts';
import type { ContractSettings } from './settings.ts';

/** One sentence for each thing of a predecessor's contract that is not as the settings say. Pure. */
export function liveMismatches(
  state: LiveState,
  { chainId, token, bridge }: ContractSettings,
  decimals: number | null,
): string[] {
  return said([
    state.codeTrouble ?? false,
    notMxnb(chainId, token) ?? false,
    decimals !== 6 &&
      (decimals === null
        ? `There is no token at MXNB_CONTRACT_ADDRESS ${token}.`
        : `The token at MXNB_CONTRACT_ADDRESS ${token} has ${decimals} decimals; MXNB has 6.`),
    state.bridgeWallet !== bridge &&
      `Its bridge wallet is ${state.bridgeWallet}, not ESCROW_BRIDGE_WALLET ${bridge}: calls of ours would be refused.`,
    state.owner === state.bridgeWallet &&
      `Its owner ${state.owner} is the bridge wallet too: whoever has that one key has all that is in escrow.`,
    state.pausers.includes(state.bridgeWallet) &&
      state.owner !== state.bridgeWallet &&
      `The bridge wallet ${state.bridgeWallet} is a pauser too: whoever steals its key could stop everything, refunds included.`,
  ]);
}

/** What is no mismatch and should still be known of it. Pure. */
export function liveNotes(state: LiveState, { bridge }: ContractSettings): string[] {
  const mayReplace = state.proxyAdmin ?? state.owner;
  return said([
    state.implementation !== null &&
      `Its code can be replaced at any time, without a delay, by ${mayReplace}; what is true of it today need not be tomorrow.`,
    `Its owner ${state.owner} can take out tokens that escrows hold, without an event of the contract.`,
    state.isPaused === true && 'It is paused: nothing moves, refunds included, until the owner lets it.',
    state.version === 'v2' &&
      state.platformWallet !== bridge &&
      `A dispute that is resolved for the buyer pays the platform wallet ${state.platformWallet}; the reactor never does that.`,
  ]);
}

export function liveRows(
  state: LiveState,
  { chainId, junoEnv }: ContractSettings,
  escrow: Address,
): readonly (readonly string[])[] {
  return [
    ['contract', escrow],
    ['chain', `${chainId} (${junoEnv}), block ${state.blockNumber}`],
    ['version', state.version === 'v2' ? 'version 2, of the predecessor' : 'version 2 pausable, of the predecessor'],
    ['code', state.implementation === null ? 'its own' : `of ${state.implementation}, behind a proxy`],
    ['owner', state.owner],
    ...(state.proxyAdmin === null ? [] : [['proxy’s admin', state.proxyAdmin]]),
    ['bridge wallet', state.bridgeWallet],
    ['platform wallet', state.platformWallet],
    ...(state.isPaused === null
      ? []
      : [
          ['pausers', [state.owner, ...state.pausers.filter((pauser) => pauser !== state.owner)].join(', ')],
          ['paused', state.isPaused ? 'yes' : 'no'],
        ]),
    ['next escrow id', state.nextEscrowId.toString()],
  ];
}

export const liveJson = (state: LiveState, { chainId, bridge }: ContractSettings, escrow: Address) => ({
  ...{ chainId, contract: escrow, version: state.version, blockNumber: Number(state.blockNumber) },
  settings: { bridge },
  ...{ owner: state.owner, bridgeWallet: state.bridgeWallet, platformWallet: state.platformWallet },
  ...{ pausers: state.pausers, paused: state.isPaused, nextEscrowId: state.nextEscrowId.toString() },
  ...{ implementation: state.implementation, proxyAdmin: state.proxyAdmin },
});
