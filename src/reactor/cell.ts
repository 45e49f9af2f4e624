/**
 * Cells (docs/decisions/0010): a deployment beside others, with a Juno account, a bridge wallet, a contract and a database of its own.
 * What it makes has its number in the first two digits of the id, so that whoever has an id knows where to ask.
 */

/** The number of a cell: 0 to 255. */
export const MOST_CELL = 255;

/** Draws ids of one cell, or plain ones where there is but one deployment. */
export const idsOf =
  (cell: number | undefined, draw: () => string): (() => string) =>
  () =>
    cell === undefined ? draw() : `${cell.toString(16).padStart(2, '0')}${draw().slice(2)}`;

/** The cell whose id a UUID may be: of one that was drawn without cells it is anybody's guess. */
export const cellOf = (id: string): number => Number.parseInt(id.slice(0, 2), 16);
