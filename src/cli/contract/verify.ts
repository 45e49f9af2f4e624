import { type Address, formatUnits } from 'viem';
import type { Account, ContractDoor } from '../../chain/contract/door.ts';
import type { ContractState } from '../../chain/contract/state.ts';
import { CliError, EXIT, type ExitCode, type Output, table } from '../output.ts';
import { duration, isLive, moment, said } from './act.ts';
import { answering, connect, noEscrow } from './connect.ts';
import { type ContractSettings, readContractSettings } from './settings.ts';
import { approverRow, type Holders, holderMismatches, payeeMismatches } from './verify-holders.ts';
import { liveJson, liveMismatches, liveNotes, liveRows } from './verify-live.ts';

/** What is deployed, as the chain has it at one block. */
export type Deployed = Holders & Readonly<{ admin: Account; now: number }>;

export type VerifyOptions = Readonly<{
  /** Another contract than that of the settings. */
  address?: Address | undefined;
  /** To whom the admin role is being handed, as is known. */
  handedTo?: Address | undefined;
  json?: boolean | undefined;
}>;

/** What there is to say of a contract, whichever version it is of. */
type Report = Readonly<{
  rows: readonly (readonly string[])[];
  mismatches: readonly string[];
  notes: readonly string[];
  json: Readonly<Record<string, unknown>>;
}>;

/** `contract verify`: everything that the contract is set to, beside the settings. Reads, and changes nothing. */
export async function verify(
  environment: NodeJS.ProcessEnv,
  { address, handedTo, json }: VerifyOptions,
  { out }: Output,
  exitWith: (code: ExitCode) => void,
): Promise<void> {
  const report = await examine(environment, { address, handedTo });
  out(table(['what', 'found'], report.rows));
  for (const note of report.notes) out(`\n! ${note}`);
  for (const mismatch of report.mismatches) out(`\n✗ ${mismatch}`);
  const ok = report.mismatches.length === 0;
  if (ok) out('\n✓ The contract is what the settings say.');
  if (json) out(JSON.stringify({ ok, mismatches: report.mismatches, notes: report.notes, ...report.json }));
  if (!ok) exitWith(EXIT.refused);
}

/** What `contract verify` has to say, for whoever else acts by it. Throws a CliError. */
export async function examine(
  environment: NodeJS.ProcessEnv,
  { address, handedTo }: Pick<VerifyOptions, 'address' | 'handedTo'>,
): Promise<Report> {
  const settings = readContractSettings(environment);
  const escrow = address ?? settings.escrow;
  if (escrow === null) throw new CliError('ESCROW_CONTRACT_ADDRESS is not set.', EXIT.usage, { code: 'settings' });
  const door = await connect(settings);
  return answering(() => reportOn(door, escrow, settings, handedTo ?? null));
}

async function reportOn(
  door: ContractDoor,
  escrow: Address,
  settings: ContractSettings,
  handedTo: Address | null,
): Promise<Report> {
  const { token, startBlock } = settings;
  const { number, now } = await door.head();
  const state = await door.state(escrow, token, number);
  if (state.is !== 'v3') {
    const live = state.is === 'other' ? await door.live(escrow, startBlock, number) : null;
    if (live === null) throw noEscrow(escrow, state);
    const { decimals } = await door.token(token, number);
    return {
      rows: liveRows(live, settings, escrow),
      mismatches: liveMismatches(live, settings, decimals),
      notes: liveNotes(live, settings),
      json: liveJson(live, settings, escrow),
    };
  }
  const [grants, admin, open] = await Promise.all([
    door.grants(escrow, startBlock, number),
    door.account(state.admin, escrow, number),
    door.openEscrows(escrow, startBlock, number),
  ]);
  const appointments = await door.appointments(escrow, grants.holders.approver, number);
  const deployed: Deployed = { state, grants, appointments, open, admin, now };
  return {
    rows: rowsOf(deployed, settings, escrow),
    mismatches: mismatchesOf(deployed, settings, handedTo),
    notes: notesOf(deployed, settings, handedTo),
    json: asJson(deployed, settings, escrow),
  };
}

