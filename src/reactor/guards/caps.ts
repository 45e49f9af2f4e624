/** What may leave at most: as it stands, what of it is used, and how people change it. */
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, compare, formatDecimal, formatMoney, type Money } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { cap, capLimit } from '../db/schema.ts';
import { type Actor, audit } from '../people/audit.ts';
import { erasedClabe, isErasedClabe } from '../people/erased.ts';
import { Refusal } from '../people/refusal.ts';
import type { Settings } from '../settings.ts';
import { awaitIntents, GuardClosedError } from './check.ts';
import { CAP_NAMES, type CapName, type Limit, parseLimit, pesosOf, printLimit } from './limit.ts';

type CapSettings = Pick<Settings, 'caps' | 'mxnPerUdi'>;

/** The limits in force: what people set, else the setting that the database began with. */
async function readLimits(db: Pick<Tx, 'select'>, { caps }: CapSettings): Promise<Record<CapName, Limit>> {
  const rows = await db.select().from(capLimit);
  const set = Object.fromEntries(rows.map(({ name, hundredths, unit }) => [name, { hundredths, unit }]));
  return { ...caps, ...set };
}

function inPesos(name: CapName, limit: Limit, { mxnPerUdi }: CapSettings): Money<'MXN'> {
  const pesos = pesosOf(limit, mxnPerUdi);
  if (pesos) return pesos;
  throw new GuardClosedError(
    'rate_missing',
    `The cap “${name}” is ${printLimit(limit)}, and MXN_PER_UDI does not say what that is in pesos; what is not known counts as closed.`,
  );
}

type Counting = Readonly<{ settings: CapSettings & Pick<Settings, 'keySecret'> }>;
type Row = Readonly<{ name: string; of: string; limit: Money<'MXN'> }>;

/**
 * Takes what an effect of a leg lets out from each cap: of the day (UTC, by the database's clock), of the user whose account it is and
 * of the account, whoever else says that it is theirs, and of one payment. Answers the rows in which it is counted, in the order in
 * which everybody locks them; it is given back there if the effect comes to nothing. A limit that was lowered below what has left
 * already stops at that. Throws a GuardClosedError.
 */
export async function reserveCaps(
  tx: Tx,
  { settings }: Counting,
  legId: string,
  outgoing: Money<'MXN'>,
): Promise<string[]> {
  const rows = await rowsOver(tx, settings, legId);
  for (const row of rows) await reserve(tx, row, outgoing);
  return rows.map(({ name }) => name);
}

/**
 * Asks the caps once more, before what is counted in `counted` is sent or repeated: as they are now, and of today. What was counted in
 * a day that is over is counted today instead. Answers the rows in which it is counted from now on. Throws a GuardClosedError.
 */
export async function assertCaps(
  tx: Tx,
  { settings }: Counting,
  legId: string,
  outgoing: Money<'MXN'>,
  counted: readonly string[],
): Promise<string[]> {
  const rows = await rowsOver(tx, settings, legId);
  const names = rows.map(({ name }) => name);
  if (names.every((name) => counted.includes(name))) {
    for (const row of rows) await assertRoom(tx, row, outgoing);
    return [...counted];
  }
  for (const name of counted)
    await tx.execute(
      sql`UPDATE reactor.cap SET used_centavos = used_centavos - ${outgoing.units.toString()} WHERE name = ${name}`,
    );
  for (const row of rows) await reserve(tx, row, outgoing);
  return names;
}

/** The rows in which what a leg lets out today is counted, after the payment itself was asked. Throws a GuardClosedError. */
async function rowsOver(tx: Tx, settings: Counting['settings'], legId: string): Promise<Row[]> {
  const limits = await readLimits(tx, settings);
  const { rows } = await tx.execute<{ amount: string; day: string; user: string; clabe: string }>(sql`
    SELECT p.amount_centavos::text AS amount, 'payouts:' || to_char(reactor.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, d.user_id AS user, d.clabe
    FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id JOIN reactor.destination d ON d.id = l.destination_id
    WHERE l.id = ${legId}`);
  const [of] = rows;
  if (!of) throw new Error(`no leg ${legId}`);
  const most = inPesos('payment', limits.payment, settings);
  if (BigInt(of.amount) > most.units)
    throw new GuardClosedError('payment_cap', `The payment is over ${formatMoney(most)}, the most that one may be.`);
  const [ofDay, ofUser] = [inPesos('day', limits.day, settings), inPesos('user_day', limits.user_day, settings)];
  // Nobody reads the CLABE off its row, which outlives it.
  const account = isErasedClabe(of.clabe) ? of.clabe : erasedClabe(settings.keySecret, of.clabe);
  const user = `${of.day}:user:${of.user}`;
  return [
    { name: of.day, of: of.day, limit: ofDay },
    { name: user, of: user, limit: ofUser },
    { name: `${of.day}:account:${account}`, of: 'user_day of this account, whoever’s it is', limit: ofUser },
  ];
}

