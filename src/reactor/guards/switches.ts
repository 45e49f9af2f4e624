/** Kill switches: anybody on duty throws one at once; opening it again takes two. */
import { and, asc, eq, gt, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { guardSwitch } from '../db/schema.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { excludeIntents } from './check.ts';
import { reasonOff } from './reasons.ts';
import { rouse } from './rouse.ts';
import { RECOVERY_SWITCH, walletSwitch } from './scope.ts';

const MOST_SHOWN = 200;

/** Makes the switch of the wallet that this reactor signs with, open, where there is none yet; one that is off stays off. */
export async function haveWalletSwitch(db: Db, address: string): Promise<void> {
  await db
    .insert(guardSwitch)
    .values({ name: walletSwitch(address) })
    .onConflictDoNothing();
}

/** The switches of the house, and of users those that are off, at most 200 at once; `next` is the last of them where there are more. */
export async function listSwitches(
  db: Db,
  { after, canReadReasons }: Readonly<{ after: string | null; canReadReasons: boolean }>,
) {
  const isUsers = sql`${guardSwitch.name} LIKE 'user:%'`;
  const rows = await db
    .select()
    .from(guardSwitch)
    .where(
      after === null
        ? or(sql`NOT ${isUsers}`, eq(guardSwitch.isStopped, true))
        : and(isUsers, eq(guardSwitch.isStopped, true), gt(guardSwitch.name, after)),
    )
    .orderBy(asc(isUsers), asc(guardSwitch.name))
    .limit(MOST_SHOWN + 1);
  const page = rows.slice(0, MOST_SHOWN);
  return {
    switches: page.map((row) => shown(row, canReadReasons)),
    next: rows.length > MOST_SHOWN ? (page.at(-1)?.name ?? null) : null,
  };
}

export async function showSwitch(db: Db, name: string, canReadReasons: boolean) {
  const [row] = await db.select().from(guardSwitch).where(eq(guardSwitch.name, name));
  if (!row) throw noSwitch(name);
  return shown(row, canReadReasons);
}

const shown = (row: typeof guardSwitch.$inferSelect, canReadReasons: boolean) => ({
  name: row.name,
  isStopped: row.isStopped,
  reason: reasonOff(canReadReasons, row),
  changedBy: row.changedBy,
  changedAt: row.changedAt.toISOString(),
});

/**
 * Throws a switch: every intent under way under it ends first, and none begins until it is opened again. Throwing one that is off
 * gives it the new reason. Throws a Refusal `switch_not_found`.
 */
export async function throwSwitch(
  tx: Tx,
  { actor, name, reason }: { actor: Actor; name: string; reason: string },
): Promise<{ name: string; isStopped: true }> {
  assertPeoples(name);
  if (!(await excludeIntents(tx, name))) throw noSwitch(name);
  await set(tx, name, { isStopped: true, reason, changedBy: actor.name });
  await audit(tx, { actor, command: 'guard stop', subject: `switch:${name}`, reason });
  return { name, isStopped: true };
}

const OPEN = z.strictObject({});

/** Lets money move under a switch again. */
export const OPEN_SWITCH: FourEyesCommand<typeof OPEN> = {
  name: 'guard open',
  subjectKind: 'switch',
  parameters: OPEN,
  check: async ({ db }, { subjectId }) => {
    assertPeoples(subjectId);
    if (!(await showSwitch(db, subjectId, true)).isStopped) throw alreadyOpen(subjectId);
  },
  lane: async () => null,
  execute: async (tx, _ctx, { subjectId, proposalId }) => {
    if (!(await excludeIntents(tx, subjectId))) throw noSwitch(subjectId);
    await set(tx, subjectId, { isStopped: false, reason: null, changedBy: `proposal ${proposalId}` });
  },
  wakes: ({ db }, { subjectId }) => rouse(db, subjectId),
};

/** Proposes to open a switch. Throws a Refusal `switch_not_found`, `switch_open`, `already_proposed`. */
export async function proposeOpening(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  { actor, name, reason }: { actor: Actor; name: string; reason: string },
): Promise<{ id: string }> {
  return propose(tx, ctx, { command: OPEN_SWITCH, actor, subjectId: name, parameters: {}, reason });
}

async function set(
  tx: Tx,
  name: string,
  to: Pick<typeof guardSwitch.$inferSelect, 'isStopped' | 'reason' | 'changedBy'>,
): Promise<void> {
  await tx
    .update(guardSwitch)
    .set({ ...to, changedAt: sql`reactor.now()` })
    .where(eq(guardSwitch.name, name));
}

/** What recovery turned off, recovery alone turns on: people would let money move past acts that are not known here. */
function assertPeoples(name: string): void {
  if (name !== RECOVERY_SWITCH) return;
  throw new Refusal({
    code: 'switch_not_peoples',
    status: 409,
    title: 'This switch is not for people',
    detail:
      'It is off while acts of ours are known outside and not here, and kustodia recover opens it. Nothing was changed.',
  });
}

const noSwitch = (name: string) =>
  new Refusal({
    code: 'switch_not_found',
    status: 404,
    title: 'There is no such switch',
    detail: `No switch is called “${name.slice(0, 80)}”. There is all; rail: with juno, chain or the rail of a payout; wallet: with its address; user: with an id. GET /api/v1/guards lists them.`,
  });

const alreadyOpen = (name: string) =>
  new Refusal({
    code: 'switch_open',
    status: 409,
    title: 'This switch is open',
    detail: `“${name}” stops nothing now. Nothing was changed.`,
  });
