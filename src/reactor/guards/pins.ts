import { and, eq, lt, ne, or, sql } from 'drizzle-orm';
import type { ChainDoor } from '../../chain/door.ts';
import type { Db, Tx } from '../db/client.ts';
import { chainPin, guardSwitch, settingPin } from '../db/schema.ts';
import { secretFingerprint } from '../effects/key.ts';
import type { Settings } from '../settings.ts';
import { contractSwitch } from './scope.ts';

/** This database belongs to another chain or another secret: acting on it could pay twice. */
export class PinMismatchError extends Error {
  override readonly name = 'PinMismatchError';
}

type Pin = typeof chainPin.$inferSelect;

/**
 * Checks, before anything acts, that this is the chain and the secret that the database was born with, and that the newest block
 * it acted on still exists. Remembers both at the first start. Throws a PinMismatchError.
 */
export async function assertPins(db: Db, chain: ChainDoor, settings: Settings): Promise<void> {
  const fingerprint = secretFingerprint(settings.keySecret);
  await db.insert(settingPin).values({ name: 'key_secret', value: fingerprint }).onConflictDoNothing();
  const [secret] = await db.select().from(settingPin).where(eq(settingPin.name, 'key_secret'));
  if (secret?.value !== fingerprint) {
    throw new PinMismatchError(
      'KUSTODIA_KEY_SECRET is not the one this database was born with. Under another secret every intent would get a new key, and Juno could pay it again. Put the old secret back.',
    );
  }
  // A switch that is missing counts as closed.
  for (const { address } of chain.escrows)
    await db
      .insert(guardSwitch)
      .values({ name: contractSwitch(address) })
      .onConflictDoNothing();
  const remoteId = await chain.witnesses.first.chainId();
  if (remoteId !== settings.chainId)
    throw new PinMismatchError(`ETH_RPC_URL serves chain ${remoteId}, CHAIN_ID says ${settings.chainId}.`);
  const genesisHash = await chain.blockHash(0n);
  if (!genesisHash) throw new PinMismatchError('The RPC has no block 0; it cannot be told which chain it serves.');
  await assertSecondRpc(chain, settings.chainId, genesisHash);
  await db
    .insert(chainPin)
    .values({ chainId: settings.chainId, genesisHash, blockNumber: 0, blockHash: genesisHash })
    .onConflictDoNothing();
  const pins = await db.select().from(chainPin);
  const pin = pins.find((p) => p.chainId === settings.chainId);
  if (!pin || pins.length > 1)
    throw new PinMismatchError('This database belongs to another chain; give each chain its own database.');
  if (pin.genesisHash !== genesisHash)
    throw new PinMismatchError(
      `The chain behind ETH_RPC_URL has another first block than the one that this database belongs to: it is another chain, or one that was restarted empty. Nothing was started. Point ETH_RPC_URL at the old chain, or give the new one an empty database.`,
    );
  if ((await chain.blockHash(BigInt(pin.blockNumber))) !== pin.blockHash) throw new PinMismatchError(goneAtStart(pin));
}

const goneAtStart = ({ blockNumber, blockHash }: Pin) =>
  `The chain behind ETH_RPC_URL does not have block ${blockNumber} (${blockHash.slice(0, 10)}…) that this database acted on: it was set back to an earlier state, its node has not caught up, or it was reorganised while no reactor ran. Nothing was started and no money moves. Look the block up in an explorer. If the node is behind, wait for it; if the chain was set back, use an empty database; if it was reorganised, run kustodia chain accept-reorg.`;

/** A second RPC that does not answer now is asked when it is needed, and money waits for it then; one of another chain is a mistake. */
async function assertSecondRpc(
  { witnesses: { second } }: ChainDoor,
  chainId: number,
  genesisHash: string,
): Promise<void> {
  if (!second) return;
  const answers = await Promise.all([second.chainId(), second.blockHash(0n)]).catch(() => null);
  if (answers && (answers[0] !== chainId || answers[1] !== genesisHash))
    throw new PinMismatchError(
      'ETH_RPC_URL_2 serves another chain than ETH_RPC_URL. Nothing was started. Let both serve the same chain, or leave it empty.',
    );
}

/**
 * - `there`: the chain that this database belongs to, with the newest block that it acted on
 * - `behind`: its head is below that block: a node that is not caught up, or a reorganisation under way
 * - `reorganised`: it has another block of that number
 * - `another_chain`: another first block
 */
