/**
 * `npm run bench:compare -- BEFORE AFTER`: two records (`npm run bench -- --record FILE`) side by side. Marks each figure that is worse by
 * more than a fifth; exit code 1 unless the record after has a note for each of those, under `notes` by the figure's name.
 */
import { parseArgs } from 'node:util';
import { compareRecords, lacksNote, type Row } from './frame/compare.ts';
import { type Record, readRecord } from './frame/record.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [before, after] = positionals;
if (!before || !after) {
  process.stderr.write(
    'npm run bench:compare -- BEFORE AFTER: two files that `npm run bench -- --record FILE` wrote\n',
  );
  process.exit(2);
}

const headOf = (name: string, { at, machine, results }: Record) =>
  `${name}: ${at}, ${machine}, load ${Math.min(...results.map(({ load }) => load.before))} to ${Math.max(...results.map(({ load }) => load.after))}\n`;
const lineOf = (row: Row) =>
  [
    row.figure.padEnd(56),
    String(row.before ?? '—').padStart(10),
    String(row.after ?? '—').padStart(10),
    (row.ratio?.toFixed(2) ?? '').padStart(7),
    row.isWorse ? (row.note === null ? '  WORSE, and no note says why' : `  worse: ${row.note}`) : '',
  ].join('');

const [old, now] = [await readRecord(before), await readRecord(after)];
const rows = compareRecords(old, now);
process.stdout.write(headOf('before', old) + headOf('after ', now));
process.stdout.write(`${'figure'.padEnd(56)}${'before'.padStart(10)}${'after'.padStart(10)}${'ratio'.padStart(7)}\n`);
for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
const without = rows.filter(lacksNote);
process.stdout.write(
  `${rows.filter(({ isWorse }) => isWorse).length} worse by more than a fifth, ${without.length} of them without a note\n`,
);
process.exit(without.length === 0 ? 0 : 1);
