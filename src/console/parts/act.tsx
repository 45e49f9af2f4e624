import { createContext, lazy, type ReactNode, Suspense, use, useEffect, useMemo, useState } from 'react';
import type { ActParameters } from './act-window.tsx';

const ActWindow = lazy(() => import('./act-window.tsx'));
export const OpenContext = createContext<((act: ActParameters) => void) | null>(null);

/** Where the window of a command is: it stays when what it was opened from is gone, as a row is that was dealt with. */
export function Acts({ children }: { children: ReactNode }) {
  const [act, setAct] = useState<ActParameters | null>(null);
  const open = useMemo(() => (wanted: ActParameters) => setAct(wanted), []);
  return (
    <OpenContext value={open}>
      {children}
      {act && (
        <Suspense>
          <ActWindow {...act} onClose={() => setAct(null)} />
        </Suspense>
      )}
    </OpenContext>
  );
}

/** The label of the action that whoever came here came for, until it is open. */
type Wanted = Readonly<{ label: string; done: () => void }>;
export const WantedContext = createContext<Wanted | null>(null);

/** Opens the action that is wanted, where it is one of these. */
export function useWanted(acts: readonly (ActParameters | false)[]): void {
  const wanted = use(WantedContext);
  const open = use(OpenContext);
  const found = wanted && acts.find((act) => act !== false && act.label === wanted.label);
  useEffect(() => {
    if (!found || !open) return;
    open(found);
    wanted.done();
  }, [found, open, wanted]);
}

/** A button for one command: it opens a window with what the command takes, what it would do, and why. */
export function Act(act: ActParameters) {
  const open = use(OpenContext);
  useWanted([act]);
  return (
    <button
      type="button"
      className={`button ${act.isDanger ? 'danger' : ''} ${act.isSmall ? 'small' : ''}`}
      onClick={() => open?.(act)}
    >
      {act.label}
    </button>
  );
}
