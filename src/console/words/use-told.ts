import { use } from 'react';
import type { Problem } from '../../reactor/http/routes/problem.ts';
import { inEnglish } from './english.ts';
import { kept } from './kept.ts';
import type { ToldProblem } from './said/problems.ts';
import type { retell } from './said.ts';
import { useWords } from './use.tsx';

/**
 * The Spanish of what the reactor says is read when something is first said: whoever asks waits for it, in a Suspense. What it says of
 * itself, its alerts first, is not the half of it: the first page reads no more.
 */
const [loadOthers, loadSaid] = [kept(() => import('./said/others.ts')), kept(() => import('./said.ts'))];
const loadProblems = kept(() => import('./said/problems.ts'));

/** How a sentence is told: in the language of the page where somebody has put it into that. */
export function useRetold(): (sentence: string) => ReturnType<typeof retell> {
  const words = useWords();
  if (words.language === 'en') return (sentence) => ({ text: inEnglish(sentence), language: 'en' });
  const { retellOthers } = use(loadOthers());
  return (sentence) => {
    const text = retellOthers(sentence, words);
    return text === null ? use(loadSaid()).retell(sentence, words) : { text, language: 'es' };
  };
}

export type TellProblem = (problem: Problem) => ToldProblem | null;

/** How what is refused is told; null where its own words are all there are. */
export function useProblems(): TellProblem {
  const words = useWords();
  if (words.language === 'en') return () => null;
  const told = use(loadProblems());
  return (problem) => told.tellProblem(problem, words);
}
