import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Navigate } from '@tanstack/react-router';
import { SEARCH } from '../../reactor/http/routes/search.ts';
import { ask } from '../api/client.ts';
import { Asked } from '../parts/asked.tsx';
import { Head, Id } from '../parts/basic.tsx';
import { PaymentNumber } from '../parts/payment-link.tsx';
import { useWords } from '../words/use.tsx';

const route = getRouteApi('/find/$id');

/** Leads from the id of a leg, an effect or a dispute to its payment. */
export default function Find() {
  const { t, name } = useWords();
  const { id } = route.useParams();
  const search = route.useSearch();
  const query = useQuery(ask(SEARCH, { query: { q: id } }));
  return (
    <div className="stack">
      <Head title={t('search.open')} />
      <Asked query={query}>
        {({ found }) => {
          const payments = found.map(({ payment }) => payment);
          const [only, ...others] = payments;
          if (only && others.length === 0)
            return <Navigate to="/payments/$id" params={{ id: String(only.number) }} search={search} replace />;
          return (
            <section className="panel">
              <div className="body stack">
                <p>
                  <Id of={id} whole />
                </p>
                {only ? (
                  <ul>
                    {payments.map((one) => (
                      <li key={one.number}>
                        <PaymentNumber of={one.number} />
                      </li>
                    ))}
                  </ul>
                ) : (
                  <p>
                    {t('find.none')}{' '}
                    <Link to="/queues" search={{ queue: 'unknown' }}>
                      {name('queue', 'unknown')}
                    </Link>
                  </p>
                )}
              </div>
            </section>
          );
        }}
      </Asked>
    </div>
  );
}
