import { z } from 'zod';
import type { Db } from '../reactor/db/client.ts';

const SENTENCES = z.array(z.object({ sentence: z.string() }));

/** What nobody sees from outside, and what must not be left in books that have come to rest. Each query answers sentences. */
const LEFT = [
  // Nothing is under way for a leg that has ended.
  `SELECT format('%s of leg %s is %s at the end, and the leg is %s', e.kind, l.id, e.state, l.state) AS sentence
   FROM reactor.effect e JOIN reactor.leg l ON e.subject_kind = 'leg' AND l.id::text = e.subject_id
   WHERE e.state IN ('recorded', 'sending', 'unknown') AND l.state IN ('completed', 'replaced', 'closed', 'expired') ORDER BY e.id`,
  // What a reorganisation took back of a release is made again, wherever its leg has come to.
  `SELECT format('the release of leg %s came to nothing and is not made again, and the leg is %s', l.id, l.state) AS sentence
   FROM reactor.leg l JOIN LATERAL (SELECT state FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text
     AND e.kind = 'chain_release' ORDER BY e.attempt DESC LIMIT 1) r ON r.state = 'dead'
   WHERE l.state IN ('completed', 'replaced', 'accrued', 'closed') AND l.kind = 'custody'
     AND EXISTS (SELECT 1 FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind = 'chain_return' AND e.state = 'confirmed')
     AND EXISTS (SELECT 1 FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind = 'chain_fund' AND e.state = 'confirmed') ORDER BY l.id`,
  // Reconciliation stops money on its own word alone; nobody in a sound world has to open that again.
  `SELECT format('switch %s is off at the end: %s', name, reason) AS sentence FROM reactor.guard_switch WHERE is_stopped AND reason <> 'who it was is erased' ORDER BY name`,
  `SELECT format('break %s is open at the end: %s', subject, evidence) AS sentence FROM reactor.reconciliation_break
   WHERE closed_at IS NULL AND kind <> 'credit_not_booked' ORDER BY id`,
  `SELECT format('dispute %s of payment %s is %s at the end', id, payment_id, state) AS sentence FROM reactor.dispute WHERE state <> 'final' ORDER BY id`,
] as const;

/** What is left in the books of a world that has come to rest, in sentences; none in a sound one. */
export async function leftAtRest(db: Db): Promise<string[]> {
  const found: string[] = [];
  for (const query of LEFT)
    found.push(...SENTENCES.parse((await db.$client.query(query)).rows).map(({ sentence }) => sentence));
  return found;
}
