import { z } from 'zod';
import { PARTIES } from '../../payment/states.ts';
import { AGENTS, ROLES, TAKERS_BACK } from '../../people/roles.ts';
import { APPROVE, MAKE_LINK as LINK_TERMS, REVOKE_LINK as REVOKING, WITHDRAW } from '../../release/terms.ts';
import { command, question } from './declare.ts';
import { BY_ID, CURSOR_OF_ID, ID, NEXT_IF, TIME } from './shapes.ts';

const tag = 'Approvals';
const PARTY = z.enum(PARTIES);
const approvals = '/payments/{id}/approvals';
const links = '/payments/{id}/approval-links';
const GIVEN = z.strictObject({ id: ID, paymentId: ID, legId: ID, party: PARTY });
const LINK = z.strictObject({ ...GIVEN.shape, expiresAt: TIME });
const TAKEN_BACK = z.strictObject({ id: ID, paymentId: ID });

export const LIST_APPROVALS = question({
  ...{ id: 'listApprovals', method: 'get', path: approvals, tag, roles: ROLES },
  summary: 'Who approved the release of a payment, and the links to approve it: the newest 200 of each',
  query: z.strictObject({ cursor: CURSOR_OF_ID.optional(), linksCursor: CURSOR_OF_ID.optional() }),
  answer: z.strictObject({
    approvals: z.array(
      z.strictObject({
        ...{ id: ID, legId: ID, party: PARTY, userId: ID, givenBy: z.string(), givenAt: TIME },
        until: TIME.nullable(),
        withdrawnAt: TIME.nullable(),
      }),
    ),
    links: z.array(
      z.strictObject({
        ...{ id: ID, legId: ID, party: PARTY, createdBy: z.string(), createdAt: TIME, expiresAt: TIME },
        usedAt: TIME.nullable(),
        revokedAt: TIME.nullable(),
      }),
    ),
    nextCursor: NEXT_IF,
    nextLinksCursor: NEXT_IF.meta({ description: 'Give it as `linksCursor` to go on with older links.' }),
  }),
});
export const GIVE_APPROVAL = command({
  ...{ id: 'giveApproval', method: 'post', path: approvals, tag, roles: AGENTS, status: 201 },
  summary: 'Approve the release on behalf of a user who has signed in',
  body: APPROVE,
  answer: GIVEN,
  plan: GIVEN.omit({ id: true }),
});
export const WITHDRAW_APPROVAL = command({
  ...{ id: 'withdrawApproval', method: 'post', path: `${approvals}/{approvalId}/withdraw`, tag },
  ...{ roles: TAKERS_BACK, status: 201 },
  summary: 'Take an approval back, until the release was sent',
  body: WITHDRAW,
  answer: TAKEN_BACK,
  plan: TAKEN_BACK,
});
export const MAKE_LINK = command({
  ...{ id: 'makeApprovalLink', method: 'post', path: links, tag, roles: AGENTS, status: 201 },
  summary: 'A token by which whoever has it approves the release once; it is in this answer and nowhere else',
  body: LINK_TERMS,
  answer: z.strictObject({ ...LINK.shape, token: z.string() }),
  plan: LINK.omit({ id: true }),
});
export const REVOKE_LINK = command({
  ...{ id: 'revokeApprovalLink', method: 'post', path: `${links}/{linkId}/revoke`, tag },
  ...{ roles: TAKERS_BACK, status: 201 },
  summary: 'End a link that nobody has used',
  body: REVOKING,
  answer: BY_ID,
  plan: BY_ID,
});
