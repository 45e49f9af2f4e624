import { useEffect, useRef } from 'react';
import { PLACES, type Place } from './places.ts';

type On = Readonly<{ onSearch: () => void; onHelp: () => void; onGo: (to: Place) => void }>;
const SOON_MS = 1_500;

/** `/` searches, `g` and a letter goes to a page, `?` says so. Not while somebody writes, and not in a window. */
export function useKeys(on: On): void {
  const latest = useRef(on);
  latest.current = on;
  useEffect(() => {
    let wentAt = 0;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      if (target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]')) return;
      const isGoing = performance.now() - wentAt < SOON_MS;
      wentAt = 0;
      const place = isGoing ? PLACES.find(({ letter }) => letter === event.key) : undefined;
      if (place) latest.current.onGo(place.to);
      else if (event.key === 'g') wentAt = performance.now();
      else if (event.key === '/') latest.current.onSearch();
      else if (event.key === '?') latest.current.onHelp();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
