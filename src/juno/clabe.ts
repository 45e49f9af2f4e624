import { z } from 'zod';
import { optionalText, textual } from './json.ts';
import type { JunoClabe } from './types.ts';

/** A CLABE as list and detail show it (J/retrieve-clabe-details). Its digits are kept as they came, whatever their control digit. */
export const clabeSchema = z
  .object({ clabe: textual, type: optionalText, status: textual, created_at: optionalText })
  .transform(
    ({ clabe, type, status, created_at }): JunoClabe => ({
      clabe,
      type: type?.toUpperCase() ?? 'AUTO_PAYMENT',
      status: status.toUpperCase(),
      createdAtText: created_at,
    }),
  );
