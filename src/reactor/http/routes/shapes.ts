/** What many answers hold. */
import { z } from 'zod';

export const TIME = z.iso.datetime();
export const PESOS_TEXT = z
  .string()
  .regex(/^-?\d+\.\d{2}$/)
  .meta({ id: 'Pesos', examples: ['1500.00'] });
/** Of what one person cannot do alone. */
export const SECOND_PERSON = 'a second person' as const;
export const NEEDS = z.literal(SECOND_PERSON);
