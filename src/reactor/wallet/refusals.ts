/** Why something recorded was not signed this time. Nothing left the house; it stays recorded. */
import { BaseError, formatEther } from 'viem';
import { WouldRevertError } from '../../chain/door.ts';
import { GuardClosedError } from '../guards/check.ts';
import { plain } from '../words.ts';
import { PolicyRefusedError } from './policy.ts';
import { SignerError } from './signer.ts';

/** The wallet has acted without this database. */
export class UnknownTransactionsError extends Error {
  override readonly name = 'UnknownTransactionsError';
  constructor(seen: number, known: number) {
    super(
      `The chain has transactions of the bridge wallet up to nonce ${seen}, this database knows them up to ${known}: it was restored, or somebody else has the key. Nothing is signed until that is cleared up.`,
    );
  }
}

export class NoGasError extends Error {
  override readonly name = 'NoGasError';
  constructor(wallet: string, free: bigint, needed: bigint) {
    super(
      `The bridge wallet ${wallet} has ${formatEther(free)} ETH that is not spoken for, and needs ${formatEther(needed)} for gas. Nothing was signed. Send it ETH; it goes on by itself.`,
    );
  }
}

export type NotSigned = Readonly<{
  code: string;
  text: string;
  /** A person is told at once, because only a person can mend it. */
  isTold: boolean;
  /** It concerns the wallet, the node or the signer: no other is tried in this turn. */
  isForAll: boolean;
  /** When it is tried again; if left out, later each time. */
  retry_ms?: number;
}>;

/** A top-up is noticed this soon. */
const GAS_RETRY_MS = 5_000;

export function notSignedFor(error: unknown): NotSigned {
  const text = plain(error instanceof Error ? error.message : 'a failure without a name');
  const one = { text, isTold: false, isForAll: false };
  if (error instanceof GuardClosedError) return { ...one, code: error.code };
  if (error instanceof PolicyRefusedError) return { ...one, code: 'policy', isTold: true };
  // The state may be another one in the next block: only the chain's own receipt would be a failure.
  if (error instanceof WouldRevertError) return { ...one, code: 'would_revert' };
  if (error instanceof NoGasError)
    return { ...one, code: 'no_gas', isTold: true, isForAll: true, retry_ms: GAS_RETRY_MS };
  if (error instanceof UnknownTransactionsError)
    return { ...one, code: 'unknown_transactions', isTold: true, isForAll: true };
  if (error instanceof SignerError)
    return { ...one, code: error.code, isTold: error.code !== 'signer_away', isForAll: true };
  if (error instanceof BaseError) return { ...one, code: 'node_away', text: plain(error.shortMessage), isForAll: true };
  return { ...one, code: 'not_signed' };
}
