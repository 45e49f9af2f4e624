/** What waits for a second person, and whose turn it is. Pure. */
import type { Command } from '../../reactor/http/routes/declare.ts';

/** Whether what was answered is that a second person is needed, and nothing is done yet. */
export const isProposed = ({ proposes = false }: Command, answer: unknown): boolean =>
  proposes || (typeof answer === 'object' && answer !== null && 'proposal' in answer && answer.proposal !== null);
