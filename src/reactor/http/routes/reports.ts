import { z } from 'zod';
import { ROLES } from '../../people/roles.ts';
import { SIDES_OF_DAY } from '../../report/closing.ts';
import { FIGURES } from '../../report/figures.ts';
import { question } from '../route.ts';
import { TIME } from './shapes.ts';

export const GET_CLOSING = question({
  ...{ id: 'getClosing', method: 'get', path: '/reports/closing/{day}', tag: 'Reports', roles: ROLES },
  summary: 'The closing of a business day in Mexico City; as CSV under /csv, as a page to print under /page',
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
