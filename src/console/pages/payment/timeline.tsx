import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import { LIST_EXCHANGES } from '../../../reactor/http/routes/exchanges.ts';
import { ask } from '../../api/client.ts';
import { clock, day } from '../../look/format.ts';
import { Failure } from '../../parts/asked.tsx';
import { Panel } from '../../parts/basic.tsx';
import { Plan } from '../../parts/plan.tsx';
import { tellExchange, tellLine } from '../../words/line.ts';
import { useWords } from '../../words/use.tsx';
import { useRetold } from '../../words/use-told.ts';
import type { Payment } from '../payment.tsx';

type Line = Payment['timeline'][number];
type Exchange = AnswerOf<typeof LIST_EXCHANGES>['lines'][number];
const SOURCES = [
  ...['leg', 'effect', 'request', 'answer', 'webhook_in', 'webhook_out', 'evidence', 'transaction'],
  ...['ledger', 'approval', 'dispute', 'person'],
] as const;
const LIVE_MS = 4_000;

/** All that happened, newest first: what moved, what was said to the outside and by it. Each line has what an engineer wants to know besides. */
export function Timeline({ payment, isOver }: { payment: Payment; isOver: boolean }) {
  const words = useWords();
  const { name, t, locale } = words;
  const retold = useRetold();
  const exchanges = useQuery({
    ...ask(LIST_EXCHANGES, { parameters: { id: payment.id } }),
    refetchInterval: isOver ? false : LIVE_MS,
  });
  const told = (line: Line | Exchange) => {
    const tell = { ...words, say: (sentence: string) => retold(sentence).text };
    const text = 'what' in line ? tellLine(line, tell) : tellExchange(line, tell);
    return text === null && 'what' in line ? <span lang="en">{line.what}</span> : <span>{text}</span>;
  };
  const [only, setOnly] = useState<string>('');
  const lines = [...payment.timeline, ...(exchanges.data?.lines ?? [])]
    // ISO text of the same zone sorts as time does, and the sort is stable.
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  // Lines come between others as they are read: what is open stays open by what it is, not by where it stands.
  const seen = new Map<string, number>();
  const keys = new Map(
    lines.map((line) => {
      const is = `${line.at} ${line.source} ${'what' in line ? line.what : line.about} ${idIn(line.detail)}`;
      seen.set(is, (seen.get(is) ?? 0) + 1);
      return [line, `${is} ${seen.get(is)}`] as const;
    }),
  );
  const shown = lines.filter(({ source }) => only === '' || source === only).toReversed();
  const has = new Map<string, number>();
  for (const { source } of lines) has.set(source, (has.get(source) ?? 0) + 1);
  return (
    <Panel
      title={t('payment.timeline')}
      aside={
        <fieldset className="pair no-print chips">
          <legend className="hidden">{t('payment.timeline.only')}</legend>
          {SOURCES.filter((one) => has.has(one)).map((one) => (
            <button
              key={one}
              type="button"
              className="button small"
              aria-pressed={only === one}
              onClick={() => setOnly(only === one ? '' : one)}
            >
              {name('source', one)} <span className="soft number">{has.get(one)}</span>
            </button>
          ))}
        </fieldset>
      }
    >
      {exchanges.isError && <Failure error={exchanges.error} />}
      <ol className="timeline">
        {shown.map((line, at) => {
          const today = day(line.at, locale);
          const before = shown[at - 1];
          const isFirst = !before || day(before.at, locale) !== today;
          return (
            <li key={keys.get(line)}>
              {isFirst && <span className="day">{today}</span>}
              <time className="number soft" dateTime={line.at}>
                {clock(line.at, locale)}
              </time>
              <span className={`source ${line.source}`}>{name('source', line.source)}</span>
              {Object.keys(line.detail).length > 0 ? (
                <details>
                  <summary>{told(line)}</summary>
                  <Plan of={line.detail} />
                </details>
              ) : (
                <span className="what">{told(line)}</span>
              )}
            </li>
          );
        })}
      </ol>
      {exchanges.data?.isAll === false && <p className="soft small">{t('payment.timeline.more')}</p>}
    </Panel>
  );
}

const idIn = ({ legId, eventId, effectId, hash, key }: Readonly<Record<string, unknown>>): string =>
  [legId, eventId, effectId, hash, key].filter((id) => typeof id === 'string').join(' ');
