/** Beside what a leg is replaced or closed: the database and the decision keep one rule, or a leg would be decided of and refused for ever. */
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { evidence, settledOutside } from '../../src/reactor/db/schema.ts';
import { EFFECT_KINDS, type EffectKind, type EffectState } from '../../src/reactor/effects/states.ts';
import { paysBeside } from '../../src/reactor/payment/beside.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';
import { effectView } from '../support/views.ts';
import { openReplaceWorld } from './world.ts';

const database = useDatabase();
const OF_NO_LEG: readonly EffectKind[] = ['juno_clabe', 'juno_bank_account', 'chain_approve', 'chain_probe'];
const KINDS = EFFECT_KINDS.filter((kind) => !OF_NO_LEG.includes(kind));

type Row = Readonly<{ at: LegState; kind: EffectKind; state: EffectState; goes: boolean }>;

/** Every place from which a custody leg is replaced or closed, with every effect of it there: whether the database lets it go. */
async function asked(): Promise<Row[]> {
  const here = openReplaceWorld(database());
  const { legId } = await here.given();
  const effectId = await here.anEffect(legId, 'chain_release', 'dead');
  const { rows } = await here.db.transaction(async (tx) => {
    // How it came there is not what is asked.
    await tx.execute(
      sql.raw(`CREATE FUNCTION pg_temp.goes(at reactor.leg_state, becomes reactor.leg_state, of reactor.effect_kind, is_it reactor.effect_state)
        RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          SET LOCAL session_replication_role = replica;
          UPDATE reactor.effect SET kind = of, state = is_it WHERE id = '${effectId}';
          UPDATE reactor.leg SET state = at WHERE id = '${legId}';
          SET LOCAL session_replication_role = origin;
          UPDATE reactor.leg SET state = becomes WHERE id = '${legId}';
          RAISE EXCEPTION 'it goes, or something else keeps it';
        EXCEPTION WHEN OTHERS THEN RETURN SQLERRM NOT LIKE '%may still be paid%';
        END $$`),
    );
    return tx.execute<Row>(sql`
      SELECT m.from_state AS at, k.kind, s.state, pg_temp.goes(m.from_state, m.to_state, k.kind, s.state) AS goes
      FROM reactor.leg_move m, unnest(${`{${KINDS}}`}::reactor.effect_kind[]) AS k (kind), unnest(enum_range(NULL::reactor.effect_state)) AS s (state)
      WHERE m.kind = 'custody' AND m.to_state IN ('replaced', 'closed')`);
  });
  return rows;
}

test('beside what is under way for its escrow once it is back at Juno, and beside nothing else that is unresolved', async () => {
  const rows = await asked();
  const isFree = ({ at, kind, state }: Row) =>
    paysBeside({ state: at, effects: { [kind]: effectView(kind, { state }) } }) === undefined;
  expect(rows.filter((row) => row.goes !== isFree(row))).toEqual([]);
  const open = ({ state }: Row) => state === 'recorded' || state === 'sending' || state === 'unknown';
  const free = rows.filter((row) => row.goes && open(row));
  expect([...new Set(free.map(({ kind }) => kind))].sort()).toEqual(
    ['approver_signature', 'chain_dispute', 'chain_release', 'chain_resolve'].sort(),
  );
  expect([...new Set(free.map(({ at }) => at))].sort()).toEqual(
    ['accrued', 'paying_out', 'payout_failed', 'payout_returned', 'returned'].sort(),
  );
});

test('a leg that a person paid by hand is released again once its release is undone, unless its escrow had paid a stranger', async () => {
  const here = openReplaceWorld(database());
  const closed = async (release: 'confirmed' | 'dead', isStolen = false) => {
    const { legId } = await here.given();
    await here.anEffect(legId, 'chain_release', release);
    if (isStolen)
      await here.db.insert(evidence).values({
        ...{ source: 'chain', externalId: legId, subjectKind: 'leg', subjectId: legId },
        detail: { as: 'stolen', blockHash: '0xb' },
      });
    await here.db
      .insert(settledOutside)
      .values({ legId, trackingKey: legId.slice(0, 30), cepLink: legId, receipt: legId });
    await here.move(legId, 'closed');
    return legId;
  };
  await here.anEffect(await closed('dead'), 'approver_signature', 'confirmed');
  for (const legId of [await closed('confirmed'), await closed('dead', true)])
    await refused(here.anEffect(legId, 'approver_signature', 'confirmed'), /has ended: nothing is begun for it/);
  await refused(here.anEffect(await closed('dead'), 'juno_redemption', 'confirmed'), /has ended: nothing is begun/);
});
