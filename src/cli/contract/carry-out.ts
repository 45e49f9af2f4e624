import { type Address, formatEther, formatGwei, type TransactionReceipt } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { ContractDoor } from '../../chain/contract/door.ts';
import type { Db } from '../../reactor/db/client.ts';
import { isConfirmed } from '../ask.ts';
import { CliError, EXIT, type Output, table } from '../output.ts';
import { answering } from './connect.ts';
import type { Intent } from './journal.ts';
import { type Prepared, preview, unsigned } from './preview.ts';
import { broadcastAndWait, type Found, isSameAct, type Sender, type Sent, signAndSend } from './send.ts';
import type { ContractSettings } from './settings.ts';
import { describe, lookAtUnfinished, type Standing } from './unfinished.ts';
import { withJournal } from './with-journal.ts';

/** The options of every command that acts. */
export type ActOptions = Readonly<{
  reason: string;
  by?: string;
  keyFile?: string;
  from?: Address;
  unsigned?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  replace?: boolean;
  wait: number;
  json?: boolean;
}>;

/** An act as the chain is now, without what a trial of it says; and how to read the contract once a block has it. */
export type Prepare = () => Promise<{
  prepared: Omit<Prepared, 'simulated'>;
  readBack: (receipt: TransactionReceipt) => Promise<Found[]>;
}>;

export type CarryOutParameters = Readonly<{
  settings: ContractSettings;
  options: ActOptions;
  output: Output;
  door: ContractDoor;
  prepare: Prepare;
  /** Told in lines once it is done: a deployment has more to say. */
  tell?: (sent: Sent) => Readonly<Record<string, string>>;
  /** A database without tables is given them: a deployment comes before everything else. */
  makesTables?: boolean;
}>;

/** On Arbitrum the share of gas that pays the other chain moves from block to block. */
const GAS_ROOM_PERCENT = 150n;

/** Shows an act; unless that is all that is asked for, asks, signs, commits, sends and reads back. Throws a CliError. */
export async function carryOut(parameters: CarryOutParameters): Promise<void> {
  const { settings, options } = parameters;
  const { signer } = settings;
  if (options.dryRun || options.unsigned) return show(parameters);
  if (options.from !== undefined)
    throw usage('--from is for --dry-run and --unsigned: what is signed here comes from the key.');
  if (signer === null)
    throw usage(
      'There is no key to sign with: set ESCROW_ADMIN_PRIVATE_KEY, or name its file with --key-file. For a multisig, --unsigned prints what it is to sign.',
    );
  if (signer.address === settings.bridge)
    throw usage(
      'The key is that of ESCROW_BRIDGE_WALLET. Who administers the contract and who moves its money have different keys.',
    );
  const { databaseUrl } = settings;
  if (databaseUrl === null)
    throw usage(
      'DATABASE_URL is not set: what is signed is in the audit log before it is sent. In an emergency without a database, --unsigned prints what any wallet can send.',
    );
  await withJournal(databaseUrl, parameters.makesTables ?? false, (db) => act(parameters, db, signer));
}

/** The preview, and for a multisig what it is to sign. Nothing is sent. */
async function show({ settings, options, output, door, prepare }: CarryOutParameters): Promise<void> {
  const prepared = await tried(settings, door, (await prepare()).prepared, output);
  const { to, value, data, safe } = unsigned(prepared, settings.chainId, options.reason);
  if (options.unsigned) output.out(`\nto     ${to ?? 'none: a deployment'}\nvalue  ${value}\ndata   ${data}`);
  output.out(`\nNothing was signed or sent (${options.unsigned ? '--unsigned' : '--dry-run'}).`);
  if (!options.json) return;
  const outcome = options.unsigned ? 'unsigned' : 'dry_run';
  output.out(JSON.stringify({ outcome, ...described(prepared, settings), ...(options.unsigned && { data, safe }) }));
}

async function act(parameters: CarryOutParameters, db: Db, signer: PrivateKeyAccount): Promise<void> {
  const { settings, options, output, door, prepare } = parameters;
  const { chainId } = settings;
  const who = { by: options.by ?? `the key of ${signer.address}`, reason: options.reason };
  const { ended, open } = await answering(() =>
    lookAtUnfinished(door, db, { chainId, signer: signer.address }, who.by),
  );
  for (const standing of [...ended, ...open]) output.out(`Earlier: ${describe(standing)}`);
  if (ended.length + open.length > 0) output.out('');

  const { prepared: untried, readBack } = await prepare();
  const isSame = ({ intent }: Standing) => isSameAct(intent, untried);
  const { wait: wait_s } = options;
  const { maxFeePerGas } = settings;
  const sender: Sender = {
    ...{ door, db, chainId, signer, who, wait_ms: wait_s * 1_000, maxFeePerGas, readBack, out: output.out },
  };
  const finish = (sent: Sent) => report(parameters, untried, sent);

  const doneBefore = ended.find((one) => one.is === 'mined' && one.receipt.status === 'success' && isSame(one));
  if (doneBefore?.is === 'mined' && (untried.judged.isAlready || untried.to === null)) {
    output.out('An earlier command had sent this very act, and it is done. Nothing more was signed.');
    return finish({ receipt: doneBefore.receipt, changes: await answering(() => readBack(doneBefore.receipt)) });
  }
  const [first, ...rest] = newestFirst(open);
  if (first !== undefined && !options.replace) {
    if (!open.every(isSame)) throw otherOpen(open);
    output.out('An earlier command has signed this very act. The same bytes are sent again; nothing new is signed.');
    await confirm(options);
    return finish(await broadcastAndWait(sender, [first, ...rest]));
  }

  const prepared = await tried(settings, door, untried, output);
  const { simulated } = prepared;
  if (first === undefined) await assertNothingWaits(door, signer.address);
  await confirm(options);
  const wanted = { ...prepared, gasLimit: simulated.gasLimit, fees: simulated.fees };
  return finish(await signAndSend(sender, wanted, first === undefined ? [] : [first, ...rest]));
}

