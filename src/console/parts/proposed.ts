/** What waits for a second person, and whose turn it is. Pure. */
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import type { Command } from '../../reactor/http/routes/declare.ts';
import { APPROVE_PROPOSAL, type LIST_PROPOSALS } from '../../reactor/http/routes/proposals.ts';
import type { Role } from '../../reactor/people/roles.ts';

export type Proposal = AnswerOf<typeof LIST_PROPOSALS>['proposals'][number];
type Who = Readonly<{ name: string; role: Role }>;

/** Whether what was answered is that a second person is needed, and nothing is done yet. */
export const isProposed = ({ proposes }: Command, answer: unknown): boolean =>
  proposes === true ||
  (typeof answer === 'object' && answer !== null && 'proposal' in answer && answer.proposal !== null);

/** Whether somebody proposed it, who therefore does not approve it. */
export const isOwn = ({ proposedBy }: Pick<Proposal, 'proposedBy'>, { name }: Pick<Who, 'name'>): boolean =>
  proposedBy === name || proposedBy.startsWith(`${name} (`);

/** What is proposed of the money of one of these legs. */
export const pendingOn = (proposals: readonly Proposal[], legIds: readonly string[]): Proposal | undefined =>
  proposals.find(({ money }) => money.parts.some(({ legId }) => legIds.includes(legId)));

/** Whose turn it is, as whoever looks sees it: theirs to do or to approve, a second person’s, or that of others who may. */
export type Turn = 'do' | 'approve' | 'wait' | 'others';

export function turnOf(who: Who, roles: readonly Role[], pending: Pick<Proposal, 'proposedBy'> | undefined): Turn {
  if (pending)
    return APPROVE_PROPOSAL.roles.some((one) => one === who.role) && !isOwn(pending, who) ? 'approve' : 'wait';
  return roles.includes(who.role) ? 'do' : 'others';
}
