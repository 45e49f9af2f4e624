import { createContext, lazy, type ReactNode, Suspense, use, useMemo, useState } from 'react';
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

/** A button for one command: it opens a window with what the command takes, what it would do, and why. */
export function Act(act: ActParameters) {
  const open = use(OpenContext);
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
