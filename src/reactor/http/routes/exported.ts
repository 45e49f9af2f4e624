/** How many payments a page of the export has. */
export const EXPORTED = 5_000;

const ROW = /^"(\d+)","[0-9a-f-]{36}"/gm;

/**
 * The export of payments page after page, each as it comes, without the heads of all but the first; at most so many pages. Answers how
 * many payments that were, and whether there may be more.
 */
export async function eachExported(
  read: (cursor: string | undefined) => Promise<string>,
  take: (csv: string) => void,
  mostPages: number,
): Promise<Readonly<{ count: number; isCut: boolean }>> {
  let [count, cursor]: [number, string | undefined] = [0, undefined];
  for (let page = 0; page < mostPages; page++) {
    const csv = await read(cursor);
    const numbers = [...csv.matchAll(ROW)].map(([, number = '']) => number);
    take(page === 0 ? csv : csv.slice(csv.indexOf('\r\n') + 2));
    count += numbers.length;
    if (numbers.length < EXPORTED) return { count, isCut: false };
    cursor = `p${numbers.at(-1)}`;
  }
  return { count, isCut: true };
}
