import { Refusal } from './refusal.ts';

export const noUser = (): Refusal =>
  new Refusal({
    code: 'user_not_found',
    status: 404,
    title: 'There is no such user',
    detail: 'No user has this id. POST /api/v1/users answers with the id of a new one.',
  });

export const erasedBefore = (at: Date): Refusal =>
  new Refusal({
    code: 'user_erased',
    status: 409,
    title: 'This user is erased',
    detail: `Who it was is erased since ${at.toISOString()}, and no account is kept of them. Nothing was changed.`,
  });
