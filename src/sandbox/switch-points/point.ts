/** One point on which the documents are silent: the page that stops short of it, what it leaves open, and the answers. */
export type Point<T extends string | number | boolean> = Readonly<{
  page: string;
  open: string;
  /** The answers that tests go through; the first is the one chosen where nothing is set. */
  answers: readonly [T, T, ...T[]];
  /** Where any whole number between these is good as well. */
  range?: readonly [least: number, most: number];
}>;

/** A point with a few answers. */
export const choice = <const T extends string | number | boolean>(
  page: string,
  open: string,
  ...answers: readonly [T, T, ...T[]]
): Point<T> => ({ page, open, answers });

/** A point whose answer is a whole number. */
export const whole = (
  page: string,
  open: string,
  range: readonly [least: number, most: number],
  ...answers: readonly [number, number, ...number[]]
): Point<number> => ({ page, open, answers, range });
