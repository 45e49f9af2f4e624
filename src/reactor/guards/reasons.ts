/** Why something is held or off, as somebody may read it: people write in it what they like. */
import { reasonTo } from '../people/words.ts';
import { BREAKER } from './breaker.ts';
import { RECOVERY_SWITCH } from './scope.ts';

/** What a hold says, in the words of whoever put it there; what a dispute says is made of words of ours. */
export const sentenceTo = (
  canReadReasons: boolean,
  { kind, sentence }: Readonly<{ kind: 'hold' | 'dispute'; sentence: string }>,
): string => reasonTo(canReadReasons || kind === 'dispute', sentence);

/** Why a switch is off. What recovery and the breaker of a contract say is no person’s words. */
export const reasonOff = (
  canReadReasons: boolean,
  { name, reason, changedBy }: Readonly<{ name: string; reason: string | null; changedBy: string | null }>,
): string | null => reason && reasonTo(canReadReasons || name === RECOVERY_SWITCH || changedBy === BREAKER, reason);
