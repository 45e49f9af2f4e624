import { lazy, Suspense, useState } from 'react';
import type { ActParameters } from './act-window.tsx';

const ActWindow = lazy(() => import('./act-window.tsx'));

/** A button for one command: it opens a window with what the command takes, what it would do, and why. */
export function Act(act: ActParameters) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={`button ${act.isDanger ? 'danger' : ''} ${act.isSmall ? 'small' : ''}`}
        onClick={() => setOpen(true)}
      >
        {act.label}
      </button>
      {isOpen && (
        <Suspense>
          <ActWindow {...act} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
