import { z } from 'zod';

/** How many rows a page of a list has. */
export const LIMIT = z.coerce
  .number('is a number')
  .int('is a whole number')
  .min(1, 'is at least 1')
  .max(100, 'is at most 100')
  .default(20);

const WRONG = 'is not the nextCursor of an earlier answer';

/** Reads the place of the last row of a page: its time and its id. The names of ids may hold spaces. */
export const cursor = (isId: (text: string) => boolean) =>
  z.string().transform((text, ctx) => {
    const [time = '', ...rest] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
    const [at, id] = [new Date(time), rest.join(' ')];
    if (!Number.isNaN(at.getTime()) && isId(id)) return { at, id };
    ctx.addIssue({ code: 'custom', message: WRONG });
    return z.NEVER;
  });

/** The same as text. */
export const printCursor = ({ at, id }: { at: Date; id: string }): string =>
  Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
