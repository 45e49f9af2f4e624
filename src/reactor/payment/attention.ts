/** The reasons for which a person is asked, and what that person is to do: one row a reason, so that none is without its step. Pure. */
import { EFFECT_KINDS, type EffectKind } from '../effects/states.ts';

/** Whom and what a step names. */
export type At = Readonly<{ payment: string; leg: string; effect: string }>;
type Step = (at: At) => string;

const shown = ({ payment }: At): string => `kustodia payment show ${payment}`;
const engineering = (at: At): string => `call engineering; ${shown(at)} has all that happened`;
const anotherAttempt = ({ effect }: At): string =>
  `mend the cause, then kustodia effect propose ${effect} --allow-attempt --reason …; a second person approves it`;
const repay = ({ payment, leg }: At): string =>
  `ask for an account that takes the pesos, then kustodia payment repay ${payment} --leg ${leg} --clabe CLABE --name NAME --reason …; a second person approves it`;
const account = ({ payment }: At): string =>
  `ask for another account, then kustodia payment refund ${payment}, or wait until this one is mended at Juno`;
const capped = 'wait for tomorrow, or raise it: kustodia guard cap NAME LIMIT --reason …; a second person approves it';

const NAMED = {
  no_deadline: engineering,
  effect_missing: engineering,
  effect_out_of_place: engineering,
  cannot_be_looked_at: engineering,
  issuance_failed: ({ payment }) =>
    `confirm at Juno that the pesos went back, then kustodia payment cancel ${payment} --reason …`,
  payout_account_unusable: account,
  payout_account_differs: account,
  payout_account_unread: () => 'wait; if Juno is well, tell engineering',
  juno_holds_deposit: () => 'write to Juno’s support with that text; send nothing again',
  attempts_used_up: anotherAttempt,
  failed_not_returned: ({ effect }) =>
    `find the money at Juno; once it is seen back, kustodia effect propose ${effect} --allow-attempt --reason …; a second person approves it`,
  return_undone: () => 'ask Juno’s support whether its credit stands, and give engineering the answer',
  money_in_former_wallet: () =>
    'kustodia wallet former; bring as much to today’s wallet, then kustodia wallet carry-over WALLET --tx HASH --reason …',
  indexer_mismatch: () => 'compare the indexer’s chain with the RPC’s: docs/runbook.md#indexer-behind',
  evidence_gone: () => 'wait for the chain to settle; if it stays, compare the transaction with a block explorer',
  rpcs_disagree: () => 'compare both RPCs with a block explorer and replace the one that is wrong',
  finalized_unknown: () =>
    'set ETH_RPC_URL (and ETH_RPC_URL_2) to a node that knows “finalized”, and restart the reactor',
  not_frozen_on_chain: () =>
    'wait a few minutes; if the contract does not have it back, find out who ended the dispute there',
  disputed_again: () => 'wait a few minutes; if it stays, resolve it in the contract by hand, for the seller',
  settlement_ended: ({ payment, leg }) =>
    `find the settlement’s money; if it is to be paid by hand, kustodia payment settle-outside ${payment} --leg ${leg} --tracking-key KEY --cep LINK --reason …`,
  commission_open: ({ payment }) =>
    `decide whose it is; if it goes back to the payer, kustodia payment refund ${payment}; else call engineering`,
  rail_not_available: () => 'set BITSO_BASE_URL and restart the reactor',
  release_four_eyes: ({ payment }) => `kustodia payment release ${payment} --reason …; a second person approves it`,
  escrow_ended_early: ({ payment }) =>
    `find out who ended it; if the money is to go back, kustodia payment refund ${payment}`,
  escrow_payment_untold: ({ payment, leg }) =>
    `find the transfer on a block explorer, then kustodia payment name-transfer ${payment} --leg ${leg} --tx HASH --log NUMBER --reason …; a second person approves it`,
  escrow_paid_another: ({ payment, leg }) =>
    `kustodia guard stop all --reason …, then docs/contract-operations.md, “At 3 a.m.”; what is paid by hand: kustodia payment settle-outside ${payment} --leg ${leg} --tracking-key KEY --cep LINK --reason …`,
  escrow_pays_another: () => 'docs/contract-operations.md, “At 3 a.m.”',
  escrow_is_another: () => 'compare the escrow on chain with the indexer: kustodia contract verify',
  nonce_taken: ({ effect }) =>
    `find out what used the nonce, then kustodia wallet clear-nonce ${effect} --taken-by HASH --reason …; a second person approves it`,
  payout_failed: repay,
  payout_returned: repay,
  daily_cap: () => capped,
  payment_cap: () => 'raise it: kustodia guard cap NAME LIMIT --reason …; a second person approves it',
  rate_missing: () => 'set MXN_PER_UDI and restart the reactor, or set a cap in pesos: kustodia guard cap',
} as const satisfies Readonly<Record<string, Step>>;

/** What may take too long, beside the effects themselves. */
const WAITED_FOR = {
  deposit_address: () => 'kustodia doctor says what the proof of Juno’s deposit address lacks',
  issuance: () => 'ask Juno about that deposit; nothing is to be sent',
  arrival: () => 'compare the withdrawal’s hash with a block explorer; if the chain has it, look at the indexer',
  screening: () => 'kustodia user unscreened, then kustodia user screen USER …',
  payout_account: () => 'look for the account at Juno; ask its support why it is not registered',
  evidence: () => 'check ETH_RPC_URL and the indexer: docs/runbook.md#rpc-silent',
} as const satisfies Readonly<Record<string, Step>>;

/** Reasons of which there is one for each effect, or for each code of a refusal. */
const FAMILIES = {
  overdue: ({ effect }) =>
    `kustodia effect look ${effect}; then look at Juno, Bitso or the chain by hand. Send nothing`,
  not_getting_through: ({ effect }) =>
    `wait; if it lasts, kustodia effect show ${effect} has what the other side answered, and the runbook what to do of it`,
  unknown: ({ effect }) =>
    `find out at Juno or Bitso, then kustodia effect propose ${effect} --as happened --external-id ID, or --as not-happened; a second person approves it`,
} as const satisfies Readonly<Record<string, Step>>;

export const NAMED_CODES = Object.keys(NAMED) as (keyof typeof NAMED)[];
export const OVERDUE_CODES = Object.keys(WAITED_FOR) as (keyof typeof WAITED_FOR)[];
export const FAMILY_CODES = Object.keys(FAMILIES) as (keyof typeof FAMILIES)[];

export type AttentionCode =
  | keyof typeof NAMED
  | `${keyof typeof WAITED_FOR}_overdue`
  | `${EffectKind}_${keyof typeof FAMILIES}`
  | `rejected:${string}`;

/** What somebody may still have waited for too long. */
export type Overdue = keyof typeof WAITED_FOR | EffectKind;

/** The effect of a reason that is one of a family; null where it is of none. */
export const effectIn = (code: string): EffectKind | null => EFFECT_KINDS.find((kind) => code.startsWith(kind)) ?? null;

/** What a person does about it. Null for a code that no release of this house writes. */
export function stepFor(code: string, at: At): string | null {
  if (code.startsWith('rejected:')) return anotherAttempt(at);
  const kind = effectIn(code);
  const family = FAMILY_CODES.find((one) => kind !== null && code === `${kind}_${one}`);
  const waited = OVERDUE_CODES.find((one) => code === `${one}_overdue`);
  const named = NAMED_CODES.find((one) => one === code);
  const step: Step | null = named ? NAMED[named] : waited ? WAITED_FOR[waited] : family ? FAMILIES[family] : null;
  return step === null ? null : step(at);
}
