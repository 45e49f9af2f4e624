import { Link } from '@tanstack/react-router';
import { LIST_ATTENTION } from '../../../reactor/http/routes/overview.ts';
import { call } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { Money, Panel, Said, Status, When } from '../../parts/basic.tsx';
import { usePages } from '../../parts/pages.ts';
import { PaymentNumber } from '../../parts/payment-link.tsx';
import { Table } from '../../parts/table.tsx';
import { useWords } from '../../words/use.tsx';

/** Legs that wait for a person, the largest first. */
export function AttentionQueue({ which }: { which: 'attention' | 'returned' }) {
  const { t, name } = useWords();
  const { query, rows, more } = usePages(['listAttention', which], async (cursor) => {
    const page = await call(LIST_ATTENTION, { query: { which, limit: 100, cursor } });
    return { rows: page.legs, next: page.nextCursor };
  });
  return (
    <Panel title={name('queue', which)} flush>
      <Asked query={query}>
        {() => (
          <Table
            label={name('queue', which)}
            rows={rows}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            more={more}
            columns={[
              {
                head: t('payment.number'),
                kind: 'main-cell',
                cell: (one) => <PaymentNumber of={one.number} />,
              },
              { head: t('payment.deposit'), kind: 'right', cell: (one) => <Money of={one.amount} /> },
              { head: t('payment.status'), cell: (one) => <Status of={one.state} /> },
              {
                head: t('queue.why'),
                kind: 'wide',
                cell: (one) => (
                  <>
                    {one.code && <strong className="mono">{one.code}</strong>} <Said>{one.sentence ?? ''}</Said>
                  </>
                ),
              },
              { head: t('payment.owner'), cell: (one) => (one.owner ? name('owner', one.owner) : '—') },
              { head: t('queue.since'), cell: (one) => <When at={one.since} how="ago" /> },
              {
                head: t('queue.next'),
                cell: (one) => (
                  <Link className="button small" to="/payments/$id" params={{ id: String(one.number) }}>
                    {t('payment.open')}
                  </Link>
                ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
