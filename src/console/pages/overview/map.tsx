import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { count, shortPesos } from '../../look/format.ts';
import { useWords } from '../../words/use.tsx';
import type { OverviewShown } from '../overview.tsx';
import { STATION_NAMES, STATIONS } from '../payments-filters.ts';

const FLOW_MS = 60_000;

/** How much money is at each station now, and how many legs came in during the last minute that the page was open. */
export function MoneyMap({ stations }: { stations: OverviewShown['stations'] }) {
  const { t, name, locale } = useWords();
  const seen = useRef<{ at: number; entered: ReadonlyMap<string, number> }[]>([]);
  const shown = STATION_NAMES.map((station) => {
    const here = stations.filter(({ state }) => (STATIONS[station] as readonly string[]).includes(state));
    return {
      station,
      legs: here.reduce((sum, { legs }) => sum + legs, 0),
      entered: here.reduce((sum, { entered }) => sum + entered, 0),
      centavos: here.reduce((sum, { amount }) => sum + BigInt(amount.replace('.', '')), 0n),
    };
  });
  const now = performance.now();
  seen.current = [
    ...seen.current.filter(({ at }) => now - at < FLOW_MS),
    { at: now, entered: new Map(shown.map(({ station, entered }) => [station, entered])) },
  ];
  const [first] = seen.current;
  // Off the way: shown where there is anything.
  const [aside, way] = [shown.slice(-2).filter(({ legs }) => legs > 0), shown.slice(0, -2)];
  const draw = ({ station, legs, entered, centavos }: (typeof shown)[number]) => {
    const came = entered - (first?.entered.get(station) ?? entered);
    return (
      <li key={station} style={{ display: 'grid' }}>
        <Link
          to="/payments"
          search={{ station }}
          className={`station ${legs === 0 ? 'idle' : ''} ${station === 'trouble' ? 'trouble' : ''}`}
        >
          <span className="label">{name('station', station)}</span>
          <span className="sum">{shortPesos(`${centavos / 100n}.${String(centavos % 100n).padStart(2, '0')}`)}</span>
          <span className="soft small number">
            {t(legs === 1 ? 'overview.leg' : 'overview.legs', { count: count(legs, locale) })}
            {came > 0 && ` · +${count(came, locale)}`}
          </span>
        </Link>
      </li>
    );
  };
  return (
    <>
      <ol className="map">{way.map(draw)}</ol>
      {aside.length > 0 && <ul className="map aside">{aside.map(draw)}</ul>}
    </>
  );
}
