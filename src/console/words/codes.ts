/** How what machines name is told: which names each field of an answer takes, and the names that are put together. */
import type { Key } from './language.ts';

/** By field: the first of these that has words for the code. What is of one field only in a window or a line stands here too. */
export const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  state: ['state', 'effectState', 'dispute', 'delivery', 'closing', 'breaker', 'probe', 'recovery'],
  status: ['state', 'deposited'],
  kind: ['kind', 'effect', 'break', 'held'],
  from: ['state', 'effectState'],
  to: ['party', 'state', 'effectState'],
  as: ['became', 'chainEvent'],
  by: ['party', 'found', 'receipt.by'],
  of: ['block'],
  what: ['refund'],
  direction: ['receipt'],
  source: ['source'],
  reason: ['breaker', 'suspenseReason'],
  suspenseReason: ['suspenseReason'],
  reasonCode: ['reason'],
  clabeStatus: ['clabe'],
  account: ['account'],
  allowance: ['allowance'],
  name: ['cap', 'switch'],
  moneyAt: ['place'],
  openedBy: ['party'],
  party: ['party'],
  bearer: ['party'],
  command: ['command'],
  states: ['state'],
  ...Object.fromEntries(
    ['blacklist', 'finality', 'kyc', 'needs', 'outcome', 'owner', 'paid', 'rail', 'release', 'role', 'rule'].map(
      (one) => [one, [one]],
    ),
  ),
  severity: ['severity'],
  signature: ['signature'],
};

type Known = (of: string, code: string) => string | null;
type Tell = Readonly<{ known: Known; t: (key: Key, names?: Readonly<Record<string, string | number>>) => string }>;

/** The words of a value of a field; null where it is no code, or one of a newer server. */
export function codeOf(field: string, value: string, known: Known): string | null {
  for (const family of FAMILIES[field] ?? []) {
    const words = known(family, value);
    if (words !== null) return words;
  }
  return null;
}

/** Why a person is asked, in a few words. */
export function attentionOf(code: string, { known, t }: Tell): string {
  const whole = known('attention', code);
  if (whole !== null) return whole;
  const refused = /^rejected:(.*)$/s.exec(code)?.[1];
  if (refused !== undefined) return t('attention.of.rejected', { code: refused });
  const [, kind = '', family = ''] = /^(\w+?)_(overdue|not_getting_through|unknown)$/.exec(code) ?? [];
  const effect = known('effect', kind);
  return effect === null ? code.replaceAll('_', ' ') : t(`attention.of.${family}` as Key, { effect });
}

/** A switch by what it stands over, and what of that it names. */
export function switchOf(name: string, { known }: Pick<Tell, 'known'>): Readonly<{ words: string; id: string | null }> {
  const whole = known('switch', name);
  if (whole !== null) return { words: whole, id: null };
  const [kind = '', id = null] = name.split(/:(.*)/s);
  return { words: known('switch.of', kind) ?? name, id: known('switch.of', kind) === null ? null : id };
}

/** An account of the books, and the address that it has. */
export function accountOf(
  account: string,
  { known }: Pick<Tell, 'known'>,
): Readonly<{ words: string; address: string | null }> {
  const [name = '', address = null] = account.split(/ (?=0x)/);
  const words = known('account', name) ?? known('effect', name) ?? known('ledgerEntry', name);
  return { words: words ?? name.replaceAll('_', ' '), address };
}

/** What was done; of what needs two people also which of them did what. */
export function commandOf(command: string, name: (of: string, code: string) => string): string {
  const [, step, proposed] = /^(propose|approve|withdraw) (.+)$/.exec(command) ?? [];
  return step && proposed ? `${name('asked', step)}: ${name('command', proposed)}` : name('command', command);
}

/** Whether money moves, where so many other switches are stopped: a part of it that is stopped makes no yes. */
export const moneyMoves = (isStopped: boolean, others: number): Key =>
  isStopped ? 'guards.all.stopped' : others > 0 ? 'guards.all.some' : 'guards.all.open';

/** Of an effect, an entry of the books or a subject: what, of which, and which attempt. */
const KEY = /^(\w+):([0-9a-f-]{36})(?::(\d+))?$/;

/** A key such as `juno_redemption:<id>:1` in words, with its id and its attempt; null where it is none that is known. */
export function keyOf(text: string, { known }: Pick<Tell, 'known'>) {
  const [, kind = '', id = '', attempt = '1'] = KEY.exec(text) ?? [];
  const words = known('effect', kind) ?? known('ledgerEntry', kind) ?? known('subject', kind);
  return words === null ? null : { words, id, attempt };
}
