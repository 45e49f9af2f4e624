/** How many rows a page of an export has. */
export const EXPORTED = 5_000;

/** How the rows of an export begin, with what its cursor is made of; what people wrote has its quotes doubled, and begins no row. */
export type Rows = Readonly<{ row: RegExp; cursor: (last: string) => string }>;
export const OF_PAYMENTS: Rows = { row: /^"(\d+)","[0-9a-f-]{36}"/gm, cursor: (last) => `p${last}` };
export const OF_AUDIT: Rows = { row: /^"(\d+)","\d{4}-\d\d-\d\dT/gm, cursor: (last) => `a${last}` };

/**
 * An export page after page, each as it comes, without the heads of all but the first; at most so many pages. Answers how many rows
 * that were, and whether there may be more.
 */
export async function eachExported(
  read: (cursor: string | undefined) => Promise<string>,
  take: (csv: string) => void,
  mostPages: number,
  { row, cursor: cursorOf }: Rows = OF_PAYMENTS,
): Promise<Readonly<{ count: number; isCut: boolean }>> {
  let [count, cursor]: [number, string | undefined] = [0, undefined];
  for (let page = 0; page < mostPages; page++) {
    const csv = await read(cursor);
    const numbers = [...csv.matchAll(row)].map(([, number = '']) => number);
    take(page === 0 ? csv : csv.slice(csv.indexOf('\r\n') + 2));
    count += numbers.length;
    if (numbers.length < EXPORTED) return { count, isCut: false };
    cursor = cursorOf(numbers.at(-1) ?? '');
  }
  return { count, isCut: true };
}
