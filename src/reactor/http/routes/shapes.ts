/** What many routes take and answer. */
import { z } from 'zod';
import { GIVEN_REASON } from '../../people/words.ts';

export const TIME = z.iso.datetime();
export const ID = z.guid();
export const PESOS_TEXT = z
  .string()
  .regex(/^-?\d+\.\d{2}$/)
  .meta({ id: 'Pesos', examples: ['1500.00'] });
/** Of what one person cannot do alone. */
export const SECOND_PERSON = 'a second person' as const;
export const NEEDS = z.literal(SECOND_PERSON);

/** Of a command that says nothing but why. */
export const WORD = z.strictObject({ reason: GIVEN_REASON });
export const BY_ID = z.strictObject({ id: ID });

/** How many rows a page of a list has. */
export const limitOf = (usual: number, most: number) =>
  z.coerce
    .number('is a number')
    .int('is a whole number')
    .min(1, 'is at least 1')
    .max(most, `is at most ${most}`)
    .default(usual);
export const LIMIT = limitOf(20, 100);
/** Of lists of what is open, which are short while all is well. */
export const LONG_LIMIT = limitOf(200, 200);
/** Where the next page begins; null where there is none. */
export const NEXT = z.string().nullable().meta({ description: 'Give it as `cursor` to go on; null at the end.' });
/** The same of lists that were answered whole before they had pages. */
export const NEXT_IF = z
  .string()
  .optional()
  .meta({ description: 'Give it as `cursor` to go on; left out at the end.' });

const WRONG = 'is not the nextCursor of an earlier answer';

/** Reads the number of the last row of a page, behind a letter. */
export const numbered = (letter: string) =>
  z
    .string()
    .regex(new RegExp(`^${letter}[1-9]\\d{0,14}$`), WRONG)
    .transform((text) => Number(text.slice(1)));

/** The place of the last row of a page: its time and its id. */
export type Place = Readonly<{ at: Date; id: string }>;

/** Reads the place of the last row of a page: its time and its id. The names of ids may hold spaces. */
export const cursor = (isId: (text: string) => boolean) =>
  z.string().transform((text, ctx): Place => {
    const [time = '', ...rest] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
    const [at, id] = [new Date(time), rest.join(' ')];
    if (!Number.isNaN(at.getTime()) && isId(id)) return { at, id };
    ctx.addIssue({ code: 'custom', message: WRONG });
    return z.NEVER;
  });
export const CURSOR_OF_ID = cursor((id) => ID.safeParse(id).success);

/** The same as text. */
export const printCursor = ({ at, id }: Place): string =>
  Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
