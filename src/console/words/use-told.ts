import { use } from 'react';
import type { Problem } from '../../reactor/http/routes/problem.ts';
import { inEnglish } from './english.ts';
import { kept } from './kept.ts';
import type { ToldProblem } from './said/problems.ts';
import type { retell } from './said.ts';
import { useWords } from './use.tsx';

/** The Spanish of what the reactor says is read when something is first said: whoever asks waits for it, in a Suspense. */
const [loadSaid, loadProblems] = [kept(() => import('./said.ts')), kept(() => import('./said/problems.ts'))];

/** How a sentence is told: in the language of the page where somebody has put it into that. */
export function useRetold(): (sentence: string) => ReturnType<typeof retell> {
  const words = useWords();
  if (words.language === 'en') return (sentence) => ({ text: inEnglish(sentence), language: 'en' });
  const said = use(loadSaid());
  return (sentence) => said.retell(sentence, words);
}

export type TellProblem = (problem: Problem) => ToldProblem | null;

/** How what is refused is told; null where its own words are all there are. */
export function useProblems(): TellProblem {
  const words = useWords();
  if (words.language === 'en') return () => null;
  const told = use(loadProblems());
  return (problem) => told.tellProblem(problem, words);
}
