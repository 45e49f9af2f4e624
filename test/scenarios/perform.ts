/** Tells many stories in one world at once, and judges them all when it has come to rest. */
import { auditWorld } from '../../src/local/audit.ts';
import type { World } from '../../src/local/world.ts';
import { judge, play, unasked, type Verdict } from './judge.ts';
import type { Row } from './row.ts';
import { openStage, type Scene } from './stage.ts';

export type Performance = Readonly<{
  /** Of each row what it came to, or what kept it from its end. */
  verdicts: ReadonlyMap<string, Verdict | Error>;
  /** What the second opinion finds, payouts that nobody asked for, and currencies whose postings do not sum to zero. */
  findings: readonly unknown[];
}>;

/** Rows that stop more than themselves are told in turn, when nothing else is under way. */
export async function perform(world: World, rows: readonly Row[]): Promise<Performance> {
  const stage = await openStage(world);
  const before = new Set((await world.outbox()).map(({ transaction_id: id }) => id));
  const newPayouts = async () => (await world.outbox()).filter(({ transaction_id: id }) => !before.has(id));
  try {
    const scenes = new Map<string, Scene | Error>();
    const tell = async (row: Row): Promise<void> => {
      scenes.set(row.id, await play(stage, row).catch((error: Error) => error));
      stage.clock.leave(row.id);
    };
    const verdicts = new Map<string, Verdict | Error>();
    /** All that were told and not judged yet: as late as can be, so that what was told first is judged when all else has happened. */
    const judgeTold = async (): Promise<void> => {
      const outbox = await newPayouts();
      for (const [id, scene] of scenes)
        if (!verdicts.has(id))
          verdicts.set(id, scene instanceof Error ? scene : await judge(scene, outbox).catch((error: Error) => error));
    };
    const turns = Map.groupBy(rows, ({ apart = 0 }) => apart);
    for (const turn of [...turns.keys()].sort((a, b) => a - b)) {
      const told = turns.get(turn) ?? [];
      const travellers = told.filter(({ acts }) => acts.some(([name]) => name === 'days pass'));
      // What waits for a deposit or for another day does not wait for a month.
      if (travellers.length > 0) await judgeTold();
      stage.clock.expect(travellers.map(({ id }) => id));
      await Promise.all(told.map(tell));
    }
    const found = await auditWorld(world);
    await judgeTold();
    const outbox = await newPayouts();
    const played = [...scenes.values()].flatMap((scene) => (scene instanceof Error ? [] : [scene]));
    const unbalanced = await stage.query(
      `SELECT currency, sum(amount)::text FROM reactor.ledger_posting GROUP BY currency HAVING sum(amount) <> 0`,
    );
    return { verdicts, findings: [...found, ...unasked(played, outbox), ...unbalanced] };
  } finally {
    await stage.close();
  }
}
