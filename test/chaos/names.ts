import type { Write } from './statement.ts';

/** What is known of a leg or an effect beyond what a statement says. */
export type LegKnown = Readonly<{ kind: string; rail: string; paymentId: string }>;
export type EffectKnown = Readonly<{ kind: string; leg: LegKnown | null; subject: string }>;
export type Known = Readonly<{
  leg: (id: string | null | undefined) => LegKnown | undefined;
  effect: (id: string | null | undefined) => EffectKnown | undefined;
}>;

/** The name of a write within its commit; null where the commit is named by what else it writes. */
type Namer = (write: Write, known: Known) => string | null;

/** From here on a leg's way depends on its rail. */
const TAIL = new Set([
  'reserved',
  'redeeming',
  'paying_out',
  'completed',
  'accrued',
  'payout_failed',
  'payout_returned',
]);
const TAIL_EFFECTS = new Set(['juno_redemption', 'bitso_payout']);

const journey = ({ kind, rail }: LegKnown, isTail: boolean) => (isTail ? `${kind} by ${rail}` : kind);

const effectName: Namer = ({ verb, values, where }, known) => {
  const found = known.effect(values['id'] ?? where['id']);
  const kind = values['kind'] ?? found?.kind ?? 'unknown';
  const whose = found?.leg ? `${journey(found.leg, TAIL_EFFECTS.has(kind))}: ` : '';
  return `${whose}${kind} ${verb === 'insert' ? 'recorded' : (values['state'] ?? 'noted')}`;
};

const legName: Namer = ({ verb, values, where }, known) => {
  const found = known.leg(values['id'] ?? where['id']);
  const state = verb === 'insert' ? 'requested' : values['state'];
  if (found && state) return `${journey(found, TAIL.has(state))}: ${state}`;
  return 'attention_code' in values ? 'leg marked' : 'leg due';
};

const laneName: Namer = ({ verb, values, where }) => {
  const [of = ''] = (values['name'] ?? where['name'] ?? '').split(':');
  return `lane of ${of} ${verb === 'insert' ? 'taken' : values['holder'] === null ? 'given back' : 'renewed'}`;
};

const walletName: Namer = ({ verb, values }) => {
  if (verb === 'insert') return 'transaction signed';
  if ('succeeded' in values) return 'transaction settled';
  if ('mined_block' in values) return 'transaction mined';
  return 'transaction handed over';
};

const destinationName: Namer = ({ verb, values }) => {
  if (verb === 'insert') return 'payout account given';
  if ('juno_account_id' in values) return 'payout account registered';
  return 'differs' in values ? 'payout account differs' : 'payout account verified';
};

const inserted =
  (name: string, changed = `${name} changed`): Namer =>
  ({ verb }) =>
    verb === 'insert' ? name : changed;
const beside: Namer = () => null;

/** Every table of the reactor, and how a write to it is named. A table that is missing here fails a test, and every run. */
export const NAMES: Readonly<Record<string, Namer>> = {
  effect: effectName,
  leg: legName,
  lane: laneName,
  wallet_transaction: walletName,
  destination: destinationName,
  evidence: ({ values }) => `claimed from ${values['source'] ?? 'unknown'}`,
  payment: ({ verb, values }) =>
    verb === 'insert' ? `payment of kind ${values['kind'] ?? 'escrow'} created` : 'payment waits no longer',
  heartbeat: ({ values }) => `read ${(values['name'] ?? '').split(/[:/]/)[0]}`,
  juno_observation: ({ values }) => `kept word for word: ${values['resource'] ?? 'unknown'}`,
  juno_deposit: inserted('deposit seen'),
  juno_transaction: inserted('Juno transaction seen', 'Juno transaction looked at'),
  juno_movement: inserted('Juno movement seen', 'Juno movement explained'),
  bitso_withdrawal: inserted('Bitso withdrawal seen'),
  webhook_in: inserted('webhook kept'),
  webhook_count: inserted('webhook counted'),
  suspense: inserted('deposit in suspense'),
  suspense_part: inserted('deposit given away'),
  settlement_item: inserted('accrued legs in a settlement'),
  refund_order: inserted('leg ordered back to the payer'),
  release_approval: inserted('release approved'),
  release_withdrawal: inserted('approval taken back'),
  release_order: inserted('release let out by two people'),
  approval_link: inserted('link to approve made', 'link to approve used or revoked'),
  settled_outside: inserted('leg paid by hand'),
  deposit_clabe: inserted('CLABE assigned'),
  user: inserted('user created'),
  standing_terms: inserted('standing terms set'),
  hold: inserted('hold opened', 'hold closed'),
  dispute: inserted('dispute opened', 'dispute moved'),
  dispute_evidence: inserted('evidence of a dispute'),
  dispute_resolution: inserted('dispute resolved'),
  dispute_appeal: inserted('dispute appealed'),
  dispute_move: beside,
  api_key: inserted('API key created'),
  console_session: inserted('signed in to the console', 'console used'),
  deposit_address: inserted('deposit address proved'),
  chain_pin: ({ verb }) => (verb === 'insert' ? 'chain pinned' : null),
  reorganisation: inserted('reorganisation noted', 'reorganisation noted'),
  setting_pin: inserted('settings pinned'),
  juno_limit: inserted('leave to call asked', 'leave to call asked'),
  juno_nonce: inserted('nonce drawn', 'nonce drawn'),
  juno_nonce_v1: inserted('nonce drawn', 'nonce drawn'),
  reconciliation_break: inserted('break opened', 'break changed'),
  closed_day: inserted('day closed'),
  foreign_act: inserted('act that is not known here'),
  proposal: inserted('proposal made', 'proposal decided'),
  juno_caller: inserted('caller counted'),
  ledger_entry: beside,
  ledger_posting: beside,
  ledger_balance: beside,
  leg_history: beside,
  leg_move: beside,
  effect_move: beside,
  effect_history: beside,
  person: beside,
  personal_column: beside,
  tally_news: beside,
  tally: () => 'moves counted',
  webhook_endpoint: inserted('webhook endpoint made', 'webhook endpoint changed'),
  webhook_event: inserted('webhook event written'),
  webhook_delivery: inserted('webhook to be delivered', 'webhook tried'),
  alert: inserted('alert raised', 'alert told again or gone'),
  alert_notice: inserted('notice recorded', 'notice tried'),
  guard_switch: ({ verb, values }) =>
    verb === 'insert' && values['name']?.startsWith('wallet:') ? 'wallet switch made' : null,
  wide_hold: inserted('hold opened', 'hold closed'),
  screening: inserted('user screened'),
  cap_limit: inserted('cap changed', 'cap changed'),
  cap: beside,
  idempotency: beside,
  audit_log: beside,
  __drizzle_migrations: beside,
};

/** The name of a commit, from all that it writes. Throws where a table has no name. */
export function nameOfCommit(writes: readonly Write[], known: Known): string {
  const names = new Set<string>();
  for (const write of writes) {
    const namer = NAMES[write.table];
    if (!namer) throw new Error(`a write to reactor.${write.table} has no name: give it one in test/chaos/names.ts`);
    const name = namer(write, known);
    if (name !== null) names.add(name);
  }
  // A lane that is renewed together with other work is part of that work.
  const work = [...names].filter((name) => !name.startsWith('lane of '));
  const all = work.length > 0 ? work : [...names];
  return all.length > 0 ? all.sort().join(' + ') : `only ${[...new Set(writes.map(({ table }) => table))].join(', ')}`;
}
