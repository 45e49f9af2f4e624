import { Panel } from '../../parts/basic.tsx';
import { ProposalCards } from '../../parts/proposal.tsx';
import { useProposals } from '../../parts/turn.tsx';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';
import { isOfPayment } from './seldom.ts';

/** What waits for a second person, of this payment or one of its legs. */
export function Proposals({ payment }: { payment: Payment }) {
  const { t } = useWords();
  const open = useProposals();
  const rows = open.filter(({ subject }) => isOfPayment(payment, subject));
  if (rows.length === 0) return null;
  return (
    <Panel title={t('queue.approvals')}>
      <ProposalCards proposals={rows} />
    </Panel>
  );
}
