import { Refusal } from '../people/refusal.ts';

export const noEffect = (): Refusal =>
  new Refusal({
    code: 'effect_not_found',
    status: 404,
    title: 'There is no such effect',
    detail: 'No effect has this id. GET /api/v1/effects lists those that need a person.',
  });

export const notFitting = (detail: string): Refusal =>
  new Refusal({
    code: 'not_what_it_did',
    status: 409,
    title: 'This cannot be what the effect did',
    detail: `${detail} Nothing was changed.`,
  });

export const notDecidable = (detail: string): Refusal =>
  new Refusal({
    code: 'not_decidable',
    status: 409,
    title: 'This effect is not for a person to decide now',
    detail: `${detail} Nothing was changed.`,
  });

export const outsideSilent = (detail: string): Refusal =>
  new Refusal({
    code: 'outside_silent',
    status: 503,
    title: 'The outside could not be asked',
    detail: `${detail} Nothing was changed. Repeat the request when it answers.`,
  });
