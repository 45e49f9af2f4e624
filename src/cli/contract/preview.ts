import { type Address, formatEther, formatGwei, type Hex } from 'viem';
import type { Fees } from '../../chain/door.ts';
import { facts, table } from '../output.ts';
import type { Judged } from './act.ts';
import type { ContractSettings } from './settings.ts';

/** Everything that a person should see before a yes. */
export type Prepared = Readonly<{
  command: string;
  caller: Readonly<{ address: Address; isContract: boolean }>;
  /** Null for a deployment. */
  to: Address | null;
  data: Hex;
  call: string;
  judged: Judged;
  /** What the chain says of it in its next block; null where that was not asked, for it is refused anyway. */
  simulated: Readonly<{ gas: bigint; gasLimit: bigint; fees: Fees }> | null;
}>;

/** The preview in lines. */
export function preview(prepared: Prepared, { chainId, junoEnv }: ContractSettings): string {
  const { command, caller, to, call, judged, simulated } = prepared;
  const lines = [
    facts([
      ['command', command],
      ['chain', `${chainId} (${junoEnv})`],
      ['who calls', `${caller.address}${caller.isContract ? ', a contract' : ''}`],
      ['contract', to ?? 'a new one'],
      ['call', call],
      ['result', simulated === null ? 'refused, see below' : 'succeeds, as the chain is now'],
      ...(simulated === null ? [] : [['gas', gasOf(simulated)] as const]),
    ]),
    '',
    table(
      ['what changes', 'now', 'then'],
      judged.changes.map(({ what, before, after }) => [what, before, after]),
    ),
  ];
  if (judged.warnings.length > 0) lines.push('', ...judged.warnings.map((warning) => `! ${warning}`));
  return lines.join('\n');
}

const gasOf = ({ gas, gasLimit, fees }: NonNullable<Prepared['simulated']>): string =>
  `about ${gas} at ${formatGwei(fees.maxFeePerGas)} gwei or less: at most ${formatEther(gasLimit * fees.maxFeePerGas)} ETH`;

/** What a multisig is given: to, value and data, and the file that the transaction builder of Safe reads. */
export function unsigned({ command, to, data, call }: Prepared, chainId: number, reason: string) {
  return {
    to,
    value: '0',
    data,
    safe:
      to === null
        ? null
        : {
            version: '1.0',
            chainId: String(chainId),
            createdAt: Date.now(),
            meta: { name: `kustodia ${command}`, description: `${call}: ${reason}` },
            transactions: [{ to, value: '0', data, contractMethod: null, contractInputsValues: null }],
          },
  };
}
