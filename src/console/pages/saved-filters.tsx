import { useState } from 'react';
import { useWords } from '../words/use.tsx';
import { type Filters, filtersOf } from './payments-filters.ts';

const KEPT = 'kustodia.filters';
const MOST = 12;
type Saved = Readonly<{ name: string; filters: Filters }>;

function read(): readonly Saved[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.slice(0, MOST).map((one) => ({ name: String(one?.name), filters: filtersOf(one?.filters ?? {}) }));
  } catch {
    return [];
  }
}

/** Filters under names, in this browser. */
export function SavedFilters({ filters, onChoose }: { filters: Filters; onChoose: (filters: Filters) => void }) {
  const { t, name } = useWords();
  const [saved, setSaved] = useState(read);
  const keep = (next: readonly Saved[]) => {
    setSaved(next);
    localStorage.setItem(KEPT, JSON.stringify(next));
  };
  const words = [
    filters.status && name('state', filters.status),
    filters.kind && name('kind', filters.kind),
    filters.from && `≥ ${filters.from}`,
    filters.to && `≤ ${filters.to}`,
  ].filter((one) => one !== undefined);
  const called = words.join(' · ');
  const isSaved = saved.some((one) => one.name === called);
  return (
    <div className="pair">
      {words.length > 0 && (
        <button type="button" className="button" onClick={() => onChoose({})}>
          {t('filters.clear')}
        </button>
      )}
      {words.length > 0 && (
        <button
          type="button"
          className="button"
          onClick={() =>
            keep(
              isSaved
                ? saved.filter((one) => one.name !== called)
                : [{ name: called, filters }, ...saved].slice(0, MOST),
            )
          }
        >
          {t(isSaved ? 'filters.forget' : 'filters.save')}
        </button>
      )}
      {saved.map((one) => (
        <button
          key={one.name}
          type="button"
          className="button plain"
          aria-pressed={one.name === called}
          onClick={() => onChoose(one.filters)}
        >
          {one.name}
        </button>
      ))}
    </div>
  );
}
