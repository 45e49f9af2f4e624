import { useState } from 'react';
import { LIST_PAYMENTS } from '../../../reactor/http/routes/payments.ts';
import { call } from '../../api/client.ts';
import { Asked } from '../../parts/asked.tsx';
import { Panel } from '../../parts/basic.tsx';
import { Choice } from '../../parts/field.tsx';
import { usePages } from '../../parts/pages.ts';
import { PaymentsTable } from '../../parts/payments-table.tsx';
import { useWords } from '../../words/use.tsx';

const PARTS = ['payerId', 'recipientId', 'beneficiaryId'] as const;

/** The payments that somebody has a part in, by which part. */
export function UserPayments({ id }: { id: string }) {
  const { t, name } = useWords();
  const [part, setPart] = useState<(typeof PARTS)[number]>('payerId');
  const { query, rows, more } = usePages(['listPayments', id, part], async (cursor) => {
    const page = await call(LIST_PAYMENTS, { query: { [part]: id, limit: 10, cursor } });
    return { rows: page.payments, next: page.nextCursor };
  });
  return (
    <Panel
      title={t('user.payments')}
      flush
      aside={
        <Choice
          label={t('user.payments.as')}
          value={part}
          options={PARTS.map((one) => [one, name('user.as', one)] as const)}
          onChange={setPart}
        />
      }
    >
      <Asked query={query}>
        {() => <PaymentsTable label={t('user.payments')} empty={t('user.payments.none')} {...{ rows, more }} />}
      </Asked>
    </Panel>
  );
}
