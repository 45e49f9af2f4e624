import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IndexerEnvironment } from './environment.ts';

/**
 * The schema for this code, these addresses and this very chain. Unchanged it resumes; anything changed goes to a new one: Ponder
 * itself would resume the old schema under another chain id or after a restart of the chain.
 */
export function schemaName(root: string, env: IndexerEnvironment, genesisHash: string): string {
  const indexing = join(root, 'src/indexing');
  const files = [
    join(root, 'ponder.config.ts'),
    join(root, 'ponder.schema.ts'),
    ...readdirSync(indexing)
      .sort()
      .map((name) => join(indexing, name)),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  const {
    CHAIN_ID,
    ESCROW_CONTRACT_ADDRESS,
    MXNB_CONTRACT_ADDRESS,
    ESCROW_BRIDGE_WALLET,
    JUNO_DEPOSIT_ADDRESS,
    ESCROW_START_BLOCK,
  } = env;
  hash.update(
    JSON.stringify([
      CHAIN_ID,
      genesisHash,
      ESCROW_CONTRACT_ADDRESS,
      MXNB_CONTRACT_ADDRESS,
      ESCROW_BRIDGE_WALLET,
      JUNO_DEPOSIT_ADDRESS,
      ESCROW_START_BLOCK,
    ]),
  );
  return `chain_${hash.digest('hex').slice(0, 12)}`;
}
