import { readFile } from 'node:fs/promises';
import { audit } from '../auditor/audit.ts';
import { openAuditBooks } from '../auditor/books.ts';
import { openAuditChain } from '../auditor/chain.ts';
import type { Finding } from '../auditor/findings.ts';
import { openAuditJuno } from '../auditor/juno.ts';
import { readAuditSettings } from '../auditor/settings.ts';
import type { World } from './world.ts';

/** What is under way at the first look has come to rest at the second. */
const LOOK_AGAIN_MS = 5_000;
/** Every line of a world's environment file. */
const LINE = /^(\w+)='(.*)'$/gm;

/**
 * The second opinion on a world, by the auditor: from chain and Juno alone who was owed what and who got what, compared with the
 * books; see `audit`. Reads only, with the settings that `npm run audit` would be given, and past whatever stands between the
 * reactors and the outside. Throws where one of them cannot be read to its end.
 */
export async function auditWorld({ environmentFile }: Pick<World, 'environmentFile'>): Promise<readonly Finding[]> {
  const lines = (await readFile(environmentFile, 'utf8')).matchAll(LINE);
  const { chain, juno, databaseUrl } = readAuditSettings(
    Object.fromEntries([...lines].map(([, name, value]) => [name, value])),
  );
  const { findings } = await audit({
    chain: openAuditChain(chain),
    juno: openAuditJuno(juno),
    books: openAuditBooks({ databaseUrl }),
    lookAgain_ms: LOOK_AGAIN_MS,
  });
  return findings;
}

/** A finding as one sentence, with where to look and what to do. */
export const wordsFor = ({ code, payment, amount, evidence, what, todo }: Finding): string =>
  `The auditor: ${code}${payment === null ? '' : ` (payment ${payment})`}${amount === null ? '' : ` ${amount}`}: ${what} Evidence: ${evidence.join(', ')}. ${todo}`;
