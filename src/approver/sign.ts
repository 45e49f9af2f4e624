/** One question to the approver: read, judged, written down, signed, compared. */
import { type Hex, hashTypedData, isAddressEqual, recoverTypedDataAddress } from 'viem';
import { earlyApprovalData } from '../chain/early-approval.ts';
import type { Approver } from '../reactor/release/approver.ts';
import { rootOf } from '../trace/ids.ts';
import type { Spans } from '../trace/open.ts';
import type { Booked, Books } from './books.ts';
import type { ChainReader } from './chain.ts';
import type { Journal } from './journal.ts';
import { assertMay, assertOurs } from './judge.ts';
import type { Log } from './log.ts';
import { RefusedError } from './refused.ts';
import type { Asked } from './request.ts';
import type { ApproverProcessSettings } from './settings.ts';

export type SigningParts = Readonly<{
  settings: ApproverProcessSettings;
  approver: Approver;
  books: Pick<Books, 'read'>;
  chain: ChainReader;
  journal: Journal;
  log: Log;
  /** Null where no collector is set. */
  spans?: Pick<Spans, 'past'> | null;
}>;

/**
 * Signs what was asked for, if books and chain have it so. A login that only reads can lock nothing: what is withdrawn or stopped after
 * the look is refused by the wallet's lane, which asks once more under the locks. Throws a RefusedError, or what a part threw.
 */
export async function signAsked(parts: SigningParts, asked: Asked): Promise<Hex> {
  const { settings, books, chain } = parts;
  const [from, began] = [new Date(), performance.now()];
  assertOurs(asked, settings);
  const [leg, onChain] = await Promise.all([
    books.read(asked.reference),
    chain.read(asked.contract, asked.escrowId, asked.approver),
  ]);
  const trace = (outcome: string) => {
    if (!leg) return;
    const { paymentId: payment, legId } = leg;
    const facts = { payment, leg: legId, kind: asked.act, outcome };
    parts.spans?.past('approver.sign', rootOf(payment), { from, took_ms: performance.now() - began }, facts);
  };
  try {
    const signature = await signMay(parts, asked, assertMay(asked, settings, { leg, chain: onChain }));
    trace('signed');
    return signature;
  } catch (error) {
    trace(error instanceof RefusedError ? error.code : 'unknown');
    throw error;
  }
}

/** Written down, signed, compared. */
async function signMay(
  { approver, journal, log }: SigningParts,
  asked: Asked,
  { legId, paymentId, centavos }: Booked,
): Promise<Hex> {
  const data = earlyApprovalData(asked);
  const { act, contract, disputes, expiry } = asked;
  const entry = {
    ...{ act, contract, escrowId: String(asked.escrowId), paymentId, legId, disputes, expiry },
    ...{ centavos: String(centavos), digest: hashTypedData(data) },
  };
  const line = journal.record(entry);
  const signature = await approver.sign(data);
  const signer = await recoverTypedDataAddress({ ...data, signature });
  if (!isAddressEqual(signer, approver.address))
    throw new Error('what was signed is not by the key of ESCROW_APPROVER');
  log('info', { event: 'signed', ...entry, journal: `0x${line}` });
  return signature;
}
