import { useState } from 'react';
import { clock, day } from '../../look/format.ts';
import { Panel } from '../../parts/basic.tsx';
import { Plan } from '../../parts/plan.tsx';
import { tellLine } from '../../words/line.ts';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';

type Line = Payment['timeline'][number];
const SOURCES = ['leg', 'effect', 'evidence', 'transaction', 'ledger', 'approval', 'dispute', 'person'] as const;

/** All that happened, newest first: each line has what an engineer wants to know besides. */
export function Timeline({ lines }: { lines: readonly Line[] }) {
  const { t, name, locale } = useWords();
  const told = (line: Line) => {
    const text = tellLine(line, { t, name });
    return text === null ? <span lang="en">{line.what}</span> : <span title={line.what}>{text}</span>;
  };
  const [only, setOnly] = useState<string>('');
  const shown = lines.filter(({ source }) => only === '' || source === only).toReversed();
  const has = new Set(lines.map(({ source }) => source));
  return (
    <Panel
      title={t('payment.timeline')}
      aside={
        <div className="pair no-print">
          {SOURCES.filter((one) => has.has(one)).map((one) => (
            <button
              key={one}
              type="button"
              className="button small"
              aria-pressed={only === one}
              onClick={() => setOnly(only === one ? '' : one)}
            >
              {only === one ? '✓ ' : ''}
              {name('source', one)}
            </button>
          ))}
        </div>
      }
    >
      <ol className="timeline">
        {shown.map((line, at) => {
          const today = day(line.at, locale);
          const before = shown[at - 1];
          const isFirst = !before || day(before.at, locale) !== today;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added; their number from the oldest on never changes
            <li key={shown.length - at}>
              {isFirst && <span className="day">{today}</span>}
              <time className="number soft" dateTime={line.at}>
                {clock(line.at, locale)}
              </time>
              <span className="source">{name('source', line.source)}</span>
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
    </Panel>
  );
}
