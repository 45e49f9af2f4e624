import { createHash } from 'node:crypto';

/** Draws whole numbers below a bound. */
export type Draw = (below: number) => number;

/** The same numbers for the same seed, in the same order, on every machine. */
export function drawFrom(seed: string | number): Draw {
  let turn = 0;
  return (below) => {
    const hash = createHash('sha256').update(`${seed}|${turn++}`).digest();
    return hash.readUIntBE(0, 6) % below;
  };
}

/** One of them. Throws where there is none. */
export function pick<T>(draw: Draw, items: readonly T[]): T {
  const item = items[draw(items.length)];
  if (item === undefined) throw new Error('there is nothing to draw from');
  return item;
}
