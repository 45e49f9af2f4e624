import { getRouteApi } from '@tanstack/react-router';
import { eachExported } from '../../reactor/http/routes/exported.ts';
import { EXPORT_PAYMENTS, LIST_PAYMENTS } from '../../reactor/http/routes/payments.ts';
import { PAYMENT_KINDS } from '../../reactor/payment/states.ts';
import { call } from '../api/client.ts';
import { count } from '../look/format.ts';
import { Asked } from '../parts/asked.tsx';
import { Head, Panel } from '../parts/basic.tsx';
import { Download } from '../parts/download.tsx';
import { Choice, TextField } from '../parts/field.tsx';
import { NewPayment, NewUser } from '../parts/new-payment.tsx';
import { usePages } from '../parts/pages.ts';
import { PaymentsTable } from '../parts/payments-table.tsx';
import { useWords } from '../words/use.tsx';
import { type Filters, queryOf, STATION_NAMES, STATUSES } from './payments-filters.ts';
import { SavedFilters } from './saved-filters.tsx';

const route = getRouteApi('/payments');
/** More than a spreadsheet is pleasant with. */
const MOST_PAGES = 20;

export default function Payments() {
  const { t, name, locale } = useWords();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const { query, rows, more } = usePages(['listPayments', filters], async (cursor) => {
    const page = await call(LIST_PAYMENTS, { query: { ...queryOf(filters), limit: 25, cursor } });
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
          read={async () => {
            const parts: string[] = [];
            const read = (cursor: string | undefined) =>
              call(EXPORT_PAYMENTS, { query: { ...queryOf(filters), cursor } });
            const { count: many, isCut } = await eachExported(read, (csv) => parts.push(csv), MOST_PAGES);
            return {
              text: parts.join(''),
              notice: isCut ? t('payments.cut', { most: count(many, locale) }) : undefined,
            };
          }}
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
          label={t('payments.station')}
          value={filters.station ?? ''}
          options={[['', t('all')], ...STATION_NAMES.map((one) => [one, name('station', one)] as const)]}
          onChange={(station) => set({ station })}
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
          {() => <PaymentsTable label={t('payments.title')} empty={t('payments.none')} {...{ rows, more }} />}
        </Asked>
      </Panel>
    </div>
  );
}