export type PinState = Readonly<{
  is: 'there' | 'behind' | 'reorganised' | 'another_chain';
  blockNumber: number;
  blockHash: string;
}>;

/** Looks again, while the reactor runs, at what `assertPins` checked at its start. Throws when the RPC gives no answer. */
export async function lookAtPin(db: Db, chain: ChainDoor): Promise<PinState> {
  const [pin] = await db.select().from(chainPin).where(eq(chainPin.chainId, chain.chainId));
  if (!pin) throw new Error(`the chain ${chain.chainId} was never pinned`);
  const { blockNumber, blockHash } = pin;
  if ((await chain.blockHash(0n)) !== pin.genesisHash) return { is: 'another_chain', blockNumber, blockHash };
  const hash = await chain.blockHash(BigInt(blockNumber));
  return { is: hash === blockHash ? 'there' : hash === null ? 'behind' : 'reorganised', blockNumber, blockHash };
}

/**
 * Whether the RPC serves the chain that this database belongs to, asked now and not when the watchdog last looked. A database that
 * was never pinned belongs to none yet. Throws when the RPC gives no answer.
 */
export async function servesPinnedChain(db: Db, chain: ChainDoor): Promise<boolean> {
  const [pin] = await db.select().from(chainPin).where(eq(chainPin.chainId, chain.chainId));
  return !pin || (await chain.blockHash(0n)) === pin.genesisHash;
}

/** A block whose events were seen there and are about to be acted on. */
export type ActedOn = Readonly<{ blockNumber: number; blockHash: string }>;

/**
 * Pins the newest block acted on: if the chain no longer has it, money stays off. Written, by itself, before what is done for it: all payments
 * share this row, and none may wait for what another writes beside it. Of a block that is not newer nothing is written.
 */
export async function pinActed(
  db: Db,
  { chainId }: Pick<Settings, 'chainId'>,
  acted: readonly ActedOn[],
): Promise<void> {
  const newest = acted.reduce<ActedOn | null>(
    (best, one) => (best && best.blockNumber > one.blockNumber ? best : one),
    null,
  );
  if (!newest) return;
  const { blockNumber, blockHash } = newest;
  const isNewer = or(
    lt(chainPin.blockNumber, blockNumber),
    and(eq(chainPin.blockNumber, blockNumber), ne(chainPin.blockHash, blockHash)),
  );
  await db
    .update(chainPin)
    .set({ blockNumber, blockHash })
    .where(and(eq(chainPin.chainId, chainId), isNewer));
}

/** More blocks with evidence of ours than these lie in no reorganisation that a chain survives. */
const MOST_BLOCKS = 2_000;

export type Kept = Readonly<{
  blockNumber: number;
  blockHash: string /** Blocks above it, with evidence of ours, that are gone. */;
  gone: number;
}>;

/** The newest block with evidence of ours that the chain still has, or its first one. */
export async function newestKept(db: Db, chain: ChainDoor): Promise<Kept> {
  const { rows } = await db.execute<{ number: string; hash: string }>(sql`
    SELECT DISTINCT (detail ->> 'blockNumber')::bigint AS number, detail ->> 'blockHash' AS hash FROM reactor.evidence
    WHERE source = 'chain' AND detail ? 'blockHash' ORDER BY number DESC LIMIT ${MOST_BLOCKS}`);
  for (const [gone, { number, hash }] of rows.entries())
    if ((await chain.blockHash(BigInt(number))) === hash) return { blockNumber: Number(number), blockHash: hash, gone };
  const [pin] = await db.select().from(chainPin).where(eq(chainPin.chainId, chain.chainId));
  if (!pin) throw new Error(`the chain ${chain.chainId} was never pinned`);
  return { blockNumber: 0, blockHash: pin.genesisHash, gone: rows.length };
}

/**
 * Pins that block after a reorganisation. What was claimed in later blocks is read again before anything builds on it, so nothing
 * else has to be undone here.
 */
export async function repin(db: Db | Tx, { chainId }: ChainDoor, { blockNumber, blockHash }: Kept): Promise<void> {
  await db.update(chainPin).set({ blockNumber, blockHash }).where(eq(chainPin.chainId, chainId));
}
