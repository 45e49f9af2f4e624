import { createContext, type ReactNode, startTransition, use, useEffect, useMemo, useState } from 'react';
import { kept } from './kept.ts';
import type { Key, Language } from './language.ts';

/** Nobody reads both at once. */
const TABLES: Readonly<Record<Language, () => Promise<Readonly<Record<Key, string>>>>> = {
  es: kept(async () => (await import('./es.ts')).es),
  en: kept(async () => (await import('./en.ts')).en),
};
/** The English of Mexico has its days first, as its Spanish has. */
const LOCALES = { es: 'es-MX', en: 'en-GB' } as const;
const KEPT = 'kustodia.language';

export type Words = Readonly<{
  language: Language;
  locale: string;
  /** The words of a key, with what stands for its {names}. */
  t: (key: Key, names?: Readonly<Record<string, string | number>>) => string;
  /** The words of what a machine calls it, as `state.in_custody`; as it is, with spaces, where there are none. */
  name: (of: string, code: string) => string;
  /** The same; null where there are none. */
  known: (of: string, code: string) => string | null;
  setLanguage: (language: Language) => void;
}>;

const WordsContext = createContext<Words | null>(null);

const first = (): Language => {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'es' || kept === 'en') return kept;
  return navigator.language.startsWith('en') ? 'en' : 'es';
};

/** The words of the language that is chosen: whoever is within waits for them, in a Suspense. */
export function WordsProvider({ children }: { children: ReactNode }) {
  const [language, setChosen] = useState(first);
  const table: Readonly<Record<string, string>> = use(TABLES[language]());
  useEffect(() => {
    document.documentElement.lang = language === 'es' ? 'es-MX' : 'en';
    localStorage.setItem(KEPT, language);
  }, [language]);
  const words = useMemo((): Words => {
    // The page stays as it is until the other words are there.
    const setLanguage = (chosen: Language) => startTransition(() => setChosen(chosen));
    const t: Words['t'] = (key, names = {}) =>
      (table[key] ?? key).replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(names[name] ?? whole));
    const known: Words['known'] = (of, code) => table[`${of}.${code}`] ?? null;
    // A newer server may name what this page has no words for; of this one each has them (test/console/codes.test.ts).
    const name: Words['name'] = (of, code) => known(of, code) ?? code.replaceAll('_', ' ');
    return { language, locale: LOCALES[language], t, name, known, setLanguage };
  }, [language, table]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

export function useWords(): Words {
  const words = use(WordsContext);
  if (!words) throw new Error('no words');
  return words;
}
