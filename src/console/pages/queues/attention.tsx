import { LIST_ATTENTION } from '../../../reactor/http/routes/overview.ts';
import { call } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { Money, Panel, Said, Status, When } from '../../parts/basic.tsx';
import { NextStep } from '../../parts/next-step.tsx';
import { usePages } from '../../parts/pages.ts';
import { PaymentNumber } from '../../parts/payment-link.tsx';
import { Table } from '../../parts/table.tsx';
import { attentionOf } from '../../words/codes.ts';
import { useWords } from '../../words/use.tsx';

/** Legs that wait for a person, the largest first. */
export function AttentionQueue({ which }: { which: 'attention' | 'returned' }) {
  const words = useWords();
  const { t, name } = words;
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
                    {one.code && <strong>{attentionOf(one.code, words)}</strong>} <Said>{one.sentence ?? ''}</Said>
                  </>
                ),
              },
              { head: t('payment.owner'), cell: (one) => (one.owner ? name('owner', one.owner) : '—') },
              { head: t('queue.since'), cell: (one) => <When at={one.since} how="ago" /> },
              {
                head: t('queue.next'),
                cell: (one) => (
                  <NextStep
                    {...{ code: one.code ?? one.state, paymentId: one.paymentId, legId: one.id, number: one.number }}
                  />
                ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
