import type { World } from '../../src/local/world.ts';
import { latency } from '../frame/figures.ts';
import { ask } from './ask.ts';
import { committed, type Observed } from './observe.ts';

/** What is compiled and planned at its first use is not what is measured. */
export const WARM_UP = 3;

type Row = Readonly<{ block: number; indexed: number; released: number; intent: number }>;

/** Of the payments that were driven, in a world that kept the times of its commits. */
export async function readEventToIntent(world: World, { blocks }: Observed) {
  const [schema] = await ask<{ name: string }>(
    world,
    `SELECT schemaname AS name FROM pg_tables WHERE tablename = 'escrow_event' AND schemaname <> 'indexed'`,
  );
  const rows = await ask<Row>(
    world,
    `SELECT e.block_number::int AS block, (${committed('e')})::float8 AS indexed, (${committed('m')})::float8 AS released,
       (${committed('h')})::float8 AS intent
     FROM "${schema?.name}".escrow_event e JOIN reactor.leg l ON l.reference = e.reference JOIN reactor.payment p ON p.id = l.payment_id
     JOIN reactor.effect f ON f.subject_id = l.id::text AND f.kind = 'chain_return'
     JOIN reactor.effect_history h ON h.effect_id = f.id AND h.to_state = 'recorded'
     JOIN reactor.leg_history m ON m.leg_id = l.id AND m.to_state = 'released'
     WHERE e.kind = 'released' AND p.number > ${WARM_UP}`,
  );
  const minedAt = ({ block }: Row): number => {
    const heard = blocks.get(block);
    if (!heard) throw new Error(`block ${block} was not heard of`);
    return heard.at_ms;
  };
  return {
    event_to_intent_ms: latency(rows.map((row) => row.intent - minedAt(row))),
    indexed_ms: latency(rows.map((row) => row.indexed - minedAt(row))),
    released_ms: latency(rows.map((row) => row.released - minedAt(row))),
  };
}
