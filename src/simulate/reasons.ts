import type { Hex } from 'viem';
import type { Bank } from './bank.ts';
import type { Chain } from './chain.ts';
import type { FaultName } from './faults.ts';
import type { Juno } from './juno.ts';
import type { Wire } from './wire.ts';

const LOST: readonly FaultName[] = [
  'outage',
  'throttled',
  'server_error',
  'refused_connection',
  'timeout_after_success',
  'request_lost',
  'slow_answer',
  'restart',
  'pause',
];

/**
 * What a person may be asked for, and the faults any one of which makes it true. A reason that stands here without its fault, or
 * does not stand here, is a false alarm: it counts as stuck.
 */
const TRUE_REASONS: Readonly<Record<string, readonly FaultName[]>> = {
  failed_not_returned: ['withdrawal_failed', 'redemption_failed'],
  payout_failed: ['bitso_failed'],
  payout_returned: ['spei_returned'],
  escrow_is_another: ['reorg'],
  evidence_gone: ['reorg'],
  return_undone: ['reorg'],
  indexer_mismatch: ['reorg'],
  juno_withdrawal_not_getting_through: LOST,
  juno_redemption_not_getting_through: LOST,
  bitso_payout_not_getting_through: LOST,
  // What may not be repeated for longer than Juno remembers it, while it is disputed, held or stopped.
  juno_withdrawal_unknown: LOST,
  juno_redemption_unknown: LOST,
  // Bitso is asked once: what it may have taken and does not show is for people to find out.
  bitso_payout_unknown: LOST,
  // So is a bank account that Juno may have made.
  payout_account_unusable: LOST,
  payout_account_overdue: LOST,
};

/** How many faults of a world can have caused what people are asked for. */
export const strikesFor = (reason: string, counts: Readonly<Record<string, number>>): number =>
  (TRUE_REASONS[reason] ?? []).reduce((total, name) => total + (counts[name] ?? 0), 0);

export type Asked = Readonly<{
  attention: string;
  /** The newest effect of each kind: its key, and its name outside. */
  effects: Readonly<Record<string, Readonly<{ key: string; name: string | null }>>>;
  /** The transactions on the chain that the leg stands on. */
  hashes: readonly string[];
  accountKey: string | null;
}>;

const OF_A_CALL = /^(juno_withdrawal|juno_redemption|bitso_payout)_/;

/**
 * Whether a person is asked with reason: its fault must have struck the very call, order, withdrawal or transaction that the leg
 * stands on, not only some other of the world.
 */
export function trueReasons(parameters: {
  counts: Readonly<Record<string, number>>;
  bank: Pick<Bank, 'outgoing'>;
  juno: Pick<Juno, 'transactions' | 'withdrawals'>;
  chain: Pick<Chain, 'isMined'>;
  wire: Pick<Wire, 'wasAnswered'>;
}): (asked: Asked) => boolean {
  const { counts, bank, juno, chain, wire } = parameters;
  const isUnanswered = (key: string | null | undefined) => typeof key === 'string' && !wire.wasAnswered(key);
  const isGone = (hash: string | null | undefined) => typeof hash === 'string' && !chain.isMined(hash as Hex);
  return ({ attention, effects, hashes, accountKey }) => {
    if (strikesFor(attention, counts) === 0) return false;
    const names = new Set(Object.values(effects).map(({ name }) => name));
    const call = OF_A_CALL.exec(attention)?.[1];
    if (call) return isUnanswered(effects[call]?.key);
    if (attention.startsWith('payout_account_')) return isUnanswered(accountKey);
    if (attention === 'failed_not_returned')
      return juno.transactions().some(({ id, status }) => status === 'FAILED' && names.has(id));
    if (attention === 'payout_failed')
      return juno.withdrawals().some(({ wid, status }) => status === 'failed' && names.has(wid));
    if (attention === 'payout_returned')
      return bank.outgoing().some(({ id, isReturned }) => isReturned && names.has(id));
    if (attention === 'evidence_gone') return hashes.some(isGone);
    if (attention === 'return_undone') return isGone(effects['chain_return']?.name);
    // A reorganisation gives ids anew to whatever comes after it.
    return true;
  };
}
