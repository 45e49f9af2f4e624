/** The real reactor over a real chain, Postgres and sandbox, that is reconciled whenever the test says so, by a clock that it sets forward. */
import { desc, eq, sql } from 'drizzle-orm';
import type { Hex } from 'viem';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { Context } from '../../src/reactor/context.ts';
import { guardSwitch, reconciliationBreak } from '../../src/reactor/db/schema.ts';
import type { BreakKind } from '../../src/reactor/reconcile/kinds.ts';
import { reconcile } from '../../src/reactor/reconcile/reconcile.ts';
import { openFinalityWorld } from '../finality/world.ts';
import type { BRIDGE } from '../indexer/escrows.ts';
import type { TestPostgres } from '../support/postgres.ts';

export const BOUNDS = {
  RECONCILE_GRACE_S: '60',
  RECONCILE_STOP_S: '300',
  RECONCILE_OVERDUE_S: '1800',
  RECONCILE_UNREAD_S: '600',
  RECONCILE_UNSOLICITED_S: '86400',
};

export async function openReconcileWorld(postgres: TestPostgres, bounds: Readonly<Record<string, string>> = BOUNDS) {
  const world = await openFinalityWorld(postgres, { nodes: async () => bounds });
  const { anvil, contracts, db } = world;
  let ahead_s = 0;
  const look = async (changed: Partial<Context> = {}): Promise<void> => {
    await world.indexed.sync();
    await world.watchdog.look();
    await reconcile({ ...world.ctx, ...changed });
  };
  const breaks = () => db.select().from(reconciliationBreak).orderBy(desc(reconciliationBreak.openedAt));
  await look();
  return {
    ...world,
    look,
    /** So much later by the database’s clock, and another look. */
    later: async (seconds: number, changed: Partial<Context> = {}): Promise<void> => {
      ahead_s += seconds;
      await db.execute(
        sql.raw(
          `CREATE OR REPLACE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() + interval ''${ahead_s} seconds'''`,
        ),
      );
      await look(changed);
    },
    breaks,
    open: async (kind?: BreakKind) =>
      (await breaks()).filter((one) => one.closedAt === null && (kind === undefined || one.kind === kind)),
    stopped: async () =>
      (await db.select().from(guardSwitch).where(eq(guardSwitch.isStopped, true))).map(({ name }) => name).sort(),
    switchOf: async (name: string) => (await db.select().from(guardSwitch).where(eq(guardSwitch.name, name)))[0],
    /** MXNB from one account to another, by nobody’s effect. */
    transfer: async (from: typeof BRIDGE | Hex, to: Hex, value: bigint): Promise<Hex> => {
      const { client } = anvil;
      if (typeof from === 'string') {
        await client.impersonateAccount({ address: from });
        await client.setBalance({ address: from, value: 10n ** 18n });
      }
      const call = { address: contracts.token, abi: MXNB_ABI, functionName: 'transfer', args: [to, value] };
      const hash = await client.writeContract({ ...call, account: from } as never);
      await client.waitForTransactionReceipt({ hash });
      return hash;
    },
  };
}
export type ReconcileWorld = Awaited<ReturnType<typeof openReconcileWorld>>;
