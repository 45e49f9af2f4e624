/**
 * Sentences of the reactor name the command that does what is to be done, for those who read them at a terminal. Here each is told by
 * the page that has the same button, and an id leads to what it is of.
 */
import type { AlertKind } from '../../reactor/alerts/kinds.ts';
import type { Place } from '../frame/places.ts';
import type { QueueName } from '../pages/queue-names.ts';
import type { Key } from './language.ts';

/** What a part of a sentence is: text; a place in the console; or a command that only the server has. */
export type Part =
  | Readonly<{ is: 'text'; text: string }>
  | Readonly<{ is: 'page'; to: Place; command: string | null }>
  | Readonly<{ is: 'queue'; queue: QueueName; command: string | null }>
  | Readonly<{ is: 'payment' | 'user' | 'find'; id: string; command: string | null }>
  | Readonly<{ is: 'command'; text: string }>;

type Target = Place | QueueName | 'payment' | 'user' | 'find' | 'server';

/** By command: where its button is, or what it tells is read. */
export const COMMANDS: Readonly<Record<string, Target>> = {
  ...at('payment', 'payment', [
    'show',
    'why',
    'cancel',
    'repay',
    'refund',
    'release',
    'settle-outside',
    'name-transfer',
  ]),
  ...at('payment', 'payment', ['approve', 'approval-link']),
  ...at('effect', '/rails', ['list']),
  ...at('effect', 'unknown', ['look', 'propose --as']),
  ...at('effect', 'find', ['show', 'propose']),
  ...at('guard', '/guards', ['list', 'show', 'stop', 'open', 'cap']),
  ...at('hold', 'holds', ['list', 'close']),
  ...at('dispute', 'disputes', ['show', 'resolve']),
  ...at('suspense', 'suspense', ['list', 'show']),
  ...at('deposit', '/payments', ['list']),
  ...at('juno', '/rails', ['sync', 'probe', 'rails']),
  ...at('wallet', '/wallet', ['nonces', 'former', 'carry-over', 'clear-nonce']),
  ...at('user', 'user', ['screening', 'screen']),
  ...at('user', '/payments', ['unscreened']),
  ...at('webhook', '/webhooks', ['deliveries', 'list', 'remove', 'rotate']),
  ...at('report', '/ledger', ['closing']),
  ...at('break', 'breaks', ['list', 'show']),
  ...at('contract', 'server', ['verify', 'grant']),
  ...at('chain', 'server', ['accept-reorg', 'accept-contract']),
  ...at('db', 'server', ['migrate', 'login']),
  ...at('key', 'server', ['create']),
  ...at('juno', 'server', ['check']),
  recover: '/guards',
  doctor: '/indexer',
};

/** What its button, or what tells the same, is called there. */
export const LABELS: Readonly<Record<string, Key>> = {
  'payment why': 'payment.why',
  'payment cancel': 'do.cancel',
  'payment refund': 'do.refund',
  'payment repay': 'do.repay',
  'payment release': 'do.release',
  'payment settle-outside': 'do.settle',
  'payment name-transfer': 'do.name',
  'effect look': 'effect.look',
  'effect propose': 'do.attempt',
  'effect propose --as': 'effect.resolve',
  'guard cap': 'guards.caps',
  'guard stop': 'guards.stop',
  'guard open': 'guards.reopen',
  'hold close': 'hold.close',
  'dispute resolve': 'dispute.decide',
  'juno sync': 'do.read',
  'juno probe': 'do.probe',
  'wallet nonces': 'wallet.taken',
  'wallet former': 'wallet.former',
  'wallet carry-over': 'do.carry',
  'wallet clear-nonce': 'do.nonce',
  'user screening': 'user.screening',
  'webhook deliveries': 'webhooks.deliveries',
  'webhook remove': 'webhooks.remove',
  'webhook rotate': 'webhooks.rotate',
  recover: 'do.recover',
};

