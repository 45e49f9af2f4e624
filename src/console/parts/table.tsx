import {
  type ColumnDef,
  createSortedRowModel,
  type Header,
  rowSortingFeature,
  type SortDirection,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { useWords } from '../words/use.tsx';

export type Column<T> = Readonly<{
  head: string;
  cell: (row: T) => ReactNode;
  kind?: 'right' | 'main-cell' | 'wide';
  /** Where rows may be put in the order of it: the smaller first. Of numbers, on the right, the larger are shown first. */
  order?: (a: T, b: T) => number;
}>;
type TableParameters<T> = Readonly<{
  label: string;
  rows: readonly T[];
  keyOf: (row: T) => string;
  columns: readonly Column<T>[];
  empty: string;
  /** Of a list with pages. */
  more?: Readonly<{ has: boolean; isLoading: boolean; load: () => void }>;
}>;

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
type Features = typeof features;
const SORTED: Readonly<Record<SortDirection, 'ascending' | 'descending'>> = { asc: 'ascending', desc: 'descending' };

/**
 * Rows and columns; on a phone each row is a card. The rows come in the order of the list; where all of them are here they may be put in
 * another: of a part of a list the first of it would pass for the first of all.
 */
export function Table<T extends object>({ label, rows, keyOf, columns, empty, more }: TableParameters<T>) {
  const { t } = useWords();
  const isAll = !more?.has;
  const table = useTable({
    features,
    data: rows,
    getRowId: keyOf,
    enableSorting: isAll,
    enableMultiSort: false,
    autoResetSorting: false,
    columns: columns.map(
      ({ head, kind, order }): ColumnDef<Features, T> => ({
        ...{ id: head, accessorFn: (row) => row, enableSorting: order !== undefined, sortDescFirst: kind === 'right' },
        ...(order && { sortFn: (a, b) => order(a.original, b.original) }),
      }),
    ),
  });
  if (rows.length === 0 && isAll) return <p className="empty">{empty}</p>;
  const kindOf = new Map(columns.map(({ head, kind }) => [head, kind]));
  // Of several numbers in a card nobody would know which is which.
  const isTold = columns.filter(({ kind }) => kind === 'right').length > 1;
  const shown = isAll ? table.getRowModel() : table.getCoreRowModel();
  return (
    <>
      <div className="scroll">
        <table className="table-rows" aria-label={label}>
          <thead>
            {table.getHeaderGroups().map(({ id, headers }) => (
              <tr key={id}>
                {headers.map((header) => (
                  <Head key={header.id} of={header} kind={kindOf.get(header.id)} />
                ))}
              </tr>
            ))}
          </thead>
          <tbody>
            {shown.rows.map((row) => (
              <tr key={row.id}>
                {columns.map(({ head, cell, kind }) => (
                  <td key={head} className={kind} data-head={isTold && kind === 'right' ? head : undefined}>
                    {cell(row.original)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more?.has && (
        <div className="below no-print">
          <button type="button" className="button" onClick={more.load} disabled={more.isLoading}>
            {more.isLoading ? t('loading') : t('more')}
          </button>
        </div>
      )}
    </>
  );
}

/** The name of a column; a button where the rows may be put in its order, the other way round, and as they came. */
function Head<T extends object>({ of, kind }: { of: Header<Features, T>; kind: Column<T>['kind'] }) {
  const { column, id } = of;
  const sorted = column.getIsSorted();
  return (
    <th scope="col" className={kind} aria-sort={sorted ? SORTED[sorted] : undefined}>
      {column.getCanSort() ? (
        <button type="button" className="sort" onClick={column.getToggleSortingHandler()}>
          {id}
          <span aria-hidden="true">{sorted === 'asc' ? '↑' : sorted === 'desc' ? '↓' : '↕'}</span>
        </button>
      ) : (
        id
      )}
    </th>
  );
}
