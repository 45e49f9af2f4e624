import type { Language } from '../language.ts';

export type Tell = Readonly<{ language: Language; locale: string; name: (of: string, code: string) => string }>;
/** A sentence of the reactor, and how it is said in Spanish with what stood in it; null where a part of it is not known. */
export type Rule = readonly [RegExp, (words: readonly string[], tell: Tell) => string | null];

/** The first that fits. */
export function byRule(rules: readonly Rule[], text: string, tell: Tell): string | null {
  for (const [pattern, say] of rules) {
    const found = pattern.exec(text);
    if (found) return say(found.slice(1), tell);
  }
  return null;
}