/** One sentence for each thing that is not as the settings say, or as it may ever be. Pure. */
export function mismatchesOf(
  deployed: Deployed,
  settings: ContractSettings,
  handedTo: Address | null = null,
): string[] {
  const { state, grants, admin, now } = deployed;
  const { chainId, bridge, token } = settings;
  const { holders } = grants;
  const { pendingAdmin, pendingDelay_s } = state;
  const other = (addresses: readonly Address[], expected: Address) =>
    addresses.filter((address) => address !== expected);
  return said([
    !state.isThisRelease && 'Its code is not that of this release’s KustodiaEscrow: it could do anything.',
    !grants.isWhole &&
      'ESCROW_START_BLOCK is after the deployment: whoever got a role before it is missing here. Set it to the block of the deployment.',
    grants.isWhole &&
      !holders.admin.includes(state.admin) &&
      'The admin’s role is in no event that the node gave: it leaves events out.',
    !holders.bridge.includes(bridge) && `ESCROW_BRIDGE_WALLET ${bridge} has not the bridge role.`,
    ...other(holders.bridge, bridge).map(
      (holder) => `${holder} has the bridge role, and the settings do not name it: it can fund, release and cancel.`,
    ),
    ...(['bridge', 'approver'] as const).map(
      (role) =>
        admin.roles.has(role) && `The admin ${admin.address} has the ${role} role as well: one stolen key is two.`,
    ),
    holders.approver.includes(bridge) &&
      `The bridge wallet ${bridge} has the approver role: it needs nobody’s signature.`,
    ...holderMismatches(deployed, settings),
    state.settlementDelay_s === 0 &&
      chainId !== 31_337 &&
      'The settlement address has no delay: a stolen admin key names at once what new escrows pay. That never changes; deploy another.',
    state.adminDelay_s === 0 &&
      chainId !== 31_337 &&
      'The admin has no delay: a stolen admin key is handed on at once.',
    pendingAdmin !== null &&
      pendingAdmin.to !== handedTo &&
      `The admin role is being handed to ${pendingAdmin.to}, who can accept ${from(pendingAdmin.schedule, now)}. If you did not begin that: kustodia contract admin cancel. If you did: --handed-to ${pendingAdmin.to}.`,
    pendingDelay_s !== null &&
      pendingDelay_s.to < state.adminDelay_s &&
      `The admin’s delay falls from ${duration(state.adminDelay_s)} to ${duration(pendingDelay_s.to)} at ${moment(pendingDelay_s.schedule)}: from then on whoever has the admin’s key hands the role on that much sooner. To call it off: kustodia contract admin delay cancel. If you did not begin that, the admin’s key is stolen: see docs/contract-operations.md.`,
    state.settlement !== bridge &&
      `New escrows pay ${state.settlement}, not ESCROW_BRIDGE_WALLET ${bridge}, from which the money would have to go on to Juno.`,
    state.pendingSettlement !== null &&
      state.pendingSettlement.to !== bridge &&
      `${state.pendingSettlement.to}, which is not ESCROW_BRIDGE_WALLET, is to be paid: the admin can put it in force ${from(state.pendingSettlement.schedule, now)}. If you did not propose that, the admin’s key is stolen: see docs/contract-operations.md.`,
    ...payeeMismatches(deployed, settings),
    state.token.decimals === null && `There is no token at MXNB_CONTRACT_ADDRESS ${token}.`,
    state.token.decimals !== null &&
      state.token.decimals !== 6 &&
      `The token at MXNB_CONTRACT_ADDRESS ${token} has ${state.token.decimals} decimals; MXNB has 6.`,
    !state.token.isAllowed && `New escrows may not hold the token of MXNB_CONTRACT_ADDRESS ${token}.`,
    ...other(grants.tokens, token).map(
      (address) => `New escrows may hold ${address} as well, which the settings do not name.`,
    ),
    state.token.balance < state.token.escrowed &&
      `MONEY IS MISSING: open escrows hold ${amountOf(state, state.token.escrowed)}, and the contract has ${amountOf(state, state.token.balance)}.`,
  ]);
}

