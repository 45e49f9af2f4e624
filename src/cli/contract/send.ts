import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Address,
  BaseError,
  formatGwei,
  getContractAddress,
  type Hex,
  keccak256,
  parseTransaction,
  type TransactionReceipt,
} from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { ContractDoor } from '../../chain/contract/door.ts';
import type { Fees } from '../../chain/door.ts';
import type { Db } from '../../reactor/db/client.ts';
import { larger } from '../../reactor/wallet/decide.ts';
import { CliError, EXIT } from '../output.ts';
import type { Change } from './act.ts';
import { type Intent, recordIntent, recordOutcome, type Who } from './journal.ts';
import { standingOf } from './unfinished.ts';

/** One act, ready to be signed. `to` is null for a deployment. */
export type Wanted = Readonly<{
  command: string;
  call: string;
  to: Address | null;
  data: Hex;
  gasLimit: bigint;
  fees: Fees;
}>;

export type Sender = Readonly<{
  door: ContractDoor;
  db: Db;
  chainId: number;
  signer: PrivateKeyAccount;
  who: Who;
  wait_ms: number;
  /** Wei a unit of gas that is never gone beyond. */
  maxFeePerGas: bigint;
  /** How the contract reads once a block has the act. */
  readBack: (receipt: TransactionReceipt) => Promise<readonly Found[]>;
  out: (line: string) => void;
}>;

/** One thing that was to change, and how the chain has it since. */
export type Found = Change & Readonly<{ now: string }>;
export type Sent = Readonly<{ receipt: TransactionReceipt; changes: readonly Found[] }>;

const POLL_MS = 250;
/** What nodes ask at least for another transaction at the same nonce: a tenth more; with room. */
const RAISE_PERCENT = 125n;

/** Whether a signed act is this very one: the same call to the same contract. */
export function isSameAct({ raw }: Intent, { to, data }: Pick<Wanted, 'to' | 'data'>): boolean {
  const signed = parseTransaction(raw);
  return (signed.to ?? null)?.toLowerCase() === to?.toLowerCase() && (signed.data ?? '0x') === data;
}

/**
 * Signs, commits what it signed to the audit log, and only then sends it and waits for a block. `replaced` are unfinished acts, all
 * of one nonce: the new one takes that nonce, so that only one of them can happen. Throws a CliError with outcome `unknown`
 * where no block has come in time.
 */
export async function signAndSend(sender: Sender, wanted: Wanted, replaced: readonly Intent[]): Promise<Sent> {
  const { door, db, chainId, signer, who, out } = sender;
  const nonce = replaced[0]?.nonce ?? (await door.minedNonce(signer.address));
  const raw = await signer.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: wanted.to,
    data: wanted.data,
    gas: wanted.gasLimit,
    ...feesOver(replaced, wanted.fees, sender.maxFeePerGas),
  });
  const contract = wanted.to ?? getContractAddress({ from: signer.address, nonce: BigInt(nonce) });
  const intent: Intent = {
    command: wanted.command,
    subject: `contract:${chainId}:${contract}`,
    call: wanted.call,
    ...{ chainId, signer: signer.address, nonce, hash: keccak256(raw), raw },
  };
  await recordIntent(db, intent, who, replaced.length > 0);
  out(`\nSigned and in the audit log: ${intent.hash}, nonce ${nonce}.`);
  return broadcastAndWait(sender, [intent, ...replaced]);
}

/**
 * Sends the newest of some acts of one nonce, waits until a block has one of them, and commits how each ended. Answers the receipt
 * of the newest, and how the contract reads since. Throws a CliError for every other end.
 */
