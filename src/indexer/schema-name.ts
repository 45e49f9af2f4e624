import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexedContracts } from './contracts.ts';
import type { IndexerEnvironment } from './environment.ts';

/** What our schemas are named like, and nobody else's. */
export const SCHEMA_NAME = /^chain_[0-9a-f]{12}$/;

/**
 * The schema for this code, these contracts and this very chain. Unchanged it resumes; anything changed goes to a new one.
 * Everything that Ponder's own build id covers is in it, or Ponder would refuse the schema; chain id and genesis hash are not
 * in Ponder's, so that it would resume the schema of another chain.
 */
export function schemaName(root: string, env: IndexerEnvironment, genesisHash: string): string {
  const indexing = join(root, 'src/indexing');
  const files = [
    // Another version of Ponder refuses what an earlier one has written.
    join(root, 'node_modules/ponder/package.json'),
    join(root, 'ponder.schema.ts'),
    ...readdirSync(indexing, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(indexing, name)),
  ];
  const hash = createHash('sha256').update(JSON.stringify([env.CHAIN_ID, genesisHash, indexedContracts(env)]));
  for (const file of files) hash.update('\0').update(readFileSync(file));
  return `chain_${hash.digest('hex').slice(0, 12)}`;
}
