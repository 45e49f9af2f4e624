import { useQuery } from '@tanstack/react-query';
import { PROBE_JUNO, READ_JUNO } from '../../reactor/http/routes/operate.ts';
import { GET_RAILS } from '../../reactor/http/routes/overview.ts';
import { ask } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { count, lasting } from '../look/format.ts';
import { Act } from '../parts/act.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Panel, When } from '../parts/basic.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

const TONES = { closed: 'good', half_open: 'warn', open: 'bad' } as const;

export default function Rails() {
  const { t, name, locale } = useWords();
  const who = useWho();
  const query = useQuery({ ...ask(GET_RAILS, {}), refetchInterval: 3_000 });
  return (
    <div className="stack">
      <Head title={t('nav.rails')} about={t('rails.about')}>
        {may(who, READ_JUNO.roles) && (
          <Act {...{ label: t('do.read'), title: t('do.read'), about: t('do.read.about'), route: READ_JUNO }} />
        )}
        {may(who, PROBE_JUNO.roles) && (
          <Act {...{ label: t('do.probe'), title: t('do.probe'), about: t('do.probe.about'), route: PROBE_JUNO }} />
        )}
      </Head>
      <Asked query={query}>
        {({ breaker, calls, callsAllowed, window_s, underWay, outcomes }) => (
          <>
            <Panel title="Juno" aside={<Badge tone={TONES[breaker.state]}>{name('breaker', breaker.state)}</Badge>}>
              <Facts
                rows={[
                  ...(breaker.reason ? [[t('queue.why'), name('breaker', breaker.reason)] as const] : []),
                  ...(breaker.until
                    ? [[t('rails.until'), <When key="u" at={breaker.until} how="full" />] as const]
                    : []),
                  [
                    t('rails.calls', { seconds: window_s }),
                    <div key="b">
                      <span className="number">
                        {count(calls, locale)} / {count(callsAllowed, locale)}
                      </span>
                      <div className="bar">
                        <span
                          className={calls > callsAllowed * 0.8 ? 'warn' : undefined}
                          style={{ width: `${Math.min(100, (calls / callsAllowed) * 100)}%` }}
                        />
                      </div>
                    </div>,
                  ],
                  [t('rails.failures'), String(breaker.failures)],
                  [t('rails.lockouts'), String(breaker.lockouts)],
                ]}
              />
            </Panel>
            <Panel title={t('rails.underWay')} flush>
              <Table
                label={t('rails.underWay')}
                rows={underWay}
                keyOf={(one) => `${one.kind} ${one.state}`}
                empty={t('rails.underWay.none')}
                columns={[
                  { head: t('effect.kind'), kind: 'main-cell', cell: (one) => name('effect', one.kind) },
                  { head: t('payment.status'), cell: (one) => name('effectState', one.state) },
                  {
                    head: t('ledger.count'),
                    kind: 'right',
                    cell: (one) => <span className="number">{count(one.count, locale)}</span>,
                  },
                ]}
              />
            </Panel>
            <Panel title={t('rails.outcomes')} flush>
              <Table
                label={t('rails.outcomes')}
                rows={outcomes}
                keyOf={(one) => one.kind}
                empty={t('queue.empty')}
                columns={[
                  { head: t('effect.kind'), kind: 'main-cell', cell: (one) => name('effect', one.kind) },
                  {
                    head: name('effectState', 'confirmed'),
                    kind: 'right',
                    cell: (one) => <span className="number">{count(one.confirmed, locale)}</span>,
                  },
                  {
                    head: name('effectState', 'rejected'),
                    kind: 'right',
                    cell: (one) => <span className="number">{count(one.rejected, locale)}</span>,
                  },
                  {
                    head: name('effectState', 'dead'),
                    kind: 'right',
                    cell: (one) => <span className="number">{count(one.dead, locale)}</span>,
                  },
                  {
                    head: t('rails.median'),
                    kind: 'right',
                    cell: (one) => <Lasting of={one.median_s} />,
                  },
                  { head: t('rails.p99'), kind: 'right', cell: (one) => <Lasting of={one.p99_s} /> },
                ]}
              />
            </Panel>
          </>
        )}
      </Asked>
    </div>
  );
}

function Lasting({ of }: { of: number | null }) {
  const { locale } = useWords();
  return <span className="number">{of === null ? '—' : lasting(of, locale)}</span>;
}
