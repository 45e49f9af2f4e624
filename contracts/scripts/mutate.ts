/**
 * `npm run mutate`: makes one small thing at a time wrong in a copy of the contract, and counts the changes that no test of it notices. It
 * takes two hours of one core. What was judged is kept until a source or a test changes, so that an interrupted run goes on; `--minutes N`
 * begins nothing after so long, and what it did not come to is counted as that. A run writes docs/contract-mutation.md, unless `--only TEXT`
 * takes just the mutants whose name has that in it. `--jobs N` are judged at once; with `--json` the last line is one JSON object. Exits
 * with 1 if one survives that equivalent.ts does not explain.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { KUSTODIA_ESCROW_CODE_HASH } from '../../src/chain/abi/kustodiaEscrow.ts';
import { ContractsError, forgeBinary } from './build.ts';
import { compileEscrow } from './compile.ts';
import { EQUIVALENT } from './equivalent.ts';
import { mutantsOf, OUTCOMES, type Outcome } from './mutants.ts';
import { DOCUMENT, renderMutation } from './mutation-document.ts';
import { runToEnd } from './run-to-end.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = ['EarlyApproval', 'EscrowAdmin', 'IKustodiaEscrow', 'KustodiaEscrow'].map(
  (name) => `contracts/src/${name}.sol`,
);
const ARTIFACT = 'contracts/out/KustodiaEscrow.sol/KustodiaEscrow.json';
const KEPT = join(ROOT, 'contracts/cache/mutation.json');
const RUN_TIMEOUT_MS = 300_000;
const SETTINGS = {
  // Tests then take the contract from its artifact, and are compiled once.
  FOUNDRY_DYNAMIC_TEST_LINKING: 'true',
  FOUNDRY_OPTIMIZER: 'false',
  FOUNDRY_CODE_SIZE_LIMIT: '131072',
  FOUNDRY_FUZZ_RUNS: '8',
  FOUNDRY_INVARIANT_RUNS: '16',
  FOUNDRY_INVARIANT_DEPTH: '100',
};

const keptSchema = z.object({ of: z.string(), outcomes: z.record(z.string(), z.enum(OUTCOMES)) });

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '600' },
  },
});

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const sources = Object.fromEntries(SOURCES.map((path) => [path, read(path)]));
const original = compileEscrow(sources);
if (!original) throw new ContractsError('The contract does not compile.');

mkdirSync(join(ROOT, 'contracts/cache'), { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'kustodia-mutants-'));
try {
  await run();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** A copy of the contracts for each that works at once; the first builds, and the others take what it built. */
