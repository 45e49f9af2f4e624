import { use } from 'react';
import type { Problem } from '../../reactor/http/routes/problem.ts';
import { inEnglish } from './english.ts';
import { kept } from './kept.ts';
import type { ToldProblem } from './said/problems.ts';
import type { retell } from './said.ts';
import { useWords } from './use.tsx';

export type Told = Readonly<{
  /** What the reactor says, in the language of the page where somebody has put it into that. */
  sentence: (text: string) => ReturnType<typeof retell>;
  /** What it refuses; null where its own words are all there are. */
  problem: (problem: Problem) => ToldProblem | null;
}>;

const IN_ENGLISH: Told = { sentence: (text) => ({ text: inEnglish(text), language: 'en' }), problem: () => null };
const loadSpanish = kept(() => import('./said.ts'));

/** How the reactor's sentences are told. The Spanish of them is read when one is first said: whoever asks waits, in a Suspense. */
export function useTold(): Told {
  const words = useWords();
  if (words.language === 'en') return IN_ENGLISH;
  const { retell, tellProblem } = use(loadSpanish());
  return { sentence: (text) => retell(text, words), problem: (problem) => tellProblem(problem, words) };
}