async function reserve(tx: Tx, { name, of, limit }: Row, amount: Money<'MXN'>): Promise<void> {
  await tx.execute(sql`
    INSERT INTO reactor.cap AS c (name, used_centavos, limit_centavos) VALUES (${name}, 0, ${limit.units.toString()})
    ON CONFLICT (name) DO UPDATE SET limit_centavos = greatest(c.used_centavos, excluded.limit_centavos)`);
  const reserved = await tx.execute(
    sql`UPDATE reactor.cap SET used_centavos = used_centavos + ${amount.units.toString()} WHERE name = ${name} AND used_centavos + ${amount.units.toString()} <= limit_centavos`,
  );
  if (reserved.rowCount !== 1) throw noRoom(of, amount);
}

/** What is counted already has its room as long as all that is counted has: a limit that was lowered below that stops what is unsent. */
async function assertRoom(tx: Tx, { name, of, limit }: Row, amount: Money<'MXN'>): Promise<void> {
  const [row] = await tx.select({ used: cap.used }).from(cap).where(eq(cap.name, name));
  if (!row || row.used > limit.units) throw noRoom(of, amount);
}

const noRoom = (of: string, amount: Money<'MXN'>) =>
  new GuardClosedError('cap', `The cap “${of}” leaves no room for ${formatMoney(amount)}.`);

/**
 * Refuses a payment that could never be paid out, and terms by which one could be made; `field` is where its amount was given. Throws
 * a Refusal `over_cap`.
 */
export async function assertWithinCaps(
  tx: Tx,
  { settings }: { settings: CapSettings },
  amount: Money<'MXN'>,
  field: 'amount' | 'maximum' = 'amount',
): Promise<void> {
  const limits = await readLimits(tx, settings);
  for (const name of CAP_NAMES) {
    const pesos = pesosOf(limits[name], settings.mxnPerUdi);
    if (!pesos || compare(amount, pesos) > 0) throw overCap(name, limits[name], pesos, field);
  }
}

/** The most that one payout may be as the caps stand, whatever has left today; null while no rate says what one of them is. */
export async function mostOfOne(db: Pick<Tx, 'select'>, settings: CapSettings): Promise<Money<'MXN'> | null> {
  const limits = await readLimits(db, settings);
  const pesos = CAP_NAMES.map((name) => pesosOf(limits[name], settings.mxnPerUdi)).filter((one) => one !== null);
  if (pesos.length < CAP_NAMES.length) return null;
  return pesos.reduce((least, one) => (compare(one, least) < 0 ? one : least));
}

/** Each cap with what of it is used today, and when and by whom it was set. */
export async function listCaps(db: Db, settings: CapSettings) {
  const limits = await readLimits(db, settings);
  const rows = await db.select().from(capLimit);
  const { rows: used } = await db.execute<{ name: string; used: string }>(sql`
    SELECT name, used_centavos::text AS used FROM reactor.cap
    WHERE name LIKE 'payouts:' || to_char(reactor.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '%' AND name NOT LIKE '%:account:%' ORDER BY used_centavos DESC LIMIT 101`);
  const house = used.find(({ name }) => !name.includes(':user:'));
  return CAP_NAMES.map((name) => {
    const set = rows.find((row) => row.name === name);
    const pesos = pesosOf(limits[name], settings.mxnPerUdi);
    return {
      name,
      limit: printLimit(limits[name]),
      /** Null: no rate says what it is, so it is closed. */
      limitPesos: pesos && formatDecimal(pesos),
      usedToday: name === 'day' ? formatDecimal(centavos(BigInt(house?.used ?? 0))) : null,
      /** Of those who were paid most today, at most 100. */
      usedByUser:
        name === 'user_day'
          ? used.flatMap(({ name: row, used: part }) => {
              const [, userId] = row.split(':user:');
              return userId ? [{ userId, usedToday: formatDecimal(centavos(BigInt(part))) }] : [];
            })
          : [],
      changedBy: set?.changedBy ?? null,
      changedAt: set?.changedAt.toISOString() ?? null,
    };
  });
}

