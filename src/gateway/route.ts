/** Which cell a request is for: told from what it names, without asking anybody. */
import { createHash } from 'node:crypto';
import { cellOf } from '../reactor/cell.ts';
import { Refusal } from '../reactor/people/refusal.ts';

const UUID = /(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])/gi;
const NAMED = /^\/cells\/(\d{1,3})(\/api\/.*)$/;

export type Asked = Readonly<{
  method: string;
  /** Path and query, as they came. */
  path: string;
  body: string;
  idempotencyKey: string | undefined;
}>;
export type Cells = Readonly<{
  /** Every cell there is. */
  all: readonly number[];
  /** Those that take new people. */
  open: readonly number[];
}>;

/**
 * The cell that a request belongs to, and the path to ask it by. `/cells/N/…` names it; else every id in path, query and body does,
 * and they have to agree. A new person is given to one of the open cells by the Idempotency-Key, so that a repeat finds the same one.
 * Throws a Refusal `no_cell`, `two_cells`, `unknown_cell`, `idempotency_key_missing`.
 */
export function routeOf(
  { method, path, body, idempotencyKey }: Asked,
  { all, open }: Cells,
): { cell: number; path: string } {
  const [, number, rest = ''] = NAMED.exec(path) ?? [];
  if (number !== undefined) return { cell: known(Number(number), all), path: rest };
  if (method === 'POST' && /^\/api\/v1\/users(?:\?|$)/.test(path)) {
    if (!idempotencyKey) throw noKey();
    return { cell: shareOf(idempotencyKey, open), path };
  }
  const cells = new Set([...idsIn(path), ...idsIn(idsOnly(body))].map(cellOf));
  const [cell, other] = cells;
  if (cell === undefined) throw noCell(all);
  if (other !== undefined) throw twoCells([...cells]);
  return { cell: known(cell, all), path };
}

const idsIn = (text: string): string[] => text.match(UUID) ?? [];

/** The values of a JSON body that are an id and nothing else: what people write in a sentence routes nothing. */
function idsOnly(body: string): string {
  if (body === '') return '';
  const ids: string[] = [];
  try {
    JSON.parse(body, (_, value: unknown) => {
      if (typeof value === 'string' && value.length === 36) ids.push(value);
      return value;
    });
  } catch {
    // The cell says what is wrong with it.
  }
  return ids.join('\n');
}

/** The same key always finds the same cell, and one cell more moves only the keys that it takes over (rendezvous hashing). */
export function shareOf(key: string, cells: readonly number[]): number {
  const weight = (cell: number) => createHash('sha256').update(`${cell}|${key}`).digest('hex');
  const [first] = cells.map((cell) => ({ cell, weight: weight(cell) })).sort((a, b) => (a.weight < b.weight ? 1 : -1));
  if (!first) throw new Error('There is no cell that takes new people: settings are to name one.');
  return first.cell;
}

function known(cell: number, all: readonly number[]): number {
  if (all.includes(cell)) return cell;
  throw new Refusal({
    code: 'unknown_cell',
    status: 404,
    title: 'No cell of this number',
    detail: `There is no cell ${cell} here; there are ${all.join(', ')}. Nothing was done. Check the id: it begins with the number of its cell.`,
  });
}

const noKey = () =>
  new Refusal({
    code: 'idempotency_key_missing',
    status: 400,
    title: 'An Idempotency-Key is needed',
    detail:
      'It decides in which cell a person is kept, so that a repeat finds the same. Nothing was done. Send one, and the same one again with a repeat.',
  });

const noCell = (all: readonly number[]) =>
  new Refusal({
    code: 'no_cell',
    status: 422,
    title: 'This request names no cell',
    detail: `Nothing in it says where to ask. Nothing was done. Ask one cell after the other: /cells/N/api/v1/…, with N of ${all.join(', ')}.`,
  });

const twoCells = (cells: readonly number[]) =>
  new Refusal({
    code: 'two_cells',
    status: 422,
    title: 'These are of two cells',
    detail: `The request names what is in the cells ${cells.join(' and ')}, and a payment is in one. Nothing was done. Add whoever is missing in the payer’s cell (POST /cells/${cells[0]}/api/v1/users), and name them by that id.`,
  });
