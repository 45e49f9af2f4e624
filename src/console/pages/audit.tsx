import { useDeferredValue, useState } from 'react';
import { LIST_AUDIT } from '../../reactor/http/routes/records.ts';
import { call } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { Asked } from '../parts/asked.tsx';
import { Head, Panel, When } from '../parts/basic.tsx';
import { TextField } from '../parts/field.tsx';
import { usePages } from '../parts/pages.ts';
import { Plan } from '../parts/plan.tsx';
import { Subject } from '../parts/subject.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

export default function Audit() {
  const { t } = useWords();
  const who = useWho();
  return (
    <div className="stack">
      <Head title={t('nav.audit')} about={t('audit.about')} />
      {may(who, LIST_AUDIT.roles) ? <Lines /> : <p className="note">{t('role.no')}</p>}
    </div>
  );
}

function Lines() {
  const { t, name } = useWords();
  const [text, setText] = useState('');
  const subject = useDeferredValue(text.trim()) || undefined;
  const { query, rows, more } = usePages(['listAudit', subject ?? ''], async (cursor) => {
    const page = await call(LIST_AUDIT, { query: { limit: 50, cursor, subject } });
    return { rows: page.lines, next: page.nextCursor };
  });
  return (
    <>
      <div className="filters">
        <TextField label={t('audit.subject')} hint={t('audit.subject.hint')} value={text} onChange={setText} />
      </div>
      <Panel title={t('audit.list')} flush>
        <Asked query={query}>
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
                { head: t('audit.what'), cell: (one) => commandIn(one.command, name) },
                {
                  head: t('audit.to'),
                  cell: (one) => (
                    <span title={one.subject}>
                      <Subject of={one.subject} />
                    </span>
                  ),
                },
                { head: t('act.reason'), kind: 'wide', cell: (one) => one.reason },
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
    </>
  );
}

/** What was done; of what needs two people also which of them did what. */
function commandIn(command: string, name: (of: string, code: string) => string): string {
  const [, step, proposed] = /^(propose|approve|withdraw) (.+)$/.exec(command) ?? [];
  return step && proposed ? `${name('asked', step)}: ${name('command', proposed)}` : name('command', command);
}
