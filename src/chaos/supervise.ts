import { setTimeout as delay } from 'node:timers/promises';
import type { LocalProcess } from '../local/process.ts';
import type { World } from '../local/world.ts';
import { REACTORS, type ReactorName } from './plan.ts';

export type PartName = ReactorName | 'indexer' | 'postgres';

const RETRY_MS = 250;
const WATCH_MS = 250;
const SHOWN_LINES = 10;

export type Supervisor = Readonly<{
  process: (name: Exclude<PartName, 'postgres'>) => LocalProcess;
  /** kill -9; started again after `down_ms`. Resolves when it runs again, with when it died (epoch milliseconds). */
  kill: (name: PartName, down_ms: number) => Promise<number>;
  restart: (name: PartName) => Promise<void>;
  /** A sentence for each part that ended though nobody ended it. */
  deaths: () => readonly string[];
  stop: () => Promise<void>;
}>;

/**
 * Does what a process manager does: whatever ended is started again, until it runs. One thing at a time for each part, so that
 * nothing is started twice. A part that ends by itself is started again, and counted: no run in which one did is sound. The chain and
 * the sandbox, whose books would be lost, are not started again.
 */
export function supervise(world: World, log: (line: string) => void): Supervisor {
  const turns = new Map<PartName, Promise<void>>();
  const deaths: string[] = [];
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

  const count = async (name: string, { exited, output }: LocalProcess): Promise<void> => {
    const { code, signal } = await exited;
    const last = output().trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
    const sentence = `${name} ended by itself (${signal ?? `code ${code}`}); nobody had ended it.`;
    deaths.push(sentence);
    log(`${sentence} The last that it printed:\n${last}`);
  };
  for (const part of [world.sandbox, world.anvil])
    void part.exited.then(() => (isStopped ? undefined : count(part.name, part)));

  const watched = new WeakSet<LocalProcess>();
  const ended = new WeakSet<LocalProcess>();
  const watching = (async () => {
    while (!isStopped) {
      await delay(WATCH_MS);
      for (const name of [...REACTORS, 'indexer'] as const) {
        const part = partOf(name);
        if (!watched.has(part)) {
          watched.add(part);
          void part.exited.then(() => ended.add(part));
        }
        if (!ended.has(part) || isStopped) continue;
        await inTurn(name, async () => {
          if (partOf(name) !== part) return;
          await count(name, part);
          await start(name);
        });
      }
    }
  })();

  return {
    process: partOf,
    kill: async (name, down_ms) => {
      let died_ms = 0;
      await inTurn(name, async () => {
        await (name === 'postgres' ? world.postgres.kill9() : partOf(name).kill9());
        died_ms = Date.now();
        await delay(down_ms);
        await start(name);
      });
      return died_ms;
    },
    restart: (name) => inTurn(name, () => start(name)),
    deaths: () => deaths,
    stop: async () => {
      isStopped = true;
      await watching;
      await Promise.all(turns.values());
    },
  };
}
