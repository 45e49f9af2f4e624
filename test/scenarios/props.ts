/** What every act of a story stands on: what was made so far, terms as the reactor is told them, and what is done once it is ready. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../src/local/api.ts';
import type { Account, FeeTerms, Terms } from './row.ts';
import { NAMES, OWNERS, type Scene } from './stage.ts';

export const REASON = 'as the story goes';
/** How long what a second person approves may still be getting ready: an account verified, money seen. */
const READY_MS = 90_000;
const RETRY_MS = 250;
const NOT_YET = /"code":"(account_not_verified|in_progress|money_not_seen|not_decidable)"/;
/** Custody that is over before anybody looks. */
const SHORT_S = 2;

/** What a story has made so far. */
export type Props = {
  readonly scene: Scene;
  /** Payments that were asked for, and what is to be paid in for each. */
  readonly asked: { id: string; deposit: string }[];
  readonly links: Map<string, { id: string; token: string }>;
  readonly approvals: Map<string, string>;
  dispute?: string;
  hold?: string;
  /** What one person has proposed and nobody approved. */
  proposal?: string;
};

export const payoutOf = ({ account }: Scene, role: Account | 'stranger', isNvio = false) => ({
  clabe: account(role, isNvio),
  legalName: NAMES[role === 'stranger' ? 'stranger' : OWNERS[role]],
});

const feeOf = async (scene: Scene, [who, bearer, much]: FeeTerms) => ({
  kind: who === 'platform' ? 'platform' : 'broker',
  bearer,
  ...(typeof much === 'number' ? { basisPoints: much } : { amount: much }),
  beneficiaryId: (await scene.person(OWNERS[who])).id,
  payout: payoutOf(scene, who),
});

/** What payment terms and standing terms have in common, as the reactor is told. */
export async function termsFor(scene: Scene, terms: Omit<Terms, 'amount'>) {
  const { custody = 10_000, seconds = SHORT_S, release, fees = [], rail, refund, to = 'recipient' } = terms;
  return {
    recipientId: (await scene.person('recipient')).id,
    custodyBasisPoints: custody,
    ...(custody === 0 ? {} : { custodySeconds: seconds }),
    ...(release ? { release } : {}),
    fees: await Promise.all(fees.map((fee) => feeOf(scene, fee))),
    payout: { ...payoutOf(scene, to, rail === 'bitso_transfer'), ...(rail ? { rail } : {}) },
    ...(refund ? { refund: payoutOf(scene, 'payer') } : {}),
    concept: 'Scenario',
  };
}

/** The payment that the story is about: the last one that was asked for, or the one that a deposit made. */
export async function paymentOf({ scene, asked }: Props): Promise<string> {
  const id = asked.at(-1)?.id ?? (await scene.legs()).at(-1)?.payment;
  if (!id) throw new Error(`${scene.row.id}: there is no payment yet`);
  return id;
}

/** Does what is refused only because it is not ready yet as soon as it is. */
export async function asSoonAsReady<T>(call: () => Promise<T>, notYet = NOT_YET): Promise<T> {
  for (const deadline = performance.now() + READY_MS; ; await delay(RETRY_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!notYet.test(String(error)) || performance.now() > deadline) throw error;
    }
  }
}
export const approved = (approver: Api, proposal: string): Promise<unknown> =>
  asSoonAsReady(() => approver.call(`/proposals/${proposal}/approve`, { reason: REASON }));
