import { indexedTables } from '../../src/simulate/database.ts';
import { GENESIS_S } from '../../src/simulate/moments.ts';
import { type BenchDatabase, openBenchDatabase } from './database.ts';
import { createOutside, type News } from './outside.ts';
import { createPayers } from './payers.ts';
import { openLivesReactor } from './reactor.ts';
import { startProcesses } from './with-processes.ts';

export type OpenLivesParameters = Readonly<{
  /** Reactors in processes of their own; 0, as unless told: one, in this process. */
  processes?: number;
  onMined?: News['onMined'];
  /** Fills the database before any reactor runs. */
  prepare?: (database: BenchDatabase) => Promise<void>;
}>;

/**
 * The reactor as the product wires it, over a real Postgres with fsync and the real queue; the chain and the rails answer at once in this
 * process, and Juno's rate is out of the way.
 */
export async function openLives({ processes = 0, onMined, prepare }: OpenLivesParameters = {}) {
  const database = await openBenchDatabase();
  const { db, url } = database;
  await db.$client.query(indexedTables(GENESIS_S));
  await prepare?.(database);
  const told = { onIndexed: (): void => undefined, onJuno: (): void => undefined };
  const outside = createOutside(db, {
    onIndexed: () => told.onIndexed(),
    onJuno: () => told.onJuno(),
    ...(onMined && { onMined }),
  });
  const own = await openLivesReactor({ databaseUrl: url, holder: 'bench', ...outside });
  const others = processes > 0 ? await startProcesses(processes, url, outside) : null;
  Object.assign(told, others ?? own);
  if (!others) await own.start();
  const payers = await createPayers(own.ctx, outside.juno);
  return {
    database,
    outside,
    ask: payers.ask,
    /** Payments that reached the bank. */
    done: () => outside.bank.outgoing().length,
    close: async (): Promise<void> => {
      await others?.stop();
      await own.stop();
      await database.close();
    },
  };
}

export type Lives = Awaited<ReturnType<typeof openLives>>;
