import { Argument, type Command, InvalidArgumentError } from 'commander';
import { type Address, getAddress, isAddress } from 'viem';
import { acceptAdmin, beginAdmin, cancelAdmin, cancelDelay } from './contract/acts/admin.ts';
import { MOST_ESCROWS, redirect } from './contract/acts/redirect.ts';
import { release } from './contract/acts/release.ts';
import { rescue } from './contract/acts/rescue.ts';
import { GRANTABLE, type Grantable, grant, type RevokeOptions, revoke } from './contract/acts/roles.ts';
import { applySettlement, cancelSettlement, proposeSettlement } from './contract/acts/settlement.ts';
import { pause, setToken, unpause } from './contract/acts/switches.ts';
import type { ActOptions } from './contract/carry-out.ts';
import { type DeployOptions, deploy } from './contract/deploy.ts';
import { type RunActParameters, runAct } from './contract/run-act.ts';
import { readContractSettings } from './contract/settings.ts';
import { verify } from './contract/verify.ts';
import type { ExitCode, Output } from './output.ts';

/** `kustodia contract …`: deploy the escrow contract, look at it, and administer it. None of it goes through the reactor. */
export function contractCommands(
  program: Command,
  environment: NodeJS.ProcessEnv,
  output: Output,
  exitWith: (code: ExitCode) => void,
): void {
  const contract = program
    .command('contract')
    .description('the escrow contract: deploy it, compare it with the settings, administer it');
  const run = (options: ActOptions, make: RunActParameters['make'], token?: Address) =>
    runAct({ environment, options, output, make, ...(token && { token }) });

  contract
    .command('verify')
    .addArgument(account('another contract than that of the settings, also one of the predecessor’s').argOptional())
    .description('compare what is deployed with this release and the settings; change nothing')
    .option('--handed-to <address>', 'to whom the admin role is being handed, as you know', address)
    .option('--json', 'print one JSON object as the last line')
    .action((at: Address | undefined, { handedTo, json }: { handedTo?: Address; json?: boolean }) =>
      verify(environment, { address: at, handedTo, json }, output, exitWith),
    );

  acting(contract.command('deploy'))
    .description('deploy a new contract for the bridge wallet and the token of the settings')
    .requiredOption('--admin <address>', 'who administers it; on a live chain a multisig', address)
    .option(
      '--admin-delay <time>',
      'before a handed-over admin role or a new settlement address counts',
      delay,
      delay('2d'),
    )
    .action((options: DeployOptions) => deploy(environment, options, output));

  const admin = contract.command('admin').description('hand the admin role over, in two steps with a delay between');
  acting(admin.command('begin').addArgument(account('whom to')))
    .description('begin to hand it over (the admin)')
    .action((to: Address, options: ActOptions) => run(options, () => beginAdmin(to)));
  acting(admin.command('accept'))
    .description('take it, once the delay is over (whoever it is handed to)')
    .action((options: ActOptions) => run(options, () => acceptAdmin));
  acting(admin.command('cancel'))
    .description('call the hand-over off (the admin)')
    .action((options: ActOptions) => run(options, () => cancelAdmin));

  acting(admin.command('delay').description('the delay before what the admin schedules counts').command('cancel'))
    .description('call off another delay that is scheduled (the admin)')
    .action((options: ActOptions) => run(options, () => cancelDelay));

  acting(contract.command('grant').addArgument(role()).addArgument(account('who gets it')))
    .description('give somebody a role (the admin)')
    .action((name: Grantable, to: Address, options: ActOptions) => run(options, () => grant(name, to)));
  acting(contract.command('revoke').addArgument(role()).addArgument(account('who loses it')))
    .description('take a role from somebody (the admin)')
    .option('--leave-none', 'also take the bridge role from the last who has it: nothing can be released then')
    .option('--give-up-redirect', 'also where open escrows can then be redirected by nobody, ever')
    .action((name: Grantable, to: Address, options: ActOptions & Partial<RevokeOptions>) => {
      const { leaveNone = false, giveUpRedirect = false } = options;
      return run(options, () => revoke(name, to, { leaveNone, giveUpRedirect }));
    });

  acting(contract.command('pause'))
    .description('stop new escrows at once; those that exist end as ever (a pauser)')
    .action((options: ActOptions) => run(options, () => pause));
  acting(contract.command('unpause'))
    .description('let new escrows in again (the admin)')
    .action((options: ActOptions) => run(options, () => unpause));

  const settlement = contract
    .command('settlement')
    .description('the one address that new escrows pay, changed in two steps with a delay between');
  acting(settlement.command('propose').addArgument(account('what is to be paid')))
    .description('schedule another one (the admin)')
    .action((to: Address, options: ActOptions) => run(options, ({ escrow }) => proposeSettlement(escrow, to)));
  acting(settlement.command('apply'))
    .description('put it in force, once the delay is over (the admin)')
    .action((options: ActOptions) => run(options, applySettlement));
  acting(settlement.command('cancel'))
    .description('call a scheduled one off (the admin)')
    .action((options: ActOptions) => run(options, cancelSettlement));

  acting(
    contract
      .command('redirect')
      .addArgument(account('who is to be paid'))
      .addArgument(new Argument('<escrows>', 'ids of open escrows: 3,7,20-45').argParser(ids)),
  )
    .description('let open escrows pay the address that the admin has named (an approver older than they are)')
    .action((to: Address, escrows: readonly bigint[], options: ActOptions) =>
      run(options, () => redirect(to, escrows)),
    );

  acting(
    contract
      .command('release')
      .addArgument(new Argument('<escrows>', 'ids of escrows that are thirty days overdue: 3,7,20-45').argParser(ids)),
  )
    .description('release to its payee what is thirty days overdue (anybody but the bridge wallet)')
    .action((escrows: readonly bigint[], options: ActOptions) => run(options, () => release(escrows)));

  acting(contract.command('rescue').addArgument(account('who gets it')))
    .description('move tokens that no escrow holds, such as ones sent there by mistake (the admin)')
    .requiredOption('--amount <tokens>', 'how much, such as 1.5', tokens)
    .option('--token <address>', 'which token; MXNB unless told', address)
    .action((to: Address, options: ActOptions & { amount: string; token?: Address }) => {
      const which = options.token ?? readContractSettings(environment).token;
      const { amount } = options;
      return run(options, ({ escrow, state }) => rescue({ escrow, to, token: which, amount }, { state }), which);
    });

  const token = contract.command('token').description('which tokens new escrows may hold');
  for (const isAllowed of [true, false])
    acting(
      token.command(isAllowed ? 'allow' : 'disallow').addArgument(account('the token; MXNB unless told').argOptional()),
    )
      .description(`${isAllowed ? 'let new escrows hold' : 'let no new escrow hold'} a token (the admin)`)
      .action((which: Address | undefined, options: ActOptions) => {
        const token = which ?? readContractSettings(environment).token;
        return run(options, () => setToken(token, isAllowed), token);
      });
}