async function openFolders(): Promise<string[]> {
  const folders = Array.from({ length: z.coerce.number().int().min(1).max(16).parse(values.jobs) }, (_, i) =>
    join(scratch, String(i)),
  );
  const [first = '', ...others] = folders;
  cpSync(join(ROOT, 'contracts'), join(first, 'contracts'), {
    recursive: true,
    filter: (from) => !/contracts\/(?:out|cache)$/.test(from),
  });
  cpSync(join(ROOT, 'foundry.toml'), join(first, 'foundry.toml'));
  symlinkSync(join(ROOT, 'node_modules'), join(first, 'node_modules'));
  if (!(await passes(first))) throw new ContractsError('The tests fail before anything is changed.');
  if (JSON.parse(readFileSync(join(first, ARTIFACT), 'utf8')).bytecode.object !== original?.bytecode)
    throw new ContractsError('forge compiles another code than this script: compare foundry.toml with compile.ts.');
  // With the times of the files, by which forge knows what is built.
  for (const folder of others)
    cpSync(first, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return folders;
}

async function run(): Promise<void> {
  const mutants = SOURCES.flatMap((path) =>
    mutantsOf(read(path)).map((mutant) => ({ ...mutant, path, id: `${path.split('/').at(-1)} ${mutant.id}` })),
  ).filter(({ id }) => !values.only || id.includes(values.only));
  const kept = readKept();
  const deadline_ms = performance.now() + z.coerce.number().min(0).parse(values.minutes) * 60_000;
  const unjudged = mutants.filter(({ id }) => !kept.outcomes[id]);
  const left = unjudged.values();
  await Promise.all(
    (unjudged.length > 0 && performance.now() < deadline_ms ? await openFolders() : []).map(async (folder) => {
      for (const { id, path, mutated } of left) {
        if (performance.now() > deadline_ms) return;
        const outcome = await judge(folder, { ...sources, [path]: mutated });
        kept.outcomes[id] = outcome;
        writeFileSync(KEPT, JSON.stringify(kept));
        console.log(`${outcome === 'survived' ? '✗' : '✓'} ${outcome}: ${id}`);
      }
    }),
  );
  const outcomes = new Map(mutants.flatMap(({ id }) => (kept.outcomes[id] ? [[id, kept.outcomes[id]] as const] : [])));
  const survivors = [...outcomes].filter(([, outcome]) => outcome === 'survived').map(([id]) => id);
  const unexplained = survivors.filter((id) => !EQUIVALENT[id]);
  if (!values.only)
    writeFileSync(join(ROOT, DOCUMENT), renderMutation(outcomes, mutants.length, KUSTODIA_ESCROW_CODE_HASH));
  const count = (wanted: Outcome) => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
  const judged = count('killed') + survivors.length;
  console.log(`${judged} mutants, ${survivors.length} survived, ${unexplained.length} of them unexplained`);
  if (values.json) console.log(JSON.stringify({ mutants: judged, killed: count('killed'), survivors, unexplained }));
  if (unexplained.length > 0) process.exitCode = 1;
}

/** What earlier runs judged, if no text that they depended on has changed since. */
function readKept(): z.infer<typeof keptSchema> {
  const hash = createHash('sha256');
  const files = readdirSync(join(ROOT, 'contracts'), { recursive: true, encoding: 'utf8' });
  const judging = /^(?:src|test)\/.*\.sol$|^scripts\/(?:mutants|compile)\.ts$/;
  for (const file of files.filter((name) => judging.test(name)).toSorted())
    hash.update(file).update(read(`contracts/${file}`));
  const of = hash.update(read('foundry.toml')).digest('hex');
  const kept = existsSync(KEPT) ? keptSchema.parse(JSON.parse(readFileSync(KEPT, 'utf8'))) : undefined;
  return kept?.of === of ? kept : { of, outcomes: {} };
}

async function judge(folder: string, changed: Record<string, string>): Promise<Outcome> {
  const code = compileEscrow(changed);
  if (!code) return 'does not compile';
  if (code.bytecode === original?.bytecode) return 'no change';
  const path = join(folder, ARTIFACT);
  const artifact = readFileSync(path, 'utf8');
  const put = JSON.parse(artifact);
  put.bytecode.object = code.bytecode;
  put.deployedBytecode.object = code.deployedBytecode;
  const text = JSON.stringify(put);
  writeFileSync(path, text);
  try {
    const outcome = (await passes(folder)) ? 'survived' : 'killed';
    if (readFileSync(path, 'utf8') !== text) throw new ContractsError('forge built anew what was to be judged.');
    return outcome;
  } finally {
    writeFileSync(path, artifact);
  }
}

/** The unit tests, and where they notice nothing the invariants. */
async function passes(folder: string): Promise<boolean> {
  return (
    (await forge(folder, ['--no-match-contract', 'MockMXNB|Invariant'])) &&
    forge(folder, ['--match-contract', 'Invariant'])
  );
}

async function forge(folder: string, args: readonly string[]): Promise<boolean> {
  const env = { ...process.env, NO_COLOR: '1', ...SETTINGS };
  const options = { cwd: folder, env, timeoutMs: RUN_TIMEOUT_MS };
  const { code, killed, stdout, stderr } = await runToEnd(forgeBinary(), ['test', '--fail-fast', ...args], options);
  if (code === 0) return true;
  if (stdout.includes('[FAIL')) return false;
  throw new ContractsError(`forge did not run (${killed ?? `exit ${code}`}): ${stdout}${stderr}`);
}
