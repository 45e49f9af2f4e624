import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type Mutant, mutate } from './mutant.ts';

export const ROOT = join(import.meta.dirname, '../..');
/** What is not source: packages are linked, the rest is made anew where it is needed. */
const LEFT_OUT = new Set(['node_modules', '.git', '.ponder', 'coverage']);

export type Scratch = Readonly<{
  folder: string;
  /** Runs `work` with a safeguard removed, and puts it back. */
  without: <T>(mutant: Mutant, work: () => Promise<T>) => Promise<T>;
  remove: () => Promise<void>;
}>;

/** Copies the source to a folder of its own, outside the repository: no mutant ever touches what is released. */
export async function openScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-safeguards-'));
  await cp(ROOT, folder, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (from) =>
      !relative(ROOT, from)
        .split(sep)
        .some((part) => LEFT_OUT.has(part)),
  });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    without: async (mutant, work) => {
      const path = join(folder, mutant.file);
      const source = await readFile(path, 'utf8');
      await writeFile(path, mutate(source, mutant));
      try {
        return await work();
      } finally {
        await writeFile(path, source);
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
