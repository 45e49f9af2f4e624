import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { LIST_USERS } from '../../reactor/http/routes/users.ts';
import { call } from '../api/client.ts';
import { Asked } from '../parts/asked.tsx';
import { Badge, Head, Panel, When } from '../parts/basic.tsx';
import { TextField } from '../parts/field.tsx';
import { NewUser } from '../parts/new-payment.tsx';
import { usePages } from '../parts/pages.ts';
import { LEAST } from '../parts/person-field.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

/** Whoever pays or is paid. */
export default function People() {
  const { t } = useWords();
  const [text, setText] = useState('');
  const sought = useDeferredValue(text.trim());
  const q = sought.length < LEAST ? '' : sought;
  const { query, rows, more } = usePages(['listUsers', 'page', q], async (cursor) => {
    const page = await call(LIST_USERS, { query: { limit: 25, cursor, ...(q && { q }) } });
    return { rows: page.users, next: page.nextCursor };
  });
  return (
    <div className="stack">
      <Head title={t('people.title')} about={t('people.about')}>
        <NewUser />
      </Head>
      <search className="filters" aria-label={t('payments.filters')}>
        <TextField label={t('people.find')} value={text} onChange={setText} />
      </search>
      <Panel title={t('people.list')} flush>
        <Asked query={query}>
          {() => (
            <Table
              label={t('people.title')}
              rows={rows}
              keyOf={({ id }) => id}
              empty={t('people.none')}
              more={more}
              columns={[
                {
                  head: t('people.name'),
                  kind: 'main-cell',
                  cell: (one) => (
                    <>
                      <Link to="/users/$id" params={{ id: one.id }}>
                        {one.fullName}
                      </Link>{' '}
                      {one.erasedAt && <Badge tone="idle">{t('people.erased')}</Badge>}
                    </>
                  ),
                },
                { head: t('field.email'), cell: (one) => one.email },
                {
                  head: t('people.clabe'),
                  cell: (one) => <span className="number">{one.depositClabe ?? '—'}</span>,
                },
                { head: t('people.since'), cell: (one) => <When at={one.createdAt} /> },
              ]}
            />
          )}
        </Asked>
      </Panel>
    </div>
  );
}
