/** A line of a payment's timeline as people read it: it is told by the names that machines have for things. */
import { commandOf } from './codes.ts';
import type { Key } from './language.ts';

export type Line = Readonly<{ source: string; what: string; detail?: Readonly<Record<string, unknown>> }>;
export type Said = Readonly<{
  source: string;
  about: string;
  status: string | null;
  detail: Readonly<Record<string, unknown>>;
}>;
type Tell = Readonly<{
  name: (of: string, code: string) => string;
  /** The words of a code; null where it has none. */
  known: (of: string, code: string) => string | null;
  /** A sentence of ours in the language of the page. */
  say: (sentence: string) => string;
  t: (key: Key, names?: Readonly<Record<string, string | number>>) => string;
}>;
type Rule = readonly [RegExp, (words: readonly string[], tell: Tell) => string];

const times = (attempt: string, { t }: Tell): string => (attempt === '1' ? '' : ` · ${t('line.attempt', { attempt })}`);
/** An effect, or a sentence. */
const causeOf = (cause: string, { known, say }: Tell): string => known('effect', cause) ?? say(cause);
/** Those that are words of a person or of the code, as they are. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  leg: [
    [
      /^(\w+) → (\w+): (.*)$/s,
      ([from = '', to = '', cause = ''], tell) =>
        `${tell.name('state', from)} → ${tell.name('state', to)} · ${causeOf(cause, tell)}`,
    ],
    [/^(\w+): (.*)$/s, ([to = '', cause = ''], tell) => `${tell.name('state', to)} · ${causeOf(cause, tell)}`],
  ],
  effect: [
    [
      /^(\w+) (\w+) \(attempt (\d+)\)$/,
      ([kind = '', state = '', attempt = '1'], tell) =>
        `${tell.name('effect', kind)}: ${tell.name('effectState', state)}${times(attempt, tell)}`,
    ],
  ],
  evidence: [
    [
      /^(\w+) (\S+) claimed$/,
      ([source = '', id = ''], { name, t }) =>
        t('line.claimed', {
          source: name('evidence', source),
          id: id.length > 24 ? `${id.slice(0, 12)}…${id.slice(-6)}` : id,
        }),
    ],
  ],
  ledger: [
    [
      /^(\w+) (posted|entered|voided|pending)$/,
      ([what = '', state = ''], { known, name }) =>
        `${known('effect', what) ?? name('ledgerEntry', what)}: ${name('entry', state)}`,
    ],
  ],
  transaction: [
    [
      /^gives up (\w+) signed at nonce (\d+)$/,
      ([kind = '', nonce = ''], { name, t }) => t('line.givesUp', { kind: name('effect', kind), nonce }),
    ],
    [
      /^(\w+) signed at nonce (\d+)$/,
      ([kind = '', nonce = ''], { name, t }) => t('line.signed', { kind: name('effect', kind), nonce }),
    ],
  ],
  approval: [
    [
      /^the (\w+) approves the release$/,
      ([party = ''], { name, t }) => t('line.approves', { party: name('party', party) }),
    ],
    [
      /^the approval of the (\w+) is withdrawn$/,
      ([party = ''], { name, t }) => t('line.takesBack', { party: name('party', party) }),
    ],
  ],
  dispute: [
    [
      /^disputed by (\w+): (.*)$/s,
      ([party = '', reason = ''], { known, name, t }) =>
        t('line.disputed', { party: name('party', party), reason: known('reason', reason) ?? reason }),
    ],
    [/^evidence of the (\w+)$/, ([party = ''], { name, t }) => t('line.shows', { party: name('party', party) })],
    [
      /^dispute decided for: (\w+)$/,
      ([outcome = ''], { name, t }) => t('line.decided', { outcome: name('outcome', outcome) }),
    ],
    [/^appeal of the (\w+)$/, ([party = ''], { name, t }) => t('line.appeals', { party: name('party', party) })],
    [/^the decision of the dispute is final$/, (_, { t }) => t('line.final')],
  ],
  person: [[/^(.*): ([a-z -]+)$/, ([who = '', command = ''], { name }) => `${who} · ${commandOf(command, name)}`]],
};

/** Null where nobody has put it into words: then it is shown as it was told. */
export function tellLine({ source, what, detail }: Line, tell: Tell): string | null {
  for (const [pattern, say] of RULES[source] ?? []) {
    const found = pattern.exec(what);
    if (!found) continue;
    const finality = detail?.['finality'];
    return `${say(found.slice(1), tell)}${typeof finality === 'string' ? ` · ${tell.name('finality', finality)}` : ''}`;
  }
  return null;
}

/** What was said to the outside of a payment, or by it. */
export function tellExchange({ source, about, status, detail }: Said, tell: Tell): string {
  const { name, t } = tell;
  switch (source) {
    case 'request':
      return `${name('effect', about)}: ${name('effectState', status ?? '')}${times(String(detail['attempt'] ?? '1'), tell)}`;
    case 'answer':
      return `${name('resource', about)}: ${status ?? '—'}`;
    case 'webhook_in':
      return `${name('source', about)}: ${status ?? '—'} · ${t('line.signature', { signature: name('signature', String(detail['signature'])) })}`;
    default: {
      const state = /^leg\.(\w+)$/.exec(about)?.[1];
      const what = state ? name('state', state) : about;
      return `${what}: ${status === null ? t('told.none') : name('delivery', status)}`;
    }
  }
}
