import { type Address, encodeDeployData, getAddress, keccak256, type TransactionReceipt, zeroAddress } from 'viem';
import { buildContracts, readArtifact } from '../../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_CODE_HASH } from '../../chain/abi/kustodiaEscrow.ts';
import type { Account } from '../../chain/contract/door.ts';
import type { RoleName } from '../../chain/contract/roles.ts';
import type { ContractState, Token } from '../../chain/contract/state.ts';
import { KNOWN_MXNB } from '../../chain/known-mxnb.ts';
import { CliError, EXIT, type Output } from '../output.ts';
import { duration, isLive, type Judged, said } from './act.ts';
import { type ActOptions, carryOut } from './carry-out.ts';
import { answering, connect, noEscrow } from './connect.ts';
import type { Found } from './send.ts';
import { type ContractSettings, readContractSettings } from './settings.ts';

export type DeployOptions = ActOptions & Readonly<{ admin: Address; adminDelay: number }>;

/** The chain that is made anew at will, where nobody's money is. */
const LOCAL = 31_337;
const DAY_S = 86_400;
const LONGEST_DELAY_S = 30 * DAY_S;
const MXNB_DECIMALS = 6;

/** `contract deploy`: a new KustodiaEscrow for the bridge wallet and the token of the settings. */
export async function deploy(environment: NodeJS.ProcessEnv, options: DeployOptions, output: Output): Promise<void> {
  const settings = readContractSettings(environment, options.keyFile);
  const { bridge, token, signer } = settings;
  const from = options.from ?? signer?.address;
  if (from === undefined)
    throw new CliError('Nobody is there to deploy it: there is no key, and no --from to look at it with.', EXIT.usage, {
      code: 'usage',
    });
  const door = await connect(settings);
  const { bytecode, abi } = await compiled(output);
  const admin = getAddress(options.admin);
  const args = [admin, options.adminDelay, bridge, token] as const;
  const wanted = { settings, admin, adminDelay: options.adminDelay };

  await carryOut({
    ...{ settings, options, output, door, makesTables: true },
    prepare: () =>
      answering(async () => {
        const { number } = await door.head();
        const [caller, adminAccount, found] = await Promise.all([
          door.account(from, null, number),
          door.account(admin, null, number),
          door.token(token, number),
        ]);
        const judged = judgeDeployment({ ...wanted, caller, adminAccount, token: found });
        const prepared = {
          ...{ command: 'contract deploy', caller, to: null, judged },
          data: encodeDeployData({ abi, bytecode, args }),
          call: `KustodiaEscrow(admin ${args[0]}, adminDelay ${args[1]}, bridgeWallet ${args[2]}, token ${args[3]})`,
        };
        const readBack = async ({ contractAddress, blockNumber }: TransactionReceipt): Promise<Found[]> => {
          if (!contractAddress) throw new Error('the receipt of a deployment names no contract');
          const state = await door.state(contractAddress, token, blockNumber);
          if (state.is !== 'v3') throw noEscrow(contractAddress, state);
          const account = (address: Address) => door.account(address, contractAddress, blockNumber);
          const now = aims(wanted, { state, bridge: await account(bridge), admin: await account(admin) });
          return judged.changes.map((change, i) => ({ ...change, now: now[i]?.after ?? 'unknown' }));
        };
        return { prepared, readBack };
      }),
    tell: ({ receipt: { contractAddress, blockNumber } }) => {
      const [address, block] = [contractAddress ? getAddress(contractAddress) : 'unknown', blockNumber.toString()];
      output.out(`\nESCROW_CONTRACT_ADDRESS=${address}\nESCROW_START_BLOCK=${block}`);
      return { address, startBlock: block };
    },
  });
}

type Deployment = Readonly<{ settings: ContractSettings; admin: Address; adminDelay: number }>;

