import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';

export type Look = 'light' | 'dark' | 'system';
const KEPT = 'kustodia.look';
const LookContext = createContext<Readonly<{ look: Look; setLook: (look: Look) => void }> | null>(null);

const first = (): Look => {
  const kept = localStorage.getItem(KEPT);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
};

/** Dark or light: as the machine has it, unless somebody says otherwise. */
export function LookProvider({ children }: { children: ReactNode }) {
  const [look, setLook] = useState(first);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
      document.documentElement.dataset['theme'] = look === 'system' ? (dark.matches ? 'dark' : 'light') : look;
    };
    apply();
    localStorage.setItem(KEPT, look);
    dark.addEventListener('change', apply);
    return () => dark.removeEventListener('change', apply);
  }, [look]);
  const known = useMemo(() => ({ look, setLook }), [look]);
  return <LookContext value={known}>{children}</LookContext>;
}

export function useLook() {
  const known = use(LookContext);
  if (!known) throw new Error('no look');
  return known;
}
