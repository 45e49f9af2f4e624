import { type ReactNode, Suspense, useState } from 'react';
import { ago, moment, pesos, shortMoment } from '../look/format.ts';
import { useWords } from '../words/use.tsx';
import { useRetold } from '../words/use-told.ts';
import { Linked } from './linked.tsx';

export const Money = ({ of }: { of: string }) => (
  <data className="number" value={of}>
    {pesos(of)}
  </data>
);

/** A moment; how long ago it was, or will be, is its title, or the other way round. */
export function When({ at, how = 'short' }: { at: string; how?: 'short' | 'full' | 'ago' }) {
  const { locale } = useWords();
  const full = moment(at, locale);
  const shown = how === 'full' ? full : how === 'ago' ? ago(at, locale) : shortMoment(at, locale);
  return (
    <time className="number" dateTime={at} title={how === 'full' ? ago(at, locale) : full}>
      {shown}
    </time>
  );
}

export type Tone = 'good' | 'wait' | 'warn' | 'bad' | 'idle';
const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  needs_attention: 'bad',
  on_hold: 'warn',
  payout_failed: 'bad',
  payout_returned: 'bad',
  requested: 'idle',
  replaced: 'idle',
  expired: 'idle',
  closed: 'idle',
  accrued: 'warn',
};

export function Status({ of }: { of: string }) {
  const { name } = useWords();
  return <Badge tone={TONES[of] ?? 'wait'}>{name('state', of)}</Badge>;
}

export const Badge = ({ tone, children }: { tone: Tone; children: ReactNode }) => (
  <span className={`badge ${tone}`}>{children}</span>
);

/** Something long that is copied and never read out: its beginning, and all of it on demand. */
export function Id({ of, whole = false }: { of: string; whole?: boolean }) {
  const { t } = useWords();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(of);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  const shown = whole || of.length <= 14 ? of : `${of.slice(0, 8)}…${of.slice(-4)}`;
  return (
    <span>
      <span className="mono" title={of}>
        {shown}
      </span>{' '}
      <button type="button" className="copy no-print" onClick={copy} aria-label={t('copy.what', { what: shown })}>
        {isCopied ? t('copy.done') : t('copy')}
      </button>
    </span>
  );
}

type PanelParameters = Readonly<{ title: string; aside?: ReactNode; flush?: boolean; children: ReactNode }>;
export const Panel = ({ title, aside, flush = false, children }: PanelParameters) => (
  <section className="panel" aria-label={title}>
    <header>
      <h2>{title}</h2>
      {aside}
    </header>
    <div className={flush ? 'body flush' : 'body'}>{children}</div>
  </section>
);

export const Facts = ({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="facts">
    {rows.map(([name, what]) => (
      <div key={name} style={{ display: 'contents' }}>
        <dt>{name}</dt>
        <dd>{what}</dd>
      </div>
    ))}
  </dl>
);

export function Head({ title, about, children }: { title: string; about?: string; children?: ReactNode }) {
  return (
    <div className="head">
      <div>
        <h1>{title}</h1>
        {about && <p>{about}</p>}
      </div>
      {children && <div className="pair no-print">{children}</div>}
    </div>
  );
}

type SaidParameters = Readonly<{ children: string; tidy?: (text: string) => string; isAnybodys?: boolean }>;

/**
 * What the reactor says: in the language of the page where somebody has put it into that, and nothing until that is read. `tidy` says
 * codes in it by their names. `isAnybodys`: it may be a person’s words, whose language nobody knows.
 */
export const Said = ({ children, tidy = (text) => text, isAnybodys = false }: SaidParameters) => (
  <Suspense>
    <Retold {...{ tidy, isAnybodys }}>{children}</Retold>
  </Suspense>
);

function Retold({ children, tidy, isAnybodys }: Required<SaidParameters>) {
  const { text, language } = useRetold()(children);
  return (
    <span className="said" lang={language === 'es' ? 'es-MX' : isAnybodys ? undefined : 'en'}>
      <Linked text={tidy(text)} />
    </span>
  );
}