function at(noun: string, target: Target, verbs: readonly string[]): Record<string, Target> {
  return Object.fromEntries(verbs.map((verb) => [`${noun} ${verb}`, target]));
}

/** Where what an alert tells of is dealt with. */
export const DEALT_WITH: Readonly<Record<AlertKind, Place | QueueName | null>> = {
  stuck: null,
  'needs-attention': 'attention',
  'unknown-effect': 'unknown',
  suspense: 'suspense',
  break: 'breaks',
  'money-off': '/guards',
  'silent-automation': '/indexer',
  'indexer-behind': '/indexer',
  'rpc-silent': '/indexer',
  'juno-slow': '/rails',
  'juno-breaker': '/rails',
  'contract-stopped': '/guards',
  'gas-low': '/wallet',
  'float-missing': '/wallet',
  'float-low': '/wallet',
  'webhook-failed': '/webhooks',
  'notice-undelivered': null,
};
const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
/** What follows a command and is no prose. */
const VALUE = `(?:${UUID}|…|[A-ZÁÉÍÓÚÑ]{2,}\\b|0x[0-9a-f]+|(?:user|rail|payment|leg|wallet|contract):[\\w-]+|all\\b)`;
const FLAG = `--[a-z-]+(?: (?:${VALUE}|[a-z]+(?:\\|[a-z]+)+|\\d+|happened|not-happened|failed|rejected|unknown|payer|recipient))?`;
const NAMES = Object.keys(COMMANDS)
  .filter((one) => !one.includes(' --'))
  .sort((a, b) => b.length - a.length)
  .join('|');
const PATTERN = new RegExp(
  `kustodia (${NAMES})((?: (?:${FLAG}|${VALUE})|, (?:or|o) ${FLAG})*)|(${UUID})|(?<=\\b(?:[Pp]ayment|[Pp]ago) )#(\\d+)`,
  'g',
);
const IN_PROSE = new RegExp(`(?<!kustodia )\\b([Pp]ayment |[Pp]ago )${UUID}`, 'g');
const IN_ARGUMENTS = new RegExp(UUID);

/** The same with a payment told by its number, and not by its id; in a command it stays what the command takes. */
export const numbered = (sentence: string, number: number | null): string =>
  number === null ? sentence : sentence.replaceAll(IN_PROSE, `$1#${number}`);

/** A sentence in parts, in its order. */
export function partsOf(sentence: string): readonly Part[] {
  const parts: Part[] = [];
  let until = 0;
  const text = (to: number) => to > until && parts.push({ is: 'text', text: sentence.slice(until, to) });
  for (const found of sentence.matchAll(PATTERN)) {
    const [whole, name = '', given = '', id, number] = found;
    text(found.index);
    if (number !== undefined) parts.push({ is: 'payment', id: number, command: null });
    else parts.push(id === undefined ? partOf(whole, name, given) : ofId(id, sentence.slice(0, found.index)));
    until = found.index + whole.length;
  }
  text(sentence.length);
  return parts;
}

function partOf(whole: string, given: string, args: string): Part {
  const command = / --as\b/.test(args) && `${given} --as` in COMMANDS ? `${given} --as` : given;
  const target = COMMANDS[command] ?? 'server';
  const id = IN_ARGUMENTS.exec(args)?.[0];
  if (target === 'server') return { is: 'command', text: whole };
  if (target === 'payment' || target === 'user' || target === 'find')
    return id === undefined ? { is: 'page', to: '/payments', command } : { is: target, id, command };
  return isPlace(target) ? { is: 'page', to: target, command } : { is: 'queue', queue: target, command };
}

const isPlace = (target: Place | QueueName): target is Place => target.startsWith('/');

/** Whose id it is stands before it. */
function ofId(id: string, before: string): Part {
  if (/(?:user|usuario|usuaria)[ :]$/i.test(before)) return { is: 'user', id, command: null };
  if (/(?:payment|pago)[ :]$/i.test(before)) return { is: 'payment', id, command: null };
  return { is: 'find', id, command: null };
}
