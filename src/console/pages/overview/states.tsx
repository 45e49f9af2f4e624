import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { GET_HISTORY } from '../../../reactor/http/routes/overview.ts';
import { ask } from '../../api/client.ts';
import { dayOnly, hourOnly } from '../../look/format.ts';
import { Asked } from '../../parts/asked.tsx';
import { Panel } from '../../parts/basic.tsx';
import { Figure } from '../../parts/figure/figure.tsx';
import { useWords } from '../../words/use.tsx';
import { countsOf, type Point } from './counts.ts';

const UNITS = ['hour', 'day'] as const;
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
  const { stations, rows } = countsOf(points);
  if (stations.length === 0) return <p className="soft">{t('states.none')}</p>;
  const day = (from: string) => dayOnly(from, locale);
  const hour = (from: string) => hourOnly(from, locale);
  return (
    <>
      <p className="soft small" style={{ marginBottom: '0.6rem' }}>
        {t('states.about')}
      </p>
      <Figure
        title={t('states.title')}
        unit={t(`states.${by}`)}
        kind="stacked"
        series={stations.map((key) => ({ key, name: key === 'ended' ? t('states.ended') : name('station', key) }))}
        columns={rows.map(({ from, values }) => ({
          key: from,
          tick: by === 'hour' ? hour(from) : day(from),
          label: by === 'hour' ? `${day(from)}, ${hour(from)}` : day(from),
          values,
        }))}
      />
    </>
  );
}
