import { z } from 'zod';
import { ROLES } from '../../people/roles.ts';
import { FIGURES, SIDES_OF_DAY } from '../../report/shapes.ts';
import { question } from './declare.ts';
import { TIME } from './shapes.ts';

const tag = 'Reports';

export const GET_CLOSING = question({
  ...{ id: 'getClosing', method: 'get', path: '/reports/closing/{day}', tag, roles: ROLES },
  summary: 'The closing of a business day in Mexico City',
  answer: z
    .strictObject({
      day: z.iso.date(),
      state: z.enum(['running', 'open', 'closed']).meta({
        description: 'running: not over; open: over, and something is unexplained; closed: kept with its figures.',
      }),
      closedAt: TIME.nullable(),
      hash: z.string().meta({ description: 'SHA-256 of the figures as they are computed now.' }),
      isUnchanged: z.boolean().nullable().meta({ description: 'Whether they are what the day was closed with.' }),
      openBreaks: z.int(),
      figures: FIGURES,
      sides: SIDES_OF_DAY.nullable(),
    })
    .meta({ id: 'Closing' }),
});
export const GET_CLOSING_CSV = question({
  ...{ id: 'getClosingCsv', method: 'get', path: '/reports/closing/{day}/csv', tag, roles: ROLES },
  summary: 'The same as CSV',
  media: 'text/csv',
  answer: z.string(),
});
export const GET_CLOSING_PAGE = question({
  ...{ id: 'getClosingPage', method: 'get', path: '/reports/closing/{day}/page', tag, roles: ROLES },
  summary: 'The same as a page to print',
  media: 'text/html',
  answer: z.string(),
});
