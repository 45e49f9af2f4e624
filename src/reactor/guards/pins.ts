import { eq } from 'drizzle-orm';
import type { ChainDoor } from '../../chain/door.ts';
import type { Db } from '../db/client.ts';
import { chainPin, settingPin } from '../db/schema.ts';
import { secretFingerprint } from '../effects/key.ts';
import type { Settings } from '../settings.ts';

/** This database belongs to another chain or another secret: acting on it could pay twice. */
export class PinMismatchError extends Error {
  override readonly name = 'PinMismatchError';
}

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
  const remoteId = await chain.client.getChainId();
  if (remoteId !== settings.chainId)
    throw new PinMismatchError(`ETH_RPC_URL serves chain ${remoteId}, CHAIN_ID says ${settings.chainId}.`);
  const genesisHash = await chain.blockHash(0n);
  if (!genesisHash) throw new PinMismatchError('The RPC has no block 0; it cannot be told which chain it serves.');
  await db
    .insert(chainPin)
    .values({ chainId: settings.chainId, genesisHash, blockNumber: 0, blockHash: genesisHash })
    .onConflictDoNothing();
  const pins = await db.select().from(chainPin);
  const pin = pins.find((p) => p.chainId === settings.chainId);
  if (!pin || pins.length > 1)
    throw new PinMismatchError('This database belongs to another chain; give each chain its own database.');
  if (pin.genesisHash !== genesisHash || (await chain.blockHash(BigInt(pin.blockNumber))) !== pin.blockHash) {
    throw new PinMismatchError(
      `The chain behind ETH_RPC_URL does not have block ${pin.blockNumber} (${pin.blockHash.slice(0, 10)}…) that this database acted on. It is another chain, or one that was restarted empty: use a new database.`,
    );
  }
}
