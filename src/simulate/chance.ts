import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws for one purpose: the same seed and the same name always give the same draws, whatever else is drawn in between. */
export type Draws = Readonly<{
  /** A whole number between these two, both included. */
  int: (from: number, to: number) => number;
  /** True this often in a thousand. */
  oneIn1000: (times: number) => boolean;
  pick: <T>(items: readonly T[]) => T;
}>;

/** A source of chance in which every purpose has draws of its own, so that a history with one payment less stays the same elsewhere. */
export type Chance = Readonly<{
  of: (name: string) => Draws;
  /** Draws whose name is used for the first, second, … time. */
  next: (name: string) => Draws;
  uuid: (name: string) => string;
}>;

export function createChance(seed: number): Chance {
  const uses = new Map<string, number>();
  const digest = (name: string) => createHash('sha256').update(`${seed}|${name}`).digest();
  const of = (name: string): Draws => {
    const generator = xoroshiro128plus(digest(name).readInt32LE(0));
    const int = (from: number, to: number) => uniformInt(generator, from, to);
    return {
      int,
      oneIn1000: (times) => int(1, 1000) <= times,
      pick: (items) => {
        const item = items[int(0, items.length - 1)];
        if (item === undefined) throw new Error('nothing to pick from');
        return item;
      },
    };
  };
  const nth = (name: string): string => {
    const count = (uses.get(name) ?? 0) + 1;
    uses.set(name, count);
    return `${name}#${count}`;
  };
  return {
    of,
    next: (name) => of(nth(name)),
    uuid: (name) =>
      digest(nth(name))
        .toString('hex')
        .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5'),
  };
}
