/** Whether the approver signs what it was asked for, as books and chain have it. Pure. */
import { SIGNED_FOR_S } from '../chain/early-approval.ts';
import { centavos, compare, toMxnb } from '../money/money.ts';
import { pesosOf } from '../reactor/guards/limit.ts';
import { lacksOf, namesOf } from '../reactor/payment/release.ts';
import { isLive, type LegState } from '../reactor/payment/states.ts';
import type { Booked } from './books.ts';
import type { OnChain } from './chain.ts';
import { RefusedError } from './refused.ts';
import type { Asked } from './request.ts';
import type { ApproverProcessSettings } from './settings.ts';

type Own = Pick<
  ApproverProcessSettings,
  'approver' | 'bridge' | 'chainId' | 'contracts' | 'mxnPerUdi' | 'releaseFourEyes'
>;

/** So far the approver's node may be behind the reactor's, in seconds. */
const BEHIND_S = 600;

function must(isSo: boolean, code: string, why: string): asserts isSo {
  if (!isSo) throw new RefusedError(code, why);
}

/** What can be told without a look outside: no question about another contract, chain or key costs one. Throws a RefusedError. */
export function assertOurs(asked: Asked, own: Own): void {
  must(asked.approver === own.approver.address, 'other_key', 'it has no key of that account');
  must(asked.chainId === own.chainId, 'other_chain', `chain ${asked.chainId} is not its chain`);
  must(own.contracts.includes(asked.contract), 'other_contract', `${asked.contract} is none of its contracts`);
}

/** Answers the leg that it is about. Throws a RefusedError. */
export function assertMay(asked: Asked, own: Own, { leg, chain }: { leg: Booked | null; chain: OnChain }): Booked {
  must(leg !== null, 'unknown_reference', 'no payment here has that reference');
  must(
    leg.kind === 'custody' && isLive(leg.state as LegState),
    'leg_over',
    `leg ${leg.legId} is in no custody, or has ended`,
  );
  must(
    leg.escrowContract === asked.contract && leg.escrowId === asked.escrowId,
    'other_escrow',
    `the books have another escrow of leg ${leg.legId}`,
  );
  assertOnChain(asked, own, leg, chain);
  must(leg.held === null, 'held', `payment ${leg.paymentId} has an open ${leg.held}`);
  must(
    leg.closed === null,
    'switch',
    `the switch “${leg.closed}” over payment ${leg.paymentId} is off, or there is none`,
  );
  assertDecided(asked, own, leg, chain.head_s);
  return leg;
}

function assertOnChain(asked: Asked, own: Own, leg: Booked, { chainId, head_s, isApprover, escrow }: OnChain): void {
  must(chainId === own.chainId, 'rpc_of_other_chain', `its RPC serves chain ${chainId}, not ${own.chainId}`);
  must(isApprover, 'no_role', `${own.approver.address} does not have the approver role of ${asked.contract}`);
  must(escrow !== null, 'not_held', `escrow ${asked.escrowId} is not funded, or is disputed on the chain`);
  must(
    escrow.reference === asked.reference && escrow.disputes === asked.disputes,
    'other_on_chain',
    `escrow ${asked.escrowId} carries another reference or another number of disputes on the chain`,
  );
  must(
    escrow.units === toMxnb(centavos(leg.centavos)).units,
    'other_amount',
    `escrow ${asked.escrowId} holds another amount than leg ${leg.legId}`,
  );
  must(escrow.payee === own.bridge, 'other_payee', `escrow ${asked.escrowId} would pay ${escrow.payee}`);
  must(
    asked.expiry > head_s && asked.expiry <= head_s + SIGNED_FOR_S + BEHIND_S,
    'expiry',
    'the signature would be good for no time, or for too long',
  );
}

/** The same rule by which the reactor decides, over what the approver has read itself. */
function assertDecided({ act }: Asked, own: Own, leg: Booked, chain_s: number): void {
  const isBack = leg.ordered === leg.centavos;
  must(
    (act === 'cancel') === isBack,
    'other_act',
    'before its date a custody is cancelled where all of it was ordered back to the payer, and released where not',
  );
  if (isBack) must(leg.isBackDecided, 'not_decided', `no two people decided that payment ${leg.paymentId} goes back`);
  const lacks = lacksOf({
    ...{ policy: leg.policy, deadline: leg.deadline, isDue: false, clocks: { now: leg.now, chain_s } },
    ...{ approvals: leg.approvals, isDecided: leg.ordered !== null || leg.isDisputeOver, isBack },
    fourEyes: needsTwo(own, leg) ? (leg.isLetOut ? 'given' : 'missing') : 'not_asked',
  });
  must(
    lacks.length === 0,
    'not_approved',
    `the release of payment ${leg.paymentId} lacks the approval of ${namesOf(lacks)}`,
  );
}

/** Where the limit is in UDIs and no rate is set, any amount does. */
function needsTwo({ releaseFourEyes: limit, mxnPerUdi }: Own, leg: Booked): boolean {
  if (limit === null) return false;
  const most = pesosOf(limit, mxnPerUdi);
  return most === null || compare(centavos(leg.centavos), most) > 0;
}
