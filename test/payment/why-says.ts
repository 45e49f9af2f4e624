/** How the answers of `why` are compared, and what every one of them has to be. */
import { expect } from 'vitest';
import { retell } from '../../src/console/words/said.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { type Why, why } from '../../src/reactor/payment/why.ts';
import { SPANISH } from '../support/spanish.ts';
import { effectView, standsOn, type viewOf } from '../support/views.ts';

export type Given = Parameters<typeof viewOf>[1];
export type Said = Partial<Record<'decision' | 'sentence' | 'toDo' | 'code', unknown>>;

export const nothing = (sentence: string): Said => ({
  decision: 'wait',
  sentence: expect.stringContaining(sentence),
  toDo: null,
});
export const people = (sentence: string, toDo: string): Said => ({
  ...nothing(sentence),
  toDo: expect.stringContaining(toDo),
});
export const needs = (code: string, toDo: string): Said => ({
  decision: 'ask',
  code,
  toDo: expect.stringContaining(toDo),
});
export const now = (decision: Why['decision'], sentence: string): Said => ({
  ...{ decision, toDo: null, sentence: expect.stringContaining(sentence) },
});

export function says(view: PaymentView, said: Said): void {
  const { attention, ...rest } = why(view);
  expect({ ...rest, code: attention?.code }).toMatchObject(said);
  assertWellPut(view);
}

/** What holds of every answer. */
export function assertWellPut(view: PaymentView): void {
  const { decision, sentence, toDo, looksAgainAt, attention } = why(view);
  expect(sentence).toMatch(/^(It|Its|The|Somebody|Nobody|Nothing|[a-z_]+ \(attempt) .*[.…]$/s);
  expect(sentence).not.toMatch(/undefined|null|NaN|\bPAYMENT\b|\.\.|waits for (It|The|Its) /);
  // Whoever reads Spanish reads it in Spanish.
  for (const said of [sentence, toDo])
    if (said !== null) expect([said, retell(said, SPANISH).language]).toEqual([said, 'es']);
  expect(attention !== null).toBe(decision === 'ask');
  if (decision === 'ask') expect(toDo).toMatch(/\S/);
  // Until when: the moment is in the sentence itself.
  if (decision === 'wait') expect(sentence).toContain((looksAgainAt as Date).toISOString());
  else expect(looksAgainAt).toBeNull();
}

export const sent = (kind: EffectKind, given: Parameters<typeof effectView>[1] = {}): LegView['effects'] => ({
  [kind]: effectView(kind, given),
});
export const BACK = { standing: [standsOn('sentBack')], credit: { id: 'c', status: 'complete' } } as const;
export const HELD = { standing: [standsOn('funded')], escrowNow: { escrowId: 1n, disputes: 0 } } as const;
export const refused = (code: string): readonly [Partial<LegView>] => [
  { state: 'reserved', kind: 'immediate', attention: { code, text: 'It was refused.', owner: 'operations' } },
];
export const inCustody = (leg: Partial<LegView>): readonly [Partial<LegView>] => [
  { state: 'in_custody', deadline: 5_000, ...leg, facts: { ...HELD, ...leg.facts } },
];
