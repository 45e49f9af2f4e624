/** What a payment waits for that only people lift. */
import { sql } from 'drizzle-orm';

/**
 * Open legs that wait for a barrier which is gone, as a part of a larger question: what the decision named (a switch, or what a wide hold
 * is on; `payment:` and its id for the payment's own holds and disputes), looked for where it would stand.
 */
export const LET_GO = sql`
  SELECT payment_id, due_at FROM reactor.leg
  WHERE barrier IS NOT NULL AND state NOT IN ('completed', 'replaced', 'expired', 'closed') AND barrier NOT IN (
    SELECT name FROM reactor.guard_switch WHERE is_stopped
    UNION ALL SELECT switch_name FROM reactor.wide_hold WHERE closed_at IS NULL
    UNION ALL SELECT 'payment:' || payment_id FROM reactor.hold WHERE closed_at IS NULL)`;
