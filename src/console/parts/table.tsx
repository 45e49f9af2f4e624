import type { ReactNode } from 'react';
import { useWords } from '../words/use.tsx';

export type Column<T> = Readonly<{
  head: string;
  cell: (row: T) => ReactNode;
  kind?: 'right' | 'main-cell' | 'wide';
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

/** Rows and columns; on a phone each row is a card. */
export function Table<T>({ label, rows, keyOf, columns, empty, more }: TableParameters<T>) {
  const { t } = useWords();
  if (rows.length === 0 && !more?.has) return <p className="empty">{empty}</p>;
  // Of several numbers in a card nobody would know which is which.
  const isTold = columns.filter(({ kind }) => kind === 'right').length > 1;
  return (
    <>
      <div className="scroll">
        <table className="table-rows" aria-label={label}>
          <thead>
            <tr>
              {columns.map(({ head, kind }) => (
                <th key={head} scope="col" className={kind}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ head, cell, kind }) => (
                  <td key={head} className={kind} data-head={isTold && kind === 'right' ? head : undefined}>
                    {cell(row)}
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
