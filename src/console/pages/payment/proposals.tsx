import { useQuery } from '@tanstack/react-query';
import { LIST_PROPOSALS } from '../../../reactor/http/routes/proposals.ts';
import { ask } from '../../api/client.ts';
import { Panel } from '../../parts/basic.tsx';
import { ProposalCards } from '../../parts/proposal.tsx';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';

/** What waits for a second person, of this payment or one of its legs. */
export function Proposals({ payment }: { payment: Payment }) {
  const { t } = useWords();
  const open = useQuery({ ...ask(LIST_PROPOSALS, { query: {} }), refetchInterval: 5_000 });
  const own = [`payment:${payment.id}`, ...payment.legs.map(({ id }) => `leg:${id}`)];
  const rows = (open.data?.proposals ?? []).filter(({ subject }) => own.some((one) => subject.startsWith(one)));
  if (rows.length === 0) return null;
  return (
    <Panel title={t('queue.approvals')}>
      <ProposalCards proposals={rows} />
    </Panel>
  );
}
