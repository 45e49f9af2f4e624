import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import type { LIST_PAYMENTS } from '../../reactor/http/routes/payments.ts';
import { largerFirst } from '../look/format.ts';
import { useWords } from '../words/use.tsx';
import { Money, Status, When } from './basic.tsx';
import { PaymentNumber } from './payment-link.tsx';
import { Table } from './table.tsx';

type Payment = AnswerOf<typeof LIST_PAYMENTS>['payments'][number];
type PaymentsParameters = Readonly<{
  label: string;
  empty: string;
  rows: readonly Payment[];
  more: Parameters<typeof Table>[0]['more'];
}>;

/** Payments, one a row. */
export function PaymentsTable({ label, empty, rows, more }: PaymentsParameters) {
  const { t, name } = useWords();
  return (
    <Table
      {...{ label, empty }}
      {...(more && { more })}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        {
          head: t('payment.number'),
          kind: 'main-cell',
          order: (a, b) => a.number - b.number,
          cell: (one) => <PaymentNumber of={one.number} />,
        },
        { head: t('payment.status'), cell: (one) => <Status of={one.status} /> },
        { head: t('payment.concept'), kind: 'wide', cell: (one) => <span className="clip">{one.concept}</span> },
        { head: t('payment.kind'), cell: (one) => <span className="soft">{name('kind', one.kind)}</span> },
        {
          head: t('payment.created'),
          order: (a, b) => a.createdAt.localeCompare(b.createdAt),
          cell: (one) => <When at={one.createdAt} />,
        },
        {
          head: t('payment.deposit'),
          kind: 'right',
          order: (a, b) => largerFirst(b.deposit, a.deposit),
          cell: (one) => <Money of={one.deposit} />,
        },
      ]}
    />
  );
}