const RAISE = z.strictObject({ limit: z.string() });

/** Lets more leave than before. */
export const RAISE_CAP: FourEyesCommand<typeof RAISE> = {
  name: 'guard raise-cap',
  subjectKind: 'cap',
  parameters: RAISE,
  check: async (_ctx, { subjectId, parameters }) => {
    capOf(subjectId);
    parseLimit(parameters.limit);
  },
  lane: async () => null,
  execute: (tx, _ctx, { subjectId, parameters, proposalId }) =>
    writeLimit(tx, capOf(subjectId), parseLimit(parameters.limit), `proposal ${proposalId}`),
  wakes: async () => [],
};

/**
 * Lowers a cap at once, or proposes to raise it: that needs a second person, and so does what nobody can tell to be lower. Throws a Refusal `cap_not_found`, `already_proposed`.
 */
export async function changeCap(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  { actor, name, limit, reason }: { actor: Actor; name: string; limit: Limit; reason: string },
): Promise<{ name: CapName; limit: string; proposal: string | null }> {
  const changed = capOf(name);
  const now = (await readLimits(tx, ctx.settings))[changed];
  const shown = { name: changed, limit: printLimit(limit) };
  if (!isLower(limit, now, ctx.settings)) {
    const parameters = { limit: shown.limit };
    const { id } = await propose(tx, ctx, { command: RAISE_CAP, actor, subjectId: changed, parameters, reason });
    return { ...shown, proposal: id };
  }
  await writeLimit(tx, changed, limit, actor.name);
  await audit(tx, {
    actor,
    command: 'guard lower-cap',
    subject: `cap:${changed}`,
    reason,
    detail: { limit: shown.limit },
  });
  return { ...shown, proposal: null };
}

/** Whether a limit lets no more leave than another, whatever a UDI will be worth. */
function isLower(limit: Limit, than: Limit, { mxnPerUdi }: CapSettings): boolean {
  if (limit.hundredths === 0n) return true;
  if (limit.unit === than.unit) return limit.hundredths <= than.hundredths;
  const [then, now] = [pesosOf(limit, mxnPerUdi), pesosOf(than, mxnPerUdi)];
  return then !== null && now !== null && compare(then, now) <= 0;
}

/** Behind every intent that is under way: each later one, and each later send, asks for what is written here. */
async function writeLimit(tx: Tx, name: CapName, { hundredths, unit }: Limit, changedBy: string): Promise<void> {
  await awaitIntents(tx);
  const row = { hundredths, unit, changedBy, changedAt: sql`reactor.now()` };
  await tx
    .insert(capLimit)
    .values({ name, ...row })
    .onConflictDoUpdate({ target: capLimit.name, set: row });
}

function capOf(name: string): CapName {
  const found = CAP_NAMES.find((one) => one === name);
  if (found) return found;
  throw new Refusal({
    code: 'cap_not_found',
    status: 404,
    title: 'There is no such cap',
    detail: `The caps are ${CAP_NAMES.join(', ')}. Nothing was changed.`,
  });
}

const overCap = (name: CapName, limit: Limit, pesos: Money<'MXN'> | null, field: string) =>
  new Refusal({
    code: 'over_cap',
    status: 422,
    title: 'The amount is over what may leave',
    detail: pesos
      ? `No payment can be larger than the cap “${name}”, which is ${formatMoney(pesos)}: it could never be paid out. Nothing was created.`
      : `The cap “${name}” is ${printLimit(limit)} and MXN_PER_UDI is not set, so nothing can be paid out. Nothing was created.`,
    errors: [{ field, message: pesos ? `is over ${formatMoney(pesos)}` : 'cannot be compared with the cap' }],
  });
