import type { ReactNode } from 'react';
import { codeOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';
import { Facts, Id, Money, Said, When } from './basic.tsx';

const PESOS = /^-?\d+\.\d{2}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT/;
const LONG = /^(0x[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-.{22,})$/i;

/** Sentences of ours. */
const SAID = new Set(['sentence', 'note', 'because']);

/** What was said to the outside or by it, in its own words. */
const AS_IT_IS = new Set(['request', 'answer', 'hint', 'event']);

/** What a command would do or has done, whatever it is: by the names of its fields. */
export function Plan({ of }: { of: unknown }) {
  const { t, name, known } = useWords();
  const shown = (value: unknown, key: string): ReactNode => {
    if (value === null || value === undefined || value === '') return '—';
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
    if (typeof value === 'number') return String(value);
    if (Array.isArray(value)) {
      if (value.length === 0) return '—';
      return (
        <ul>
          {value.map((one, at) => (
            // What is planned never changes its order.
            // biome-ignore lint/suspicious/noArrayIndexKey: there is no other name
            <li key={at}>{shown(one, key)}</li>
          ))}
        </ul>
      );
    }
    if (typeof value === 'object')
      return AS_IT_IS.has(key) ? <pre className="json">{JSON.stringify(value, null, 2)}</pre> : <Plan of={value} />;
    const text = String(value);
    if (PESOS.test(text)) return <Money of={text} />;
    if (MOMENT.test(text)) return <When at={text} how="full" />;
    if (LONG.test(text)) return <Id of={text} />;
    if (SAID.has(key)) return <Said>{text}</Said>;
    return codeOf(key, text, known) ?? text;
  };
  if (typeof of !== 'object' || of === null) return null;
  const rows = Object.entries(of)
    .filter(([key]) => key !== 'dryRun')
    .map(([key, value]): [string, ReactNode] => [name('plan', key), shown(value, key)]);
  return <Facts rows={rows} />;
}
