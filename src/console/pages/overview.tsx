import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import { GET_OVERVIEW, LIST_ALERTS } from '../../reactor/http/routes/overview.ts';
import { ask } from '../api/client.ts';
import { count, fewDecimals, lasting } from '../look/format.ts';
import { Alerts } from '../parts/alerts.tsx';
import { Asked } from '../parts/asked.tsx';
import { Head, Panel, Said, When } from '../parts/basic.tsx';
import { switchOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';
import { Hours } from './overview/hours.tsx';
import { MoneyMap } from './overview/map.tsx';
import { States } from './overview/states.tsx';
import type { QueueName } from './queue-names.ts';

const LIVE_MS = 2_500;
export type OverviewShown = AnswerOf<typeof GET_OVERVIEW>;

export default function Overview() {
  const { t } = useWords();
  const query = useQuery({ ...ask(GET_OVERVIEW, {}), refetchInterval: LIVE_MS });
  return (
    <div className="stack">
      <Head title={t('nav.overview')} about={t('overview.about')}>
        {query.data && (
          <span className="soft small">
            {t('overview.at')} <When at={query.data.at} how="full" />
          </span>
        )}
      </Head>
      <Asked query={query}>{(known) => <Shown of={known} />}</Asked>
    </div>
  );
}

function Shown({ of }: { of: OverviewShown }) {
  const words = useWords();
  const { t, name, locale } = words;
  const waiting: readonly (readonly [QueueName, number])[] = [
    ['attention', of.attention],
    ['approvals', of.proposals],
    ['unknown', of.unknown],
    ['suspense', of.suspense.count],
    ['breaks', of.breaks],
    ['disputes', of.disputes],
    ['returned', of.returned],
    ['holds', of.holds],
  ];
  const nameOf = (one: string): string => {
    const { words: said, id } = switchOf(one, words);
    return id === null ? said : `${said} ${id.slice(0, 8)}…`;
  };
  const open = waiting.filter(([, n]) => n > 0);
  const time = (seconds: number | null) => (seconds === null ? '—' : lasting(seconds, locale));
  return (
    <>
      {of.stopped.length === 0 && (
        <p className="note good" role="status">
          {t('overview.running')} <Link to="/guards">{t('nav.guards')}</Link>
        </p>
      )}
      {of.stopped.map(({ name: one, reason }) => (
        <p key={one} className="note bad" role="alert">
          <strong>{t('overview.stopped', { name: nameOf(one) })}</strong> {reason && <Said>{reason}</Said>}{' '}
          <Link to="/guards">{t('nav.guards')}</Link>
        </p>
      ))}
      <Panel title={t('overview.map')}>
        <MoneyMap stations={of.stations} />
      </Panel>
      <States />
      <div className="grid2">
        <Panel title={t('overview.waiting')}>
          {open.length === 0 ? (
            <p className="soft">{t('overview.waiting.none')}</p>
          ) : (
            <ul className="stack" style={{ gap: '0.4rem' }}>
              {open.map(([queue, n]) => (
                <li key={queue} className="pair" style={{ justifyContent: 'space-between' }}>
                  <Link to="/queues" search={{ queue }}>
                    {name('queue', queue)}
                  </Link>
                  <span className="tally">{count(n, locale)}</span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel title={t('overview.alerts')}>
          <Alerts alerts={of.alerts} empty={t('alerts.none')} />
          <PastAlerts />
        </Panel>
      </div>
      <div className="grid2">
        <Hours hours={of.hours} />
        <Panel title={t('overview.speed')}>
          <dl className="figures">
            {(
              [
                ['overview.payout.median', time(of.times.payout.median_s)],
                ['overview.payout.p99', time(of.times.payout.p99_s)],
                ['overview.whole.median', time(of.times.whole.median_s)],
                ['overview.runway', of.funds ? count(of.funds.gasTransactions, locale) : '—'],
              ] as const
            ).map(([label, value]) => (
              <div key={label} className="figure">
                <dt className="label">{t(label)}</dt>
                <dd className="value">{value}</dd>
              </div>
            ))}
          </dl>
          <p className="soft small" style={{ marginTop: '0.75rem' }}>
            {of.funds
              ? t('overview.funds', { gas: fewDecimals(of.funds.gas), mxnb: fewDecimals(of.funds.mxnb) })
              : t('overview.funds.unknown')}{' '}
            {t('overview.speed.of', { count: of.times.whole.count })}
          </p>
        </Panel>
      </div>
    </>
  );
}

/** Those that are gone, read when somebody wants to see them. */
function PastAlerts() {
  const { t } = useWords();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({ ...ask(LIST_ALERTS, { query: { limit: 20 } }), enabled: isOpen });
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} style={{ marginTop: '0.6rem' }}>
      <summary className="soft small">{t('alerts.past')}</summary>
      {isOpen && (
        <Asked query={query}>{({ alerts }) => <Alerts alerts={alerts} empty={t('alerts.past.none')} />}</Asked>
      )}
    </details>
  );
}