/** What a deployment sets; once it is deployed, how the chain has it. */
function aims(
  { settings, admin, adminDelay }: Deployment,
  found?: Readonly<{ state: ContractState; bridge: Account; admin: Account }>,
): Judged['changes'] {
  const of = (what: string, after: string) => ({ what, before: 'none', after });
  const holder = (wanted: Address, role: RoleName, account?: Account) =>
    account === undefined || account.roles.has(role) ? wanted : 'nobody';
  const { state } = found ?? {};
  return [
    of('code', state?.isThisRelease === false ? 'another' : 'that of this release'),
    of('admin', state?.admin ?? admin),
    of('delay of the admin', duration(state?.adminDelay_s ?? adminDelay)),
    of('bridge role', holder(settings.bridge, 'bridge', found?.bridge)),
    of('pauser role', holder(admin, 'pauser', found?.admin)),
    of('settlement address', state?.settlement ?? settings.bridge),
    of('token', state?.token.isAllowed === false ? 'not allowed' : settings.token),
  ];
}

type DeploymentFacts = Deployment & Readonly<{ caller: Account; adminAccount: Account; token: Token }>;

/** What a deployment would set, and what speaks against it. Pure. */
export function judgeDeployment(facts: DeploymentFacts): Judged {
  const { settings, admin, adminDelay, caller, adminAccount, token } = facts;
  const { chainId, bridge, escrow } = settings;
  const known = KNOWN_MXNB[chainId];
  return {
    changes: aims(facts),
    isAlready: false,
    refusals: said([
      adminDelay === 0 &&
        chainId !== LOCAL &&
        'Without a delay, a stolen admin key could name at once what new escrows pay, and nobody would have time to see it: --admin-delay may be 0 on a local chain alone.',
      adminDelay > LONGEST_DELAY_S &&
        `A delay of ${duration(adminDelay)} would keep you from your own contract: at most ${duration(LONGEST_DELAY_S)}.`,
      admin === zeroAddress && 'Nobody has the key of the zero address.',
      admin === bridge && 'The admin may not be ESCROW_BRIDGE_WALLET: one stolen key could name who is paid and pay.',
      caller.address === bridge && 'The key of the bridge wallet serves for nothing else.',
      token.decimals === null && `There is no token at MXNB_CONTRACT_ADDRESS ${token.address}.`,
      token.decimals !== null &&
        token.decimals !== MXNB_DECIMALS &&
        `The token at MXNB_CONTRACT_ADDRESS ${token.address} has ${token.decimals} decimals; MXNB has ${MXNB_DECIMALS}.`,
    ]),
    warnings: said([
      isLive(chainId) &&
        !adminAccount.isContract &&
        `ONE KEY ALONE WILL RULE THIS CONTRACT: ${admin} is no contract. On this chain the admin should be a multisig; whoever has that key can name what new escrows pay. It can be handed over later: kustodia contract admin begin.`,
      !adminAccount.isUsed &&
        `The admin ${admin} has never sent a transaction and holds no ETH. Compare it with where it came from, digit by digit.`,
      isLive(chainId) &&
        adminDelay < DAY_S &&
        `A delay of ${duration(adminDelay)} is short to see a stolen admin key and to stop funding escrows.`,
      known !== undefined &&
        known !== token.address &&
        `MXNB on this chain is ${known}; the settings name ${token.address}, which calls itself ${token.symbol ?? 'nothing'}.`,
      escrow !== null && `The settings already name an escrow contract, ${escrow}. This makes another beside it.`,
    ]),
    next: [
      'Put the two lines into the settings, compare everything with kustodia contract verify, and name an approver before the first escrow, and a second in reserve: only who was one before can redirect an escrow whose recipient is lost. kustodia contract grant approver.',
    ],
  };
}

/** The contract, compiled from the source here, if it is the one that this release was tested with. */
async function compiled({ err }: Output) {
  await buildContracts();
  const artifact = readArtifact('KustodiaEscrow');
  if (keccak256(artifact.deployedBytecode) === KUSTODIA_ESCROW_CODE_HASH) return artifact;
  err('The source in contracts/ was changed since this release was made.');
  throw new CliError('What was compiled is not this release’s KustodiaEscrow. Nothing was signed.', EXIT.refused, {
    code: 'other_code',
  });
}
