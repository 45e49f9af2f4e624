import { useDeferredValue, useState } from 'react';
import { eachExported, OF_AUDIT } from '../../reactor/http/routes/exported.ts';
import { EXPORT_AUDIT, LIST_AUDIT } from '../../reactor/http/routes/records.ts';
import { ACTS } from '../../reactor/people/acts.ts';
import { call } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { count } from '../look/format.ts';
import { Asked } from '../parts/asked.tsx';
import { Head, Panel, Said, When } from '../parts/basic.tsx';
import { Download } from '../parts/download.tsx';
import { Choice, TextField } from '../parts/field.tsx';
import { usePages } from '../parts/pages.ts';
import { Plan } from '../parts/plan.tsx';
import { Subject } from '../parts/subject.tsx';
import { Table } from '../parts/table.tsx';
import { commandOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';

/** More than a spreadsheet is pleasant with. */
const MOST_PAGES = 20;
type Act = (typeof ACTS)[number];
const NONE = { subject: '', who: '', command: '', from: '', to: '' } as const;
type Filters = Readonly<Record<keyof typeof NONE, string>>;

/** What is left empty is no filter. */
const queryOf = ({ subject, who, command, from, to }: Filters) => ({
  subject: subject.trim() || undefined,
  who: who.trim() || undefined,
  command: (command || undefined) as Act | undefined,
  ...{ from: from || undefined, to: to || undefined },
});

export default function Audit() {
  const { t } = useWords();
  const who = useWho();
  return may(who, LIST_AUDIT.roles) ? (
    <Lines />
  ) : (
    <div className="stack">
      <Head title={t('nav.audit')} about={t('audit.about')} />
      <p className="note">{t('role.no')}</p>
    </div>
  );
}

function Lines() {
  const { t, name, locale } = useWords();
  const [filters, setFilters] = useState<Filters>(NONE);
  const query = queryOf(useDeferredValue(filters));
  const set = (change: Partial<Filters>) => setFilters({ ...filters, ...change });
  const {
    query: asked,
    rows,
    more,
  } = usePages(['listAudit', query], async (cursor) => {
    const page = await call(LIST_AUDIT, { query: { ...query, limit: 50, cursor } });
    return { rows: page.lines, next: page.nextCursor };
  });
  const acts = ACTS.map((one) => [one as string, name('command', one)] as const);
  return (
    <div className="stack">
      <Head title={t('nav.audit')} about={t('audit.about')}>
        <Download
          label={t('audit.export')}
          name="kustodia-audit.csv"
          read={async () => {
            const parts: string[] = [];
            const read = (cursor: string | undefined) => call(EXPORT_AUDIT, { query: { ...query, cursor } });
            const { count: many, isCut } = await eachExported(read, (csv) => parts.push(csv), MOST_PAGES, OF_AUDIT);
            return {
              text: parts.join(''),
              notice: isCut ? t('audit.cut', { most: count(many, locale) }) : undefined,
            };
          }}
        />
      </Head>
      <search className="filters" aria-label={t('payments.filters')}>
        <TextField
          {...{ label: t('audit.subject'), hint: t('audit.subject.hint'), value: filters.subject }}
          onChange={(subject) => set({ subject })}
        />
        <TextField
          {...{ label: t('audit.who'), hint: t('audit.who.hint'), value: filters.who }}
          onChange={(who) => set({ who })}
        />
        <Choice
          {...{ label: t('audit.what'), value: filters.command }}
          options={[['', t('all')], ...acts.toSorted((a, b) => a[1].localeCompare(b[1], locale))]}
          onChange={(command) => set({ command })}
        />
        <TextField
          {...{ label: t('payments.from'), type: 'date', value: filters.from }}
          onChange={(from) => set({ from })}
        />
        <TextField {...{ label: t('payments.to'), type: 'date', value: filters.to }} onChange={(to) => set({ to })} />
      </search>
      <Panel title={t('audit.list')} flush>
        <Asked query={asked}>
          {() => (
            <Table
              label={t('nav.audit')}
              rows={rows}
              keyOf={(one) => String(one.id)}
              empty={t('audit.none')}
              more={more}
              columns={[
                { head: t('audit.at'), cell: (one) => <When at={one.at} how="full" /> },
                {
                  head: t('audit.who'),
                  kind: 'main-cell',
                  cell: (one) => (
                    <>
                      {one.actor.replace(/ \([^)]*\)$/, '')}{' '}
                      <span className="soft small">{name('role', one.role)}</span>
                    </>
                  ),
                },
                { head: t('audit.what'), cell: (one) => commandOf(one.command, name) },
                {
                  head: t('audit.to'),
                  cell: (one) => (
                    <span className="said" title={one.subject}>
                      <Subject of={one.subject} payment={one.payment} />
                    </span>
                  ),
                },
                { head: t('act.reason'), kind: 'wide', cell: (one) => <Said isAnybodys>{one.reason}</Said> },
                {
                  head: t('audit.detail'),
                  cell: (one) =>
                    Object.keys(one.detail).length > 0 && (
                      <details>
                        <summary>{t('proposal.what')}</summary>
                        <Plan of={one.detail} />
                      </details>
                    ),
                },
              ]}
            />
          )}
        </Asked>
      </Panel>
    </div>
  );
}
