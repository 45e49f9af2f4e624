import { z } from 'zod';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { USER_TERMS } from '../../people/terms.ts';
import { command, question } from './declare.ts';
import { CURSOR_OF_ID, ID, LIMIT, NEXT, TIME, WORD } from './shapes.ts';

const tag = 'Users';
export const USER = z
  .strictObject({
    id: ID,
    createdAt: TIME,
    fullName: z.string(),
    email: z.string().meta({ description: 'Whole for those who may give commands.' }),
    depositClabe: z.string().nullable().meta({ description: 'Whole for those who may give commands.' }),
    clabeStatus: z.enum(['assigned', 'pending', 'needs_attention', 'erased']),
    clabeProblem: z.string().nullable(),
    erasedAt: TIME.nullable(),
  })
  .meta({ id: 'User' });
export const USER_LINE = USER.omit({ clabeStatus: true, clabeProblem: true }).meta({ id: 'UserLine' });

export const CREATE_USER = command({
  ...{ id: 'createUser', method: 'post', path: '/users', tag, roles: COMMANDERS, status: 201 },
  summary: 'Add a person; answers with their deposit CLABE once Juno has assigned it, or after 5 seconds',
  body: USER_TERMS,
  answer: USER,
  plan: z.strictObject({ fullName: z.string(), email: z.string() }),
});
export const GET_USER = question({
  ...{ id: 'getUser', method: 'get', path: '/users/{id}', tag, roles: ROLES },
  summary: 'One person',
  answer: USER,
});
export const LIST_USERS = question({
  ...{ id: 'listUsers', method: 'get', path: '/users', tag, roles: ROLES },
  summary: 'People, newest first; with `q` those whom it may name, of at most the first 200',
  query: z.strictObject({
    limit: LIMIT,
    cursor: CURSOR_OF_ID.optional(),
    q: z
      .string()
      .trim()
      .max(120, 'has more than 120 characters')
      .optional()
      .meta({ description: 'The beginning of a name or an e-mail, the end of a deposit CLABE, or an id.' }),
  }),
  answer: z.strictObject({ users: z.array(USER_LINE), nextCursor: NEXT }),
});
export const ERASE_USER = command({
  ...{ id: 'eraseUser', method: 'post', path: '/users/{id}/erase', tag, roles: COMMANDERS, status: 201 },
  proposes: true,
  summary: 'Propose to erase who somebody is; the books stay, and a second person does it',
  body: WORD,
  answer: z.strictObject({ id: ID, proposal: ID }),
  plan: z.strictObject({ id: ID }),
});
