import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { GET_OVERVIEW } from '../../reactor/http/routes/overview.ts';
import { ask } from '../api/client.ts';
import { Head } from '../parts/basic.tsx';
import { useWords } from '../words/use.tsx';
import { QUEUES, type QueueName } from './queue-names.ts';
import { AttentionQueue } from './queues/attention.tsx';
import { ApprovalsQueue, BreaksQueue, DisputesQueue, HoldsQueue } from './queues/lists.tsx';
import { SuspenseQueue } from './queues/suspense.tsx';
import { UnknownQueue } from './queues/unknown.tsx';

const route = getRouteApi('/queues');

const SHOWN: Readonly<Record<QueueName, () => ReactNode>> = {
  attention: () => <AttentionQueue which="attention" />,
  returned: () => <AttentionQueue which="returned" />,
  approvals: () => <ApprovalsQueue />,
  unknown: () => <UnknownQueue />,
  suspense: () => <SuspenseQueue />,
  breaks: () => <BreaksQueue />,
  disputes: () => <DisputesQueue />,
  holds: () => <HoldsQueue />,
};

/** What waits for a person, one queue a kind, each with its one next step. */
export default function Queues() {
  const { t, name } = useWords();
  const { queue = 'attention' } = route.useSearch();
  const { data } = useQuery({ ...ask(GET_OVERVIEW, {}), refetchInterval: 5_000 });
  const counts: Readonly<Record<QueueName, number>> | null = data
    ? {
        ...{ attention: data.attention, returned: data.returned, approvals: data.proposals, unknown: data.unknown },
        ...{ suspense: data.suspense.count, breaks: data.breaks, disputes: data.disputes, holds: data.holds },
      }
    : null;
  return (
    <div className="stack">
      <Head title={t('nav.queues')} about={name('queue.about', queue)} />
      <nav className="tabs" aria-label={t('nav.queues')}>
        {QUEUES.map((one) => (
          <Link key={one} to="/queues" search={{ queue: one }} aria-current={one === queue ? 'page' : undefined}>
            {name('queue', one)}
            {counts && counts[one] > 0 && <span className="tally">{counts[one]}</span>}
          </Link>
        ))}
      </nav>
      {SHOWN[queue]()}
    </div>
  );
}
