import { sql } from 'drizzle-orm';
import { leg, settledOutside } from '../db/schema.ts';

/**
 * A leg that ended before any money came for it: it expired, or its payment was cancelled. A leg that was paid by hand is closed as well,
 * and had its money. A part of a larger question, about legs under their own name.
 */
export const isEndedUnpaid = sql`(${leg.state} = 'expired' OR (${leg.state} = 'closed' AND NOT EXISTS (
  SELECT 1 FROM ${settledOutside} WHERE ${settledOutside.legId} = ${leg.id})))`;
