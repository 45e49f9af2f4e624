import type { Decision } from './view.ts';

/** What a payment does next and why, in one sentence for a person. */
export function explain(decision: Decision): string {
  switch (decision.do) {
    case 'move':
      return `The ${decision.leg.kind} leg moves from ${decision.leg.state} to ${decision.to} now: ${decision.cause}.`;
    case 'replace':
      return `The ${decision.leg.kind} leg is replaced now, where it is ${decision.leg.state}: ${decision.cause}.`;
    case 'rebind':
      return `The ${decision.leg.kind} leg’s escrow has id ${decision.escrow.escrowId} after a reorganisation of the chain; that is written down now.`;
    case 'conclude':
      return 'Nobody appealed in time: what was decided of its dispute is carried out now.';
    case 'contest':
      return `Somebody disputed the ${decision.leg.kind} leg’s escrow in its contract (${decision.fact.txHash}): the payment is held here as well now.`;
    case 'record':
      return `The ${decision.leg.kind} leg begins ${decision.effect} now (attempt ${decision.attempt}) and is ${decision.to} from then on.`;
    case 'send':
      return `${decision.effect.kind} (attempt ${decision.effect.attempt}) is sent or looked for now; its intent is recorded and cannot be made twice.`;
    case 'wait':
      return `It waits for ${decision.for}. It looks again when told, and at ${decision.until.toISOString()} at the latest.`;
    case 'ask':
      return `It needs a person (${decision.owner}): ${decision.sentence}`;
    case 'done':
      return 'Nothing is left to do: every leg has reached its end.';
  }
}
