import { lazy, Suspense, useState } from 'react';
import { count } from '../../look/format.ts';
import { useWords } from '../../words/use.tsx';

/** What is counted; its key is that of its colour (`of-…` in look/figure.css). */
export type Series = Readonly<{ key: string; name: string }>;
/** A place in time: as it stands at the axis, and as it stands alone; and one number of each series. */
export type Column = Readonly<{ key: string; tick: string; label: string; values: readonly number[] }>;
type FigureParameters = Readonly<{
  title: string;
  /** What a column is: an hour, a day. */
  unit: string;
  columns: readonly Column[];
  series: readonly Series[];
  kind: 'stacked' | 'beside';
}>;

const LATEST_MS = 1_500;
/** The page is painted and answers first. */
const idle = (): Promise<unknown> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(resolve, { timeout: LATEST_MS });
    else setTimeout(resolve, LATEST_MS);
  });
/** Without the picture its table is left, which has all of it. */
const Bars = lazy(async () => {
  await idle();
  return import('./bars.tsx').catch(() => ({ default: NoBars }));
});

function NoBars() {
  const { t } = useWords();
  return <p className="note warn">{t('figure.unread')}</p>;
}

/** Numbers over time: a picture that comes when the page is there, and the same as a table, which whoever reads no picture has from the start. */
export function Figure({ title, unit, columns, series, kind }: FigureParameters) {
  const { t, locale } = useWords();
  const [isTable, setTable] = useState(false);
  return (
    <figure className="stack" style={{ gap: '0.6rem' }}>
      <Suspense fallback={<div className="bars" aria-hidden="true" />}>
        <Bars label={title} {...{ columns, series, kind }} />
      </Suspense>
      <div className="pair" style={{ justifyContent: 'space-between' }}>
        <span className="legend">
          {series.map(({ key, name }) => (
            <span key={key}>
              <span className={`dot of-${key}`} />
              {name}
            </span>
          ))}
        </span>
        <button
          type="button"
          className="button small no-print"
          aria-expanded={isTable}
          onClick={() => setTable(!isTable)}
        >
          {t('states.table')}
        </button>
      </div>
      <figcaption className={isTable ? 'scroll' : 'hidden'}>
        <table className="table-rows">
          <caption className="hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{unit}</th>
              {series.map(({ key, name }) => (
                <th key={key} scope="col" className="right">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.toReversed().map(({ key, label, values }) => (
              <tr key={key}>
                <th scope="row" className="number">
                  {label}
                </th>
                {series.map((one, index) => (
                  <td key={one.key} className="right number" data-head={one.name}>
                    {count(values[index] ?? 0, locale)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </figcaption>
    </figure>
  );
}
