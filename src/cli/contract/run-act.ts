import { type Address, encodeFunctionData, getAddress, type TransactionReceipt } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import { ROLE_IDS } from '../../chain/contract/roles.ts';
import type { ContractState } from '../../chain/contract/state.ts';
import { CliError, EXIT, type Output } from '../output.ts';
import { type Act, type Args, argsOf, judge, type View } from './act.ts';
import { type ActOptions, carryOut } from './carry-out.ts';
import { answering, connect, noEscrow } from './connect.ts';
import type { Prepared } from './preview.ts';
import type { Found } from './send.ts';
import { type ContractSettings, readContractSettings } from './settings.ts';

export type RunActParameters = Readonly<{
  environment: NodeJS.ProcessEnv;
  options: ActOptions;
  output: Output;
  /** The token that it is about; that of the settings unless told. */
  token?: Address;
  /** The act, once it is known what the contract is set to. */
  make: (context: { escrow: Address; state: ContractState }) => Act;
}>;

/** Reads the chain, judges, shows, asks, and carries one act on the contract out. */
export async function runAct({ environment, options, output, token, make }: RunActParameters): Promise<void> {
  const settings = readContractSettings(environment, options.keyFile);
  const { escrow } = settings;
  if (escrow === null) throw new CliError('ESCROW_CONTRACT_ADDRESS is not set.', EXIT.usage, { code: 'settings' });
  const door = await connect(settings);

  const look = async (blockNumber?: bigint) => {
    const head = await door.head();
    const at = blockNumber ?? head.number;
    const state = await door.state(escrow, token ?? settings.token, at);
    if (state.is !== 'v3') throw noEscrow(escrow, state);
    return { state, at, now: head.now };
  };
  const view = async (act: Act, callerAddress: Address, blockNumber?: bigint): Promise<View> => {
    const { state, at, now } = await look(blockNumber);
    const [caller, subject, grants, escrows, open] = await Promise.all([
      door.account(callerAddress, escrow, at),
      act.subject ? door.account(act.subject, escrow, at) : null,
      act.needsGrants ? door.grants(escrow, settings.startBlock, at) : null,
      door.payees(escrow, act.escrows ?? [], at),
      act.needsOpen ? door.openEscrows(escrow, settings.startBlock, at) : null,
    ]);
    const approvers = [...new Set([caller.address, ...(grants?.holders.approver ?? [])])];
    const appointments = await door.appointments(escrow, approvers, at);
    const { chainId, bridge } = settings;
    return { chainId, bridge, now, state, caller, subject, grants, appointments, escrows, open };
  };

  await carryOut({
    settings,
    options,
    output,
    door,
    prepare: () =>
      answering(async () => {
        const { state } = await look();
        const act = make({ escrow, state });
        const before = await view(act, callerOf(settings, options, act, state));
        const prepared: Omit<Prepared, 'simulated'> = {
          command: act.command,
          caller: before.caller,
          to: escrow,
          // The names and arguments of an act are those of the ABI; the contract itself is asked before anything is signed.
          data: encodeFunctionData({
            abi: KUSTODIA_ESCROW_ABI,
            functionName: act.functionName,
            args: argsOf(act, before),
          } as Parameters<typeof encodeFunctionData>[0]),
          call: callOf(act, before),
          judged: judge(act, before),
        };
        const readBack = async ({ blockNumber }: TransactionReceipt): Promise<Found[]> => {
          const after = await view(act, before.caller.address, blockNumber);
          return act
            .aims(before)
            .map(({ what, read, want }) => ({ what, before: read(before), after: want, now: read(after) }));
        };
        return { prepared, readBack };
      }),
  });
}

/** Who would call: the key that is here, whoever `--from` names, or whoever may. */
function callerOf({ signer }: ContractSettings, { from }: ActOptions, { by }: Act, state: ContractState): Address {
  if (from !== undefined) return getAddress(from);
  if (signer !== null) return signer.address;
  return by === 'pending admin' ? (state.pendingAdmin?.to ?? state.admin) : state.admin;
}

const ROLE_BY_ID = new Map(Object.entries(ROLE_IDS).map(([name, id]) => [id as string, `${name.toUpperCase()}_ROLE`]));

const callOf = (act: Act, view: View): string => `${act.functionName}(${argsOf(act, view).map(argumentOf).join(', ')})`;

/** A role by its name, and a list as one: `[2, 3]`. */
const argumentOf = (value: Args[number]): string =>
  Array.isArray(value) ? `[${value.join(', ')}]` : (ROLE_BY_ID.get(String(value)) ?? String(value));
