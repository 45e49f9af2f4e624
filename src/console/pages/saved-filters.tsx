import { useState } from 'react';
import { useWords } from '../words/use.tsx';
import { type Filters, filtersOf } from './payments-filters.ts';

const KEPT = 'kustodia.filters';
const MOST = 12;

function read(): readonly Filters[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.slice(0, MOST).map((one) => filtersOf(one ?? {}));
  } catch {
    return [];
  }
}

/** Filters in this browser, each under what it says in the language of the page. */
export function SavedFilters({ filters, onChoose }: { filters: Filters; onChoose: (filters: Filters) => void }) {
  const { t, name } = useWords();
  const [saved, setSaved] = useState(read);
  const keep = (next: readonly Filters[]) => {
    setSaved(next);
    localStorage.setItem(KEPT, JSON.stringify(next));
  };
  const called = ({ status, station, kind, from, to }: Filters): string =>
    [
      ...[status && name('state', status), station && name('station', station), kind && name('kind', kind)],
      ...[from && `≥ ${from}`, to && `≤ ${to}`],
    ]
      .filter((one) => one !== undefined)
      .join(' · ');
  const [now, isAny] = [keyOf(filters), Object.keys(filters).length > 0];
  const isSaved = saved.some((one) => keyOf(one) === now);
  return (
    <div className="pair">
      {isAny && (
        <button type="button" className="button" onClick={() => onChoose({})}>
          {t('filters.clear')}
        </button>
      )}
      {isAny && (
        <button
          type="button"
          className="button"
          onClick={() => keep(isSaved ? saved.filter((one) => keyOf(one) !== now) : [filters, ...saved].slice(0, MOST))}
        >
          {t(isSaved ? 'filters.forget' : 'filters.save')}
        </button>
      )}
      {saved.map((one) => (
        <button
          key={keyOf(one)}
          type="button"
          className="button plain"
          aria-pressed={keyOf(one) === now}
          onClick={() => onChoose(one)}
        >
          {called(one)}
        </button>
      ))}
    </div>
  );
}

const keyOf = (filters: Filters): string => JSON.stringify(filtersOf(filters));