/** What is no mismatch and should still be known. Pure. */
export function notesOf(
  { state, grants, admin, now }: Deployed,
  { chainId, bridge }: ContractSettings,
  handedTo: Address | null = null,
): string[] {
  const { pendingAdmin, pendingSettlement, pendingDelay_s } = state;
  return said([
    state.isPaused && 'It is paused: no new escrow can be made. Those that exist end as they would have.',
    pendingAdmin !== null &&
      pendingAdmin.to === handedTo &&
      `The admin role is being handed to ${pendingAdmin.to}, as you know; it can accept ${from(pendingAdmin.schedule, now)}.`,
    pendingSettlement?.to === bridge &&
      `ESCROW_BRIDGE_WALLET is to be the settlement address; the admin can put it in force ${from(pendingSettlement.schedule, now)}: kustodia contract settlement apply.`,
    pendingDelay_s !== null &&
      pendingDelay_s.to >= state.adminDelay_s &&
      `The admin’s delay becomes ${duration(pendingDelay_s.to)} at ${moment(pendingDelay_s.schedule)}.`,
    isLive(chainId) &&
      !admin.isContract &&
      `The admin ${admin.address} is one key alone: on this chain it should be a multisig.`,
    grants.holders.approver.length === 0 && 'Nobody has the approver role: no escrow can end before its deadline.',
    grants.holders.pauser.length === 0 && 'Nobody has the pauser role: nobody can stop new escrows.',
    state.token.balance > state.token.escrowed &&
      `${amountOf(state, state.token.balance - state.token.escrowed)} in the contract belong to no escrow. The admin can move them: kustodia contract rescue.`,
  ]);
}

const from = (schedule: number, now: number): string =>
  schedule > now ? `from ${moment(schedule)} on` : 'at any time';

const amountOf = ({ token }: ContractState, units: bigint): string =>
  `${formatUnits(units, token.decimals ?? 0)} ${token.symbol ?? 'of the token'}`;

function rowsOf(deployed: Deployed, { chainId, junoEnv }: ContractSettings, escrow: Address): string[][] {
  const { state, grants, open } = deployed;
  const list = (addresses: readonly string[]) => addresses.join(', ') || 'nobody';
  const { pendingAdmin, pendingSettlement, token } = state;
  return [
    ['contract', escrow],
    ['chain', `${chainId} (${junoEnv}), block ${state.blockNumber}`],
    [
      'code',
      state.isThisRelease ? 'this release’s KustodiaEscrow/3' : 'another one that calls itself KustodiaEscrow/3',
    ],
    ['admin', state.admin],
    ['handed to', pendingAdmin === null ? 'nobody' : `${pendingAdmin.to}, from ${moment(pendingAdmin.schedule)}`],
    ['delay of the admin', duration(state.adminDelay_s)],
    ['delay of the settlement', duration(state.settlementDelay_s)],
    ['bridge role', list(grants.holders.bridge)],
    ['approver role', list(grants.holders.approver.map((holder) => approverRow(holder, deployed)))],
    ['pauser role', list(grants.holders.pauser)],
    ['settlement address', state.settlement],
    [
      'scheduled',
      pendingSettlement === null ? 'none' : `${pendingSettlement.to}, from ${moment(pendingSettlement.schedule)}`,
    ],
    ['tokens', list(grants.tokens)],
    ['new escrows', state.isPaused ? 'stopped (paused)' : 'let in'],
    ['escrows ever made', state.escrowCount.toString()],
    ['open escrows', open.payees.size.toString()],
    ['in open escrows', amountOf(state, token.escrowed)],
    ['in the contract', amountOf(state, token.balance)],
  ];
}

function asJson(
  { state, grants, appointments, open }: Deployed,
  { chainId, token, bridge }: ContractSettings,
  escrow: Address,
) {
  const scheduled = <T>(value: { to: T; schedule: number } | null) => value;
  return {
    ...{ chainId, contract: escrow, version: 'KustodiaEscrow/3', blockNumber: Number(state.blockNumber) },
    isThisRelease: state.isThisRelease,
    settings: { bridge, token },
    admin: state.admin,
    pendingAdmin: scheduled(state.pendingAdmin),
    adminDelaySeconds: state.adminDelay_s,
    settlementDelaySeconds: state.settlementDelay_s,
    pendingAdminDelay: scheduled(state.pendingDelay_s),
    roles: grants.holders,
    approvers: [...appointments].map(([address, { since, afterId }]) => ({
      ...{ address, since, afterId: afterId.toString() },
    })),
    settlement: state.settlement,
    pendingSettlement: scheduled(state.pendingSettlement),
    allowedTokens: grants.tokens,
    token: {
      ...{ address: state.token.address, symbol: state.token.symbol, decimals: state.token.decimals },
      ...{ isAllowed: state.token.isAllowed },
      escrowed: state.token.escrowed.toString(),
      balance: state.token.balance.toString(),
    },
    paused: state.isPaused,
    escrowCount: state.escrowCount.toString(),
    openEscrows: open.payees.size,
  };
}
