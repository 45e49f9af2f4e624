import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { LIST_PROPOSALS } from '../../reactor/http/routes/proposals.ts';
import { COMMANDERS } from '../../reactor/people/roles.ts';
import { ask } from '../api/client.ts';
import { useWho } from '../frame/entry.tsx';
import { useWords } from '../words/use.tsx';
import { type Proposal, turnOf } from './proposed.ts';

const LIVE_MS = 5_000;
const NONE: readonly Proposal[] = [];

/** What waits for a second person now. */
export const useProposals = (): readonly Proposal[] =>
  useQuery({ ...ask(LIST_PROPOSALS, { query: {} }), refetchInterval: LIVE_MS }).data?.proposals ?? NONE;

type Parameters = Readonly<{
  /** What operators would do. */
  what: string;
  pending?: Proposal | undefined;
  /** Of the payment, on whose page it is approved. */
  number?: number | string;
  children: ReactNode;
}>;

/** What an operator does next, for whoever may do it while nobody did; for others whose turn it is. */
export function Turn({ what, pending, number, children }: Parameters) {
  const { t } = useWords();
  const turn = turnOf(useWho(), COMMANDERS, pending);
  if (turn === 'do') return children;
  if (turn !== 'approve')
    return <span className="small soft">{turn === 'wait' ? t('next.wait') : t('next.operator', { what })}</span>;
  return number === undefined ? (
    <Link className="button small" to="/queues" search={{ queue: 'approvals' }}>
      {t('proposal.approve')}
    </Link>
  ) : (
    <Link className="button small" to="/payments/$id" params={{ id: String(number) }}>
      {t('proposal.approve')}
    </Link>
  );
}
