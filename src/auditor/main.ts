/** `npm run audit`: the second opinion, as a page or with `--json` as one line. Exit 0: nothing found; 1: findings; 2: no result. */
import { parseArgs } from 'node:util';
import { audit } from './audit.ts';
import { openAuditBooks } from './books.ts';
import { openAuditChain } from './chain.ts';
import { openAuditJuno } from './juno.ts';
import { pageOf } from './page.ts';
import { readAuditSettings } from './settings.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, 'look-again': { type: 'string', default: '30' } },
  });
  const settings = readAuditSettings(process.env);
  const result = await audit({
    chain: openAuditChain(settings.chain),
    juno: openAuditJuno(settings.juno),
    books: openAuditBooks(settings),
    lookAgain_ms: Number(values['look-again']) * 1000,
  });
  process.stdout.write(`${values.json ? JSON.stringify(result) : pageOf(result)}\n`);
  return result.findings.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : 'The audit failed.'}\n`);
    process.exit(2);
  },
);
