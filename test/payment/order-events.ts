/** What can happen to the one payment of `order-world.ts`, and the terms that it may have. */
import type { Fee } from '../../src/reactor/payment/split.ts';
import type { ReleasePolicy } from '../../src/reactor/payment/states.ts';

export const EVENTS = [
  ...(['the payer pays in', 'Juno issues', 'time passes', 'the payer approves', 'the recipient approves'] as const),
  ...(['an approval is taken back', 'a hold is opened', 'the hold is closed', 'a switch is thrown'] as const),
  ...(['the switch is opened', 'a side disputes it', 'two people decide for the payer'] as const),
  ...(['two people decide for the recipient', 'two people split it', 'a side appeals'] as const),
  ...(['two people order it back', 'two people pay it again', 'the next answer is lost'] as const),
  ...(['the next payout fails', 'the wallet signs', 'a block', 'Juno works', 'a bank sends it back'] as const),
  ...(['more accrues for the same accounts', 'a settlement pays'] as const),
  ...(['two people pay by hand what accrued', 'the reactor looks'] as const),
] as const;
export type Event = (typeof EVENTS)[number];
export type Terms = Readonly<{
  amount: bigint;
  custodyBasisPoints: number;
  release: ReleasePolicy;
  rail: 'bank_redemption' | 'bitso_spei';
  fees: readonly Fee[];
}>;
