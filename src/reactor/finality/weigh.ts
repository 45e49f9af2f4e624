/** What the RPCs say about one event, weighed against what must be so before the next step. Pure. */
import type { LogSeen } from '../../chain/witness.ts';
import type { ChainFact } from '../payment/view.ts';
import type { Finality } from './policy.ts';

/** What one RPC says about a log, or that it does not answer. */
export type Testimony = LogSeen | Readonly<{ seen: 'no_answer' }>;

/**
 * The verdict. Another testimony never makes an event more final, and nothing but `final` lets money go on. No testimony at all is
 * no answer.
 */
export function weigh({ blocks, finalized }: Finality, testimonies: readonly Testimony[]): ChainFact['verdict'] {
  const has = (seen: Testimony['seen']) => testimonies.some((one) => one.seen === seen);
  const here = testimonies.filter((one) => one.seen === 'here');
  if (has('no_answer') || testimonies.length === 0) return 'unreachable';
  if (has('not_here')) return here.length > 0 ? 'rpcs_disagree' : 'mismatch';
  if (finalized && here.some((one) => one.finalized === null)) return 'finalized_unknown';
  if (has('behind')) return 'shallow';
  const isDeep = here.every((one) => one.depth >= blocks && (!finalized || one.finalized === true));
  return isDeep ? 'final' : 'shallow';
}
