import { setTimeout as delay } from 'node:timers/promises';
import type { LocalProcess } from '../local/process.ts';
import type { World } from '../local/world.ts';
import { REACTORS, type ReactorName } from './plan.ts';

export type PartName = ReactorName | 'indexer' | 'postgres';

const RETRY_MS = 250;
const WATCH_MS = 250;

export type Supervisor = Readonly<{
  process: (name: Exclude<PartName, 'postgres'>) => LocalProcess;
  /** kill -9; started again after `down_ms`. Resolves when it runs again. */
  kill: (name: PartName, down_ms: number) => Promise<void>;
  restart: (name: PartName) => Promise<void>;
  stop: () => Promise<void>;
}>;

/**
 * Does what a process manager does: whatever ended is started again, until it runs. One thing at a time for each part, so that
 * nothing is started twice. A part that ends by itself is said, and started again.
 */
export function supervise(world: World, log: (line: string) => void): Supervisor {
  const turns = new Map<PartName, Promise<void>>();
  let isStopped = false;

  const inTurn = (name: PartName, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work);
    turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  };
  const partOf = (name: Exclude<PartName, 'postgres'>): LocalProcess => {
    const part = name === 'indexer' ? world.indexer() : world.reactors()[REACTORS.indexOf(name)];
    if (!part) throw new Error(`the world has no ${name}`);
    return part;
  };
  const start = async (name: PartName): Promise<void> => {
    while (!isStopped) {
      try {
        if (name === 'postgres') await world.postgres.restart();
        else if (name === 'indexer') await world.restartIndexer();
        else await world.restartReactor(REACTORS.indexOf(name));
        return;
      } catch (error) {
        // What it needs may be down, too.
        log(`${name} does not start yet: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
        await delay(RETRY_MS);
      }
    }
  };

  const watching = (async () => {
    while (!isStopped) {
      await delay(WATCH_MS);
      for (const name of [...REACTORS, 'indexer'] as const) {
        const part = partOf(name);
        const hasEnded = await Promise.race([part.exited.then(() => true), Promise.resolve(false)]);
        if (!hasEnded || isStopped) continue;
        await inTurn(name, async () => {
          if (partOf(name) !== part) return;
          log(`${name} ended by itself; it is started again`);
          await start(name);
        });
      }
    }
  })();

  return {
    process: partOf,
    kill: (name, down_ms) =>
      inTurn(name, async () => {
        await (name === 'postgres' ? world.postgres.kill9() : partOf(name).kill9());
        await delay(down_ms);
        await start(name);
      }),
    restart: (name) => inTurn(name, () => start(name)),
    stop: async () => {
      isStopped = true;
      await watching;
      await Promise.all(turns.values());
    },
  };
}
