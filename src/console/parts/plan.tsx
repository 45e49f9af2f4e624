import type { ReactNode } from 'react';
import { z } from 'zod';
import { MONEY } from '../../reactor/http/routes/proposed-money.ts';
import { amountIn } from '../look/format.ts';
import { codeOf, keyOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';
import { Facts, Id, Money, Said, When } from './basic.tsx';
import { MoneyMoved } from './proposed-money.tsx';
import { Subject } from './subject.tsx';

const PESOS = /^-?\d+\.\d{2}$/;
const AMOUNT = /^-?\d+\.\d+ (MXN|MXNB|ETH|UDI)$/;
const MOMENT = /^\d{4}-\d\d-\d\dT/;
const LONG = /^(0x[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-.{22,})$/i;

/** What something is of: a kind, and an id. */
const ABOUT = /^(payment|user|leg|effect|dispute):[0-9a-f]{8}-[0-9a-f-]{27}$/;
const WITH_MONEY = z.looseObject({ money: MONEY });

/** Sentences of ours. */
const SAID = new Set(['sentence', 'note', 'because', 'when']);

/** What was said to the outside or by it, in its own words. */
const AS_IT_IS = new Set(['request', 'answer', 'hint', 'event']);

/** What the money says better: of which leg, how much, and to whom. */
const OF_MONEY = new Set(['money', 'id', 'legId', 'kind', 'state', 'amount', 'to']);

/** What a command would do: the money that it moves before all else. */
export function Planned({ of }: { of: unknown }) {
  const read = WITH_MONEY.safeParse(of);
  if (!read.success || read.data.money.parts.length === 0) return <Plan of={of} />;
  const { money, ...rest } = read.data;
  // Of an effect it is its own.
  const isEffect = 'attempt' in rest;
  const others = Object.entries(rest).filter(([key]) => !OF_MONEY.has(key) || (isEffect && key === 'kind'));
  return (
    <>
      <MoneyMoved of={money} />
      <Plan of={Object.fromEntries(others)} />
    </>
  );
}

function Keyed({ words, id, attempt }: NonNullable<ReturnType<typeof keyOf>>) {
  const { t } = useWords();
  return (
    <>
      {words} <Id of={id} />
      {attempt !== '1' && ` · ${t('line.attempt', { attempt })}`}
    </>
  );
}

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
    if (AMOUNT.test(text)) return text.endsWith(' MXN') ? <Money of={text.slice(0, -4)} /> : amountIn(text);
    if (ABOUT.test(text)) return <Subject of={text} />;
    const keyed = keyOf(text, { known });
    if (keyed) return <Keyed {...keyed} />;
    if (SAID.has(key)) return <Said>{text}</Said>;
    return codeOf(key, text, known) ?? text;
  };
  if (typeof of !== 'object' || of === null) return null;
  const rows = Object.entries(of)
    .filter(([key]) => key !== 'dryRun')
    .map(([key, value]): [string, ReactNode] => [name('plan', key), shown(value, key)]);
  return <Facts rows={rows} />;
}