/** The options of every command that acts. */
const acting = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters', reason)
    .option('--by <name>', 'who does it, for the audit log; the key’s address unless told')
    .option('--key-file <path>', 'a file with the key that signs, instead of ESCROW_ADMIN_PRIVATE_KEY')
    .option('--dry-run', 'stop after the preview')
    .option('--unsigned', 'for a multisig: print to, value and data, and send nothing')
    .option('--from <address>', 'with --dry-run or --unsigned: who would call', address)
    .option('--yes', 'do not ask for confirmation')
    .option('--replace', 'take the place of an earlier act that no block has yet: same nonce, higher fee')
    .option('--wait <seconds>', 'how long to wait for a block', wait, 120)
    .option('--json', 'print one JSON object as the last line');

const account = (what: string) => new Argument('<address>', what).argParser(address);

const role = () => new Argument('<role>', 'which role').choices(GRANTABLE);

function reason(text: string): string {
  if (text.trim().length < 3) throw new InvalidArgumentError('Say why, in at least 3 characters.');
  return text.trim();
}

/** Mixed case must be the checksum's: a mistyped digit is seen. */
function address(text: string): Address {
  if (!isAddress(text, { strict: false })) throw new InvalidArgumentError('It must be 0x and 40 hexadecimal digits.');
  if (!isAddress(text)) throw new InvalidArgumentError('Its capitals are not those of its checksum: a digit is wrong.');
  return getAddress(text);
}

function wait(text: string): number {
  if (!/^\d{1,4}$/.test(text) || text === '0') throw new InvalidArgumentError('It must be from 1 to 9999 seconds.');
  return Number(text);
}

/** "3,7,20-45": each once. */
function ids(text: string): readonly bigint[] {
  const found = new Set<bigint>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part) ?? [];
    if (first === undefined || last === undefined || BigInt(last) < BigInt(first))
      throw new InvalidArgumentError('It must be ids and ranges of them, such as 3,7,20-45.');
    for (let id = BigInt(first); id <= BigInt(last) && found.size <= MOST_ESCROWS; id++) found.add(id);
  }
  if (found.size > MOST_ESCROWS) throw new InvalidArgumentError(`At most ${MOST_ESCROWS} escrows in one call.`);
  return [...found];
}

function tokens(text: string): string {
  if (!/^\d{1,15}(\.\d{1,6})?$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('It must be a number above zero with at most 6 decimals, such as 1.5.');
  return text;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function delay(text: string): number {
  const [, amount, unit] = /^(\d{1,7})([smhd]?)$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('It must be a time such as 2d, 36h, 90m or 3600 (seconds).');
  return Number(amount) * (UNITS[unit || 's'] ?? 1);
}
