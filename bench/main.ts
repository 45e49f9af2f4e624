/** `npm run bench`: every benchmark, one after another, each in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fieldsOf } from './frame/fields.ts';
import { mergeRecord, RESULT, type Result, readRecord, recordOf } from './frame/record.ts';
import { PLAN, type Planned } from './plan.ts';

const HELP = `npm run bench -- [--only A,B] [--rounds N] [--full] [--record FILE] [--json]

  --only A,B     these alone: ${PLAN.map(({ name }) => name).join(', ')}
  --rounds N     each so many times (default 1); the median is told, and the spread
  --full         with the sizes that take long: a million rows where it is fewer else
  --record FILE  writes what was measured, for \`npm run bench:compare -- BEFORE AFTER\`; with --only into a record that is there, in the place of
                 what it has of these
  --json         the last line of standard output is one JSON object; everything else goes to standard error
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    full: { type: 'boolean', default: false },
    record: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Its own lines as they come; answers the last, or null where it failed. */
function run({ name, args, full }: Planned, out: NodeJS.WritableStream): Promise<Result | null> {
  const asked = [...args, ...(values.full ? (full ?? []) : []), '--rounds', values.rounds, '--json'];
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...asked], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.pipe(out, { end: false });
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      const last = text.trimEnd().split('\n').at(-1) ?? '';
      resolve(code === 0 ? RESULT.parse(JSON.parse(last)) : null);
    });
  });
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !PLAN.some((planned) => planned.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no benchmark ${unknown}.\n${HELP}`);
    return 2;
  }
  const out = values.json ? process.stderr : process.stdout;
  const results: Result[] = [];
  const failed: string[] = [];
  for (const planned of PLAN.filter(({ name }) => !only || only.includes(name))) {
    const result = await run(planned, out);
    if (result) results.push(result);
    else failed.push(planned.name);
  }
  if (values.record) {
    const before = only && existsSync(values.record) ? await readRecord(values.record) : null;
    await writeFile(values.record, `${JSON.stringify(mergeRecord(before, recordOf(results, new Date())), null, 1)}\n`);
  }
  process.stdout.write(`${JSON.stringify(fieldsOf(results, failed))}\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exit(await main());
