import { getRouteApi } from '@tanstack/react-router';
import { EXPORT_PAYMENTS, LIST_PAYMENTS } from '../../reactor/http/routes/payments.ts';
import { PAYMENT_KINDS } from '../../reactor/payment/states.ts';
import { call } from '../api/client.ts';
import { Asked } from '../parts/asked.tsx';
import { Head, Money, Panel, Status, When } from '../parts/basic.tsx';
import { Download } from '../parts/download.tsx';
import { Choice, TextField } from '../parts/field.tsx';
import { NewPayment, NewUser } from '../parts/new-payment.tsx';
import { usePages } from '../parts/pages.ts';
import { PaymentNumber } from '../parts/payment-link.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';
import { type Filters, STATUSES } from './payments-filters.ts';
import { SavedFilters } from './saved-filters.tsx';

const route = getRouteApi('/payments');

export default function Payments() {
  const { t, name } = useWords();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const { query, rows, more } = usePages(['listPayments', filters], async (cursor) => {
    const page = await call(LIST_PAYMENTS, { query: { ...filters, limit: 25, cursor } });
    return { rows: page.payments, next: page.nextCursor };
  });
  const set = (change: Readonly<Record<keyof Filters, string>> | Partial<Record<keyof Filters, string>>) =>
    void navigate({ search: { ...filters, ...change } as Filters, replace: true });

  return (
    <div className="stack">
      <Head title={t('payments.title')} about={t('payments.about')}>
        <NewUser />
        <NewPayment />
        <Download
          label={t('payments.export')}
          name="kustodia-payments.csv"
          read={() => call(EXPORT_PAYMENTS, { query: filters })}
        />
      </Head>
      <search className="filters" aria-label={t('payments.filters')}>
        <Choice
          label={t('payment.status')}
          value={filters.status ?? ''}
          options={[['', t('all')], ...STATUSES.map((one) => [one, name('state', one)] as const)]}
          onChange={(status) => set({ status })}
        />
        <Choice
          label={t('payment.kind')}
          value={filters.kind ?? ''}
          options={[['', t('all')], ...PAYMENT_KINDS.map((one) => [one, name('kind', one)] as const)]}
          onChange={(kind) => set({ kind })}
        />
        <TextField
          {...{ label: t('payments.from'), type: 'date', value: filters.from ?? '' }}
          onChange={(from) => set({ from })}
        />
        <TextField
          {...{ label: t('payments.to'), type: 'date', value: filters.to ?? '' }}
          onChange={(to) => set({ to })}
        />
        <SavedFilters filters={filters} onChoose={(search) => void navigate({ search })} />
      </search>
      <Panel title={t('payments.list')} flush>
        <Asked query={query}>
          {() => (
            <Table
              label={t('payments.title')}
              rows={rows}
              keyOf={({ id }) => id}
              empty={t('payments.none')}
              more={more}
              columns={[
                {
                  head: t('payment.number'),
                  kind: 'main-cell',
                  cell: (one) => <PaymentNumber of={one.number} />,
                },
                { head: t('payment.status'), cell: (one) => <Status of={one.status} /> },
                {
                  head: t('payment.concept'),
                  kind: 'wide',
                  cell: (one) => <span className="clip">{one.concept}</span>,
                },
                { head: t('payment.kind'), cell: (one) => <span className="soft">{name('kind', one.kind)}</span> },
                { head: t('payment.created'), cell: (one) => <When at={one.createdAt} /> },
                { head: t('payment.deposit'), kind: 'right', cell: (one) => <Money of={one.deposit} /> },
              ]}
            />
          )}
        </Asked>
      </Panel>
    </div>
  );
}
