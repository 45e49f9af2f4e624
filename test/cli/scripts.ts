import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A script of the earlier system and the command that stands in docs/command-line.md for it, word by word. */
export type Script = Readonly<{ script: string; words: readonly string[] }>;

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8');

/** The table of the page. */
export const SCRIPTS: readonly Script[] = PAGE.slice(PAGE.indexOf('## The scripts of before'))
  .split('\n')
  .flatMap((line) => {
    const [, script = '', command = ''] = /^\| (.+?) +\| `kustodia ([^`]+)` *\|/.exec(line) ?? [];
    return script === '' ? [] : [{ script, words: command.split(' ') }];
  });
