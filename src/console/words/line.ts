/** A line of a payment's timeline as people read it: it is told by the names that machines have for things. */
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
  t: (key: Key, names?: Readonly<Record<string, string | number>>) => string;
}>;
type Rule = readonly [RegExp, (words: readonly string[], tell: Tell) => string];

const times = (attempt: string, { t }: Tell): string => (attempt === '1' ? '' : ` · ${t('line.attempt', { attempt })}`);
/** Those that are words of a person or of the code, as they are. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  leg: [
    [
      /^(\w+) → (\w+): (.*)$/,
      ([from = '', to = '', cause = ''], { name }) =>
        `${name('state', from)} → ${name('state', to)} · ${name('effect', cause)}`,
    ],
    [/^(\w+): (.*)$/, ([to = '', cause = ''], { name }) => `${name('state', to)} · ${name('line', cause)}`],
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
      ([what = '', state = ''], { name }) => `${name('effect', what)}: ${name('entry', state)}`,
    ],
  ],
  transaction: [
    [
      /^(\w+) signed at nonce (\d+)$/,
      ([kind = '', nonce = ''], { name, t }) => t('line.signed', { kind: name('effect', kind), nonce }),
    ],
  ],
  person: [[/^(.*): ([a-z -]+)$/, ([who = '', command = ''], { name }) => `${who}: ${name('command', command)}`]],
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
