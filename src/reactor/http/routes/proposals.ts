import { z } from 'zod';
import { APPROVERS, COMMANDERS, ROLES } from '../../people/roles.ts';
import { command, question } from './declare.ts';
import { MONEY } from './proposed-money.ts';
import { BY_ID, CURSOR_OF_ID, ID, LONG_LIMIT, NEXT_IF, TIME, WORD } from './shapes.ts';

const tag = 'Proposals';
export const PROPOSAL = z
  .strictObject({
    id: ID,
    command: z.string(),
    subject: z.string(),
    parameters: z.record(z.string(), z.unknown()).meta({
      description:
        'What it would do, as its command takes it; accounts are masked. What may name people (a link to a receipt, what was typed) only for those who may read of people or approve.',
    }),
    reason: z.string(),
    proposedBy: z.string(),
    proposedAt: TIME,
    expiresAt: TIME,
    approvedBy: z.string().nullable(),
    executedAt: TIME.nullable(),
    withdrawnAt: TIME.nullable(),
  })
  .meta({ id: 'Proposal' });

export const LIST_PROPOSALS = question({
  ...{ id: 'listProposals', method: 'get', path: '/proposals', tag, roles: ROLES },
  summary: 'What waits for a second person, newest first; with `subject` all that was proposed of it',
  query: z.strictObject({
    subject: z.string().max(100, 'is too long').optional(),
    limit: LONG_LIMIT,
    cursor: CURSOR_OF_ID.optional(),
  }),
  answer: z.strictObject({
    proposals: z.array(z.strictObject({ ...PROPOSAL.shape, money: MONEY })),
    nextCursor: NEXT_IF,
  }),
});
export const APPROVE_PROPOSAL = command({
  ...{ id: 'approveProposal', method: 'post', path: '/proposals/{id}/approve', tag, roles: APPROVERS, status: 201 },
  summary: 'Do what another person proposed',
  body: WORD,
  answer: z.strictObject({ id: ID, command: z.string(), subject: z.string() }),
});
export const WITHDRAW_PROPOSAL = command({
  ...{ id: 'withdrawProposal', method: 'post', path: '/proposals/{id}/withdraw', tag, roles: COMMANDERS, status: 201 },
  summary: 'Take a proposal back',
  body: WORD,
  answer: BY_ID,
});
