import { ESCROW_VERSIONS, type EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { SHORT_DELAYS } from './support.ts';

/** A world whose reactor drives a contract of this version, while the indexer serves all three. */
export const startWorldOf = (version: EscrowVersion, more: Parameters<typeof startWorld>[0] = {}): Promise<World> =>
  startWorld({
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
    escrows: [version, ...ESCROW_VERSIONS.filter((other) => other !== version)],
    ...more,
  });