export async function broadcastAndWait(sender: Sender, acts: readonly [Intent, ...Intent[]]): Promise<Sent> {
  const { door, db, who, wait_ms, out } = sender;
  const [newest] = acts;
  // Whatever the node answers, its blocks alone tell what becomes of it.
  await door.broadcast(newest.raw).catch((error: unknown) => {
    const why = error instanceof BaseError ? error.shortMessage : 'no answer';
    out(`The node did not say that it took it: ${why}`);
  });
  const deadline_ms = performance.now() + wait_ms;
  do {
    const standings = await Promise.all(acts.map((act) => standingOf(door, act))).catch(() => []);
    for (const standing of standings)
      if (standing.is === 'mined') return end(sender, acts, standing.intent, standing.receipt);
    if (standings.length > 0 && standings.every(({ is }) => is === 'replaced')) {
      for (const act of acts) await recordOutcome(db, act, who.by, 'replaced');
      throw overtaken(newest);
    }
    await sleep(POLL_MS);
  } while (performance.now() < deadline_ms);
  throw unknown(newest, wait_ms);
}

async function end(
  { db, who, readBack }: Sender,
  acts: readonly [Intent, ...Intent[]],
  mined: Intent,
  receipt: TransactionReceipt,
): Promise<Sent> {
  const { status, blockNumber, blockHash } = receipt;
  const isOurs = mined === acts[0] && status === 'success';
  const changes = isOurs ? await readBack(receipt).catch(() => null) : [];
  await recordOutcome(db, mined, who.by, status === 'success' ? 'done' : 'reverted', {
    blockNumber: blockNumber.toString(),
    blockHash,
    ...(changes?.length && { now: changes.map(({ what, now }) => `${what}: ${now}`).join('; ') }),
  });
  for (const act of acts) if (act !== mined) await recordOutcome(db, act, who.by, 'replaced');
  if (mined !== acts[0])
    throw new CliError(
      `The earlier one was quicker: block ${blockNumber} has ${mined.command}, ${mined.call} (${mined.hash}). This one can never happen; start again to see what there is still to do.`,
      EXIT.refused,
      { code: 'overtaken', hash: mined.hash },
    );
  if (status !== 'success')
    throw new CliError(
      `The contract refused it in block ${blockNumber} (${mined.hash}). Nothing changed but the gas that it cost; --dry-run of the same command says why.`,
      EXIT.refused,
      { code: 'reverted', outcome: 'reverted', hash: mined.hash },
    );
  if (changes === null)
    throw new CliError(
      `Block ${blockNumber} has it (${mined.hash}), but the chain did not say how the contract reads since. Look with kustodia contract verify.`,
      EXIT.unreachable,
      { code: 'not_read_back', outcome: 'done', hash: mined.hash },
    );
  return { receipt, changes };
}

function feesOver(replaced: readonly Intent[], now: Fees, most: bigint): Fees {
  const raised = (fee: bigint | undefined) => ((fee ?? 0n) * RAISE_PERCENT) / 100n + 1n;
  const signed = replaced.map(({ raw }) => parseTransaction(raw));
  const maxFeePerGas = signed.map((one) => raised(one.maxFeePerGas)).reduce(larger, now.maxFeePerGas);
  const maxPriorityFeePerGas = signed
    .map((one) => raised(one.maxPriorityFeePerGas))
    .reduce(larger, now.maxPriorityFeePerGas);
  if (maxFeePerGas > most)
    throw new CliError(
      `A unit of gas would have to be worth ${formatGwei(maxFeePerGas)} gwei, more than WALLET_MAX_FEE_GWEI allows. Nothing was signed.`,
      EXIT.refused,
      { code: 'fee_too_high' },
    );
  return { maxFeePerGas, maxPriorityFeePerGas };
}

const unknown = ({ hash, nonce, signer }: Intent, wait_ms: number) =>
  new CliError(
    `Unknown: after ${wait_ms / 1_000} s no block has ${hash} (nonce ${nonce}). It may still come, so nothing else is signed for ${signer} before that is known. Run the same command again: it looks, and sends the same bytes again where the node has lost them. If its fee is too low, add --replace: that signs once more at the same nonce, and only one of the two can happen.`,
    EXIT.refused,
    { code: 'unknown', outcome: 'unknown', hash, nonce },
  );

const overtaken = ({ hash, nonce, signer }: Intent) =>
  new CliError(
    `Another transaction of ${signer} has nonce ${nonce}: ${hash} can never happen. Find out who else signs with this key, and start again.`,
    EXIT.refused,
    { code: 'replaced', outcome: 'replaced', hash, nonce },
  );