/** Prints the preview. Throws a CliError where the act is refused, by us or by the contract. */
async function tried(
  settings: ContractSettings,
  door: ContractDoor,
  untried: Omit<Prepared, 'simulated'>,
  { out }: Output,
): Promise<Prepared & { simulated: NonNullable<Prepared['simulated']> }> {
  const { judged, caller, to, data } = untried;
  const refuse = (refusals: readonly string[]) => {
    out(preview({ ...untried, simulated: null }, settings));
    out('');
    return new CliError(refusals.join('\n'), EXIT.refused, {
      ...{ code: 'refused', outcome: 'refused', refusals },
      ...described({ ...untried, simulated: null }, settings),
    });
  };
  if (judged.refusals.length > 0) throw refuse(judged.refusals);
  const [answer, fees, balance] = await answering(() =>
    Promise.all([door.simulate({ from: caller.address, to, data }), door.fees(), door.balance(caller.address)]),
  );
  if ('refused' in answer) throw refuse([`The contract would refuse it: ${answer.refused}.`]);
  const gasLimit = (answer.gas * GAS_ROOM_PERCENT) / 100n;
  const most = gasLimit * fees.maxFeePerGas;
  // A multisig pays no gas itself.
  if (!caller.isContract && balance < most)
    throw refuse([
      `${caller.address} has ${formatEther(balance)} ETH, and this may cost ${formatEther(most)} ETH. Send it some first.`,
    ]);
  if (fees.maxFeePerGas > settings.maxFeePerGas)
    throw refuse([
      `A unit of gas costs ${formatGwei(fees.maxFeePerGas)} gwei now, more than WALLET_MAX_FEE_GWEI allows (${formatGwei(settings.maxFeePerGas)}).`,
    ]);
  const prepared = { ...untried, simulated: { gas: answer.gas, gasLimit, fees } };
  out(preview(prepared, settings));
  return prepared;
}

async function report(
  { settings, options, output, tell }: CarryOutParameters,
  prepared: Omit<Prepared, 'simulated'>,
  sent: Sent,
): Promise<void> {
  const { receipt, changes } = sent;
  const wrong = changes.filter(({ after, now }) => after !== now);
  const rows = changes.map(({ what, before, now }) => [what, before, now]);
  output.out(`\nDone in block ${receipt.blockNumber}: ${receipt.transactionHash}\n`);
  output.out(table(['what changed', 'it was', 'it is'], rows));
  const more = tell?.(sent) ?? {};
  if (prepared.judged.next.length > 0) output.out(`\n${prepared.judged.next.join('\n')}`);
  if (wrong.length > 0)
    throw new CliError(
      `The chain has it, and yet ${wrong.map(({ what, now, after }) => `${what} is ${now}, not ${after}`).join(', ')}. Somebody else changed it since: look with kustodia contract verify.`,
      EXIT.refused,
      { code: 'differs', outcome: 'done', hash: receipt.transactionHash },
    );
  if (!options.json) return;
  const { transactionHash: hash, blockNumber } = receipt;
  const seen = { ...described({ ...prepared, simulated: null }, settings), changes };
  output.out(JSON.stringify({ outcome: 'done', ...seen, hash, blockNumber: Number(blockNumber), ...more }));
}

const described = ({ command, caller, to, call, judged, simulated }: Prepared, { chainId }: ContractSettings) => ({
  ...{ command, chainId, contract: to, caller: caller.address, call, to, value: '0' },
  ...{ changes: judged.changes, warnings: judged.warnings, next: judged.next },
  ...(simulated && {
    gas: Number(simulated.gas),
    mostCostWei: (simulated.gasLimit * simulated.fees.maxFeePerGas).toString(),
  }),
});

async function confirm({ yes }: ActOptions): Promise<void> {
  if (yes || (await isConfirmed('\nSign and send it?', 'There is nobody to ask: it needs a terminal, or --yes.')))
    return;
  throw new CliError('Nothing was signed.', EXIT.refused, { code: 'not_confirmed' });
}

/** A transaction of the key that no audit log of ours knows: signing behind it would wait for it, or take its place. */
async function assertNothingWaits(door: ContractDoor, signer: Address): Promise<void> {
  const [mined, pending] = await answering(() => Promise.all([door.minedNonce(signer), door.pendingNonce(signer)]));
  if (mined === pending) return;
  throw new CliError(
    `${pending - mined} transactions of ${signer} that were not made here wait for a block. Nothing was signed; start again when they are through.`,
    EXIT.refused,
    { code: 'others_wait' },
  );
}

const newestFirst = (standings: readonly Standing[]): Intent[] => standings.map(({ intent }) => intent).reverse();

const otherOpen = (open: readonly Standing[]) =>
  new CliError(
    `Nothing was signed: it is not known yet what becomes of ${open.map(({ intent }) => `${intent.command} (${intent.hash})`).join(' and ')}. Repeat that command: it looks, and sends the same bytes again where the node has lost them. Or add --replace to this one: it takes the place of the other, and only one of the two can happen.`,
    EXIT.refused,
    { code: 'unfinished', unfinished: open.map(({ intent }) => intent.hash) },
  );

const usage = (message: string) => new CliError(message, EXIT.usage, { code: 'usage' });
