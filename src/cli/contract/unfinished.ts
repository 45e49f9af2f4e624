import type { TransactionReceipt } from 'viem';
import type { ContractDoor } from '../../chain/contract/door.ts';
import type { Db } from '../../reactor/db/client.ts';
import { type Intent, recordOutcome, type SignerOn, unfinishedActs } from './journal.ts';

/**
 * What the chain says of a signed act that has no outcome yet:
 * - `mined`: a block has it
 * - `replaced`: another transaction has its nonce, so that it can never happen
 * - `waiting`: the node holds it for a block
 * - `gone`: the node knows nothing of it; whoever has the bytes could still send them
 */
export type Standing = Readonly<
  { intent: Intent } & ({ is: 'mined'; receipt: TransactionReceipt } | { is: 'replaced' | 'waiting' | 'gone' })
>;

/** Asks the chain about one signed act. */
export async function standingOf(door: ContractDoor, intent: Intent): Promise<Standing> {
  // The count before the receipt: whoever asks the other way round may see a block come between, and call that replaced.
  const used = await door.minedNonce(intent.signer);
  const receipt = await door.receipt(intent.hash);
  if (receipt) return { intent, is: 'mined', receipt };
  if (used > intent.nonce) return { intent, is: 'replaced' };
  return { intent, is: (await door.knows(intent.hash)) ? 'waiting' : 'gone' };
}

/** What became of a signer's unfinished acts; those that ended are committed as such if `by` is given. */
export async function lookAtUnfinished(
  door: ContractDoor,
  db: Db,
  of: SignerOn,
  by: string | null,
): Promise<{ ended: Standing[]; open: Standing[] }> {
  const standings: Standing[] = [];
  for (const intent of await unfinishedActs(db, of)) standings.push(await standingOf(door, intent));
  const isEnded = ({ is }: Standing) => is === 'mined' || is === 'replaced';
  const ended = standings.filter(isEnded);
  if (by !== null) for (const standing of ended) await commitEnd(db, standing, by);
  return { ended, open: standings.filter((standing) => !isEnded(standing)) };
}

async function commitEnd(db: Db, standing: Standing, by: string): Promise<void> {
  if (standing.is !== 'mined') return recordOutcome(db, standing.intent, by, 'replaced');
  const { status, blockNumber, blockHash } = standing.receipt;
  await recordOutcome(db, standing.intent, by, status === 'success' ? 'done' : 'reverted', {
    blockNumber: blockNumber.toString(),
    blockHash,
  });
}

/** In one line for people. */
export const describe = (standing: Standing): string => {
  const { intent, is } = standing;
  const act = `${intent.command}, ${intent.call}, ${intent.hash}`;
  if (is === 'mined')
    return standing.receipt.status === 'success'
      ? `done in block ${standing.receipt.blockNumber}: ${act}`
      : `refused by the contract in block ${standing.receipt.blockNumber}: ${act}`;
  return {
    replaced: 'never to happen, for another transaction has its nonce',
    waiting: 'still waiting for a block',
    gone: 'unknown to the node',
  }[is].concat(`: ${act}`);
};
