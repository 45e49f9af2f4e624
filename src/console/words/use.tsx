import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { en } from './en.ts';
import { es } from './es.ts';
import type { Key, Language } from './language.ts';

const TABLES: Readonly<Record<Language, Readonly<Record<Key, string>>>> = { es, en };
/** The English of Mexico has its days first, as its Spanish has. */
const LOCALES = { es: 'es-MX', en: 'en-GB' } as const;
const KEPT = 'kustodia.language';

type Words = Readonly<{
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

export function WordsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(first);
  useEffect(() => {
    document.documentElement.lang = language === 'es' ? 'es-MX' : 'en';
    localStorage.setItem(KEPT, language);
  }, [language]);
  const words = useMemo((): Words => {
    const table: Readonly<Record<string, string>> = TABLES[language];
    const t: Words['t'] = (key, names = {}) =>
      (table[key] ?? key).replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(names[name] ?? whole));
    const known: Words['known'] = (of, code) => table[`${of}.${code}`] ?? null;
    // A newer server may name what this page has no words for; of this one each has them (test/console/codes.test.ts).
    const name: Words['name'] = (of, code) => known(of, code) ?? code.replaceAll('_', ' ');
    return { language, locale: LOCALES[language], t, name, known, setLanguage };
  }, [language]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

export function useWords(): Words {
  const words = use(WordsContext);
  if (!words) throw new Error('no words');
  return words;
}
