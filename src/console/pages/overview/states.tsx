import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import { GET_HISTORY } from '../../../reactor/http/routes/overview.ts';
import { ask } from '../../api/client.ts';
import { count, dayOnly, hourOnly } from '../../look/format.ts';
import { Asked } from '../../parts/asked.tsx';
import { Panel } from '../../parts/basic.tsx';
import { useWords } from '../../words/use.tsx';
import { STATION_NAMES, STATIONS } from '../payments-filters.ts';

type Point = AnswerOf<typeof GET_HISTORY>['points'][number];
const UNITS = ['hour', 'day'] as const;
const HEIGHT = 100;
const LIVE_MS = 30_000;

/** How much was where, hour by hour or day by day. */
export function States() {
  const { t } = useWords();
  const [by, setBy] = useState<(typeof UNITS)[number]>('hour');
  const query = useQuery({ ...ask(GET_HISTORY, { query: { by } }), refetchInterval: LIVE_MS });
  return (
    <Panel
      title={t('states.title')}
      aside={
        <fieldset className="pair chips no-print">
          <legend className="hidden">{t('states.by')}</legend>
          {UNITS.map((one) => (
            <button
              key={one}
              type="button"
              className="button small"
              aria-pressed={by === one}
              onClick={() => setBy(one)}
            >
              {t(`states.${one}`)}
            </button>
          ))}
        </fieldset>
      }
    >
      <Asked query={query}>{({ points }) => <Chart points={points} by={by} />}</Asked>
    </Panel>
  );
}

function Chart({ points, by }: { points: readonly Point[]; by: (typeof UNITS)[number] }) {
  const { t, name, locale } = useWords();
  const [isTable, setTable] = useState(false);
  const rows = points.map(({ from, legs, completed }) => ({
    from,
    completed,
    at: Object.values(STATIONS).map((states) =>
      legs.reduce((sum, leg) => sum + ((states as readonly string[]).includes(leg.state) ? leg.count : 0), 0),
    ),
  }));
  const shown = STATION_NAMES.map((station, index) => ({ station, index })).filter(({ index }) =>
    rows.some(({ at }) => (at[index] ?? 0) > 0),
  );
  const most = Math.max(1, ...rows.map(({ at }) => at.reduce((sum, n) => sum + n, 0)));
  const label = (from: string) => (by === 'hour' ? hourOnly(from, locale) : dayOnly(from, locale));
  const every = by === 'hour' ? 6 : 5;
  if (shown.length === 0) return <p className="soft">{t('states.none')}</p>;
  return (
    <figure className="stack" style={{ gap: '0.6rem' }}>
      <div className="states-chart" aria-hidden="true">
        <span className="axis number">{count(most, locale)}</span>
        {/* Stretched to whatever is there: nothing in it is text. */}
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: it is hidden from whoever reads no picture, who has the table */}
        <svg viewBox={`0 0 ${rows.length} ${HEIGHT}`} preserveAspectRatio="none">
          {rows.map(({ from, at, completed }, column) => {
            let top = HEIGHT;
            return (
              <g key={from}>
                <title>{`${label(from)}: ${shown.map(({ station, index }) => `${name('station', station)} ${at[index]}`).join(' · ')} · ${t('overview.completed')} ${completed}`}</title>
                {shown.map(({ station, index }) => {
                  const height = ((at[index] ?? 0) / most) * HEIGHT;
                  top -= height;
                  return (
                    <rect
                      key={station}
                      className={`of-${station}`}
                      {...{ x: column + 0.1, y: top, width: 0.8, height }}
                    />
                  );
                })}
              </g>
            );
          })}
        </svg>
        <span className="axis number">
          {rows
            .filter((_, column) => column % every === 0)
            .map(({ from }) => (
              <span key={from}>{label(from)}</span>
            ))}
          <span>{t('states.now')}</span>
        </span>
      </div>
      <div className="pair" style={{ justifyContent: 'space-between' }}>
        <span className="legend">
          {shown.map(({ station }) => (
            <span key={station}>
              <span className={`dot of-${station}`} />
              {name('station', station)}
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
          <caption className="hidden">{t('states.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t(`states.${by}`)}</th>
              {shown.map(({ station }) => (
                <th key={station} scope="col" className="right">
                  {name('station', station)}
                </th>
              ))}
              <th scope="col" className="right">
                {t('overview.completed')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.toReversed().map(({ from, at, completed }) => (
              <tr key={from}>
                <th scope="row" className="number">
                  {by === 'hour' ? `${dayOnly(from, locale)}, ${label(from)}` : label(from)}
                </th>
                {shown.map(({ station, index }) => (
                  <td key={station} className="right number">
                    {count(at[index] ?? 0, locale)}
                  </td>
                ))}
                <td className="right number">{count(completed, locale)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </figcaption>
    </figure>
  );
}
