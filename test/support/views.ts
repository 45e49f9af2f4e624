/** What a decision sees, built with one leg and nothing in its way. */
import { centavos } from '../../src/money/money.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { ChainFact, EffectView, EvidenceName, LegView, PaymentView } from '../../src/reactor/payment/view.ts';

export const NOW = new Date('2026-01-01T12:00:00Z');
export const SOON = new Date(NOW.getTime() + 60_000);

export const effectView = (kind: EffectKind, given: Partial<EffectView> = {}): EffectView => ({
  id: `${kind}-1`,
  kind,
  attempt: 1,
  state: 'confirmed',
  externalId: 'x',
  failures: 0,
  error: null,
  firstSentAt: NOW,
  nextLookAt: NOW,
  ...given,
});
export const chainFact = (given: Partial<ChainFact> = {}): ChainFact => ({
  id: '31337:0x1:0',
  txHash: '0x1',
  blockNumber: 5n,
  blockHash: '0xb',
  verdict: 'final',
  ...given,
});
/** What a leg stands on, as the chain shows it now. */
export const standsOn = (as: EvidenceName, given: Partial<ChainFact> = {}) => ({ ...chainFact(given), as });
export const legView = (given: Partial<LegView> = {}): LegView => ({
  id: 'leg',
  kind: 'custody',
  state: 'requested',
  amount: centavos(150_000n),
  rail: 'bank_redemption',
  destinationId: 'account',
  account: { isReady: true, problem: null },
  stopped: null,
  enteredAt: NOW,
  deadline: null,
  attention: null,
  effects: {},
  facts: {},
  ...given,
});
type Given = Partial<Omit<PaymentView, 'payment'>> & { payment?: Partial<PaymentView['payment']> };
export const viewOf = (leg: Partial<LegView>, { payment, ...given }: Given = {}): PaymentView => ({
  now: NOW,
  payment: {
    id: 'payment',
    expiresAt: SOON,
    depositsReadAt: NOW,
    release: 'date',
    ...payment,
  },
  legs: [legView(leg)],
  holds: [],
  stopped: [],
  uncleared: [],
  hasBitso: true,
  creditBound_ms: 2 * 60 * 60 * 1000,
  depositAddress: { isProved: true, sentence: '' },
  chain: { headTimestamp: 1_000, trouble: null },
  ...given,
});
