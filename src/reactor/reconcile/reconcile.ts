/** Continuous reconciliation: what each side says is compared again and again, and what nothing explains becomes a break. */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { databaseNow } from '../db/client.ts';
import { guardSwitch, junoTransaction, reconciliationBreak } from '../db/schema.ts';
import { assertLane, type Lane, withLane } from '../effects/lane.ts';
import { contractSwitch, walletSwitch } from '../guards/scope.ts';
import { throwSwitch } from '../guards/switches.ts';
import { writeMarks } from '../intake/record.ts';
import { storeDetail } from '../intake/transactions.ts';
import { describeError } from '../log.ts';
import type { Actor } from '../people/audit.ts';
import { closeDays, SIDES_MARK } from '../report/closing.ts';
import type { SidesOfDay } from '../report/shapes.ts';
import { checkDays } from './days.ts';
import { type Finding, idOf } from './finding.ts';
import { type Judged, judge, type Suspects } from './judge.ts';
import { KINDS, type Side } from './kinds.ts';
import { findingsOf, type Switches, sidesOfLook } from './look.ts';
import { MARK, type Mark, printMark, readLast } from './mark.ts';
import { type KnownIds, readBooks } from './read-books.ts';
import { type KnownTransfer, readChain } from './read-chain.ts';
import { readBitso, readPool } from './read-juno.ts';

/** Who throws a switch for a shortfall that stays. */
export const RECONCILER: Actor = { id: 'reactor', name: 'reconciliation', role: 'operator' };

/** Of each look; each costs a call. */
const MOST_DETAILS = 10;

type Row = typeof reconciliationBreak.$inferSelect;

/**
 * One look by one process: asks the chain, Juno and Bitso, then reads the books, compares, and writes down what changed. It pays nothing,
 * and nothing outside is asked within a transaction. A side that does not answer is not compared, and closes nothing. Answers `busy` when
 * another process looks.
 */
export async function reconcile(ctx: Context): Promise<'busy' | 'done'> {
  return withLane(ctx, 'reconcile:all', (lane) => look(ctx, lane));
}

async function look(ctx: Context, lane: Lane): Promise<'done'> {
  const { db, settings } = ctx;
  const { bounds } = settings.reconcile;
  const asked = await databaseNow(db);
  const mark = await readLast(db, asked);
  const open = await db.select().from(reconciliationBreak).where(isNull(reconciliationBreak.closedAt));

  const heard = <T>(side: Side, ask: () => Promise<T>): Promise<T | null> =>
    ask().catch((error) => unread(ctx, side, error));
  const contracts = await contractsOf(ctx);
  const chain = await heard('chain', () =>
    readChain(ctx, {
      since: mark.block,
      begin: mark.begin,
      known: knownTransfers(open, mark.suspects),
      contracts,
      now: asked,
    }),
  );
  const pool = await heard('juno', () => readPool(ctx));
  const bitso = ctx.bitso === null ? null : await heard('bitso', () => readBitso(ctx));
  const ids = knownIds(open, mark);
  await readWhere(ctx, ids.acts);
  const books = await readBooks(db, {
    ...{ mark, asked, overdue_ms: bounds.overdue_ms, lost: chain?.lost ?? [] },
    known: ids,
  });
  const told = new Set(known(open, mark.suspects, ['past_changed']).keys());
  const days = await checkDays(ctx, { last: mark.days, now: books.now, told });

  const read = new Set<Side>(['books']);
  if (chain !== null) read.add('chain');
  if (pool !== null) read.add('juno');
  if (bitso !== null) read.add('bitso');
  if (days !== null) read.add('days');
  const lastRead = {
    chain: chain === null ? mark.read.chain : asked,
    juno: pool === null ? mark.read.juno : asked,
    ...(ctx.bitso === null ? {} : { bitso: bitso === null ? (mark.read.bitso ?? asked) : asked }),
  };
  const seen = {
    ...{ books, chain, pool, bitso, lastRead, bounds },
    ...{ escrow: settings.escrow, switches: switchesOf(ctx) },
  };
  const { findings, explained } = findingsOf(seen);
  const judged = judge({
    ...{ now: books.now, bounds, read, explained, suspects: mark.suspects },
    findings: [...findings, ...(days ?? [])],
    open: open.map(({ id, kind, subject, paymentId, firstSeenAt, stoppedFor }) => ({
      ...{ id, kind, subject, paymentId, firstSeen: firstSeenAt, stoppedFor },
    })),
  });
  const sides = { at: books.now.toISOString(), ...sidesOfLook(seen) };
  await write(
    ctx,
    lane,
    judged,
    books.now,
    {
      ...{ until: books.settled.until, totals: [...books.settled.totals] },
      ...{ observation: books.observation, explained: [...books.explained] },
      ...{
        block: chain?.until ?? mark.block,
        begin: mark.begin ?? chain?.until ?? null,
        read: lastRead,
        suspects: judged.suspects,
      },
      days: days === null ? mark.days : books.now,
    },
    sides,
  );
  await stop(ctx, judged);
  await closeDays(ctx, { now: books.now, sides });
  return 'done';
}

function unread({ log }: Context, side: Side, error: unknown): null {
  log.warn(
    { event: 'not_reconciled', side, error: describeError(error) },
    `${side} could not be read to be compared; it is asked again, and is a break if that lasts`,
  );
  return null;
}

/**
 * Asks Juno where the acts went that a look before this one found and no list tells it of: which send made one is known by that. What is not
 * answered is asked for by the next look.
 */
async function readWhere(ctx: Context, acts: readonly string[]): Promise<void> {
  if (acts.length === 0) return;
  const untold = await ctx.db
    .select({ id: junoTransaction.id })
    .from(junoTransaction)
    .where(
      and(
        inArray(junoTransaction.id, [...acts]),
        inArray(junoTransaction.type, ['REDEMPTION', 'CRYPTO_WITHDRAWAL']),
        eq(junoTransaction.isDetailed, false),
      ),
    )
    .limit(MOST_DETAILS);
  for (const { id } of untold) await storeDetail(ctx, id).catch((error) => unread(ctx, 'juno', error));
}

const switchesOf = ({ settings }: Context): Switches => ({
  wallet: walletSwitch(settings.bridge),
  juno: 'rail:juno',
  bitso: ['rail:bitso_spei', 'rail:bitso_transfer'],
  contract: contractSwitch,
});

/** The contracts of the settings. Of one that the books name and the settings do not the reactor would not have started. */
const contractsOf = async ({ chain }: Context): Promise<string[]> =>
  chain.escrows.map(({ address }) => address.toLowerCase());

/** The subjects that are open or suspected, by kind: what they are of, and since when. */
function known(open: readonly Row[], suspects: Suspects, kinds: readonly string[]): Map<string, Date> {
  const all = [
    ...open.map(({ subject, firstSeenAt }) => [subject, firstSeenAt] as const),
    ...Object.entries(suspects).map(([subject, since]) => [subject, new Date(since)] as const),
  ];
  return new Map(
    all
      .filter(([subject]) => kinds.includes(subject.slice(0, subject.indexOf(':'))))
      .map(([subject, at]) => [idOf(subject), at]),
  );
}

const knownIds = (open: readonly Row[], { suspects, explained }: Mark): KnownIds => ({
  acts: [...known(open, suspects, ['juno_act_without_effect', 'credit_not_booked']).keys(), ...explained],
  entries: [...known(open, suspects, ['posting_without_evidence']).keys()],
  payments: [...known(open, suspects, ['books_differ']).keys()],
});

/** Those of open breaks as they were told; those that are only suspected are in the indexer or are gone. */
function knownTransfers(open: readonly Row[], suspects: Suspects): KnownTransfer[] {
  const rows = new Map(open.map((row) => [idOf(row.subject), row]));
  const kinds = ['transfer_without_effect', 'unclaimed_transfer'];
  return [...known(open, suspects, kinds)].map(([id, since]) => {
    const row = rows.get(id);
    const [, txHash = '', logIndex = '0'] = id.split(':');
    const { from = '', to = '', block = '0' } = row?.evidence ?? {};
    return {
      since,
      transfer: {
        ...{ id, txHash, from, to, since, account: row?.account ?? 'bridge', units: row?.chain ?? 0n },
        ...{ block: BigInt(block), logIndex: Number(logIndex) },
        direction: row?.kind === 'transfer_without_effect' ? 'out' : 'in',
      },
    };
  });
}

/** All that a look changed, in one transaction. */
async function write(
  ctx: Context,
  lane: Lane,
  { opened, stayed, closed }: Judged,
  now: Date,
  mark: Mark,
  sides: SidesOfDay,
): Promise<void> {
  const { db, log } = ctx;
  const shown = ({ sums, shortfall, evidence, kind }: Finding) => ({
    ...sums,
    ...{ shortfall, evidence, nextStep: KINDS[kind].nextStep, lastSeenAt: now },
  });
  await db.transaction(async (tx) => {
    await assertLane(tx, lane);
    for (const { finding, firstSeen } of opened) {
      const { kind, subject, account, paymentId, currency } = finding;
      await tx.insert(reconciliationBreak).values({
        ...{ id: ctx.newId(), kind, subject, account, paymentId, currency, firstSeenAt: firstSeen, openedAt: now },
        ...shown(finding),
        stoppedFor: 0n,
      });
    }
    for (const { open, finding } of stayed)
      await tx.update(reconciliationBreak).set(shown(finding)).where(eq(reconciliationBreak.id, open.id));
    for (const { open, because } of closed)
      await tx
        .update(reconciliationBreak)
        .set({ closedAt: now, closedBecause: because })
        .where(eq(reconciliationBreak.id, open.id));
    await writeMarks({ db: tx as unknown as Context['db'] }, [
      { name: MARK, at: now, detail: printMark(mark) },
      { name: SIDES_MARK, at: now, detail: sides },
    ]);
  });
  for (const { finding } of opened)
    log.error(
      { event: 'break_opened', kind: finding.kind, subject: finding.subject, ...forWhom(finding) },
      `Books, chain and Juno do not agree (${finding.account}). ${KINDS[finding.kind].nextStep}`,
    );
  for (const { open, because } of closed)
    log.warn(
      { event: 'break_closed', kind: open.kind, subject: open.subject, ...forWhom(open) },
      `A break is over: ${because}.`,
    );
}

const forWhom = ({ paymentId }: { paymentId: string | null }) => (paymentId === null ? {} : { payment: paymentId });

/**
 * Throws the switches over what is short and stays so. One that is off stays as whoever threw it left it, and is thrown when it is opened
 * while the break is there and has stopped nothing yet.
 */
async function stop({ db, log }: Context, { opened, stayed }: Judged): Promise<void> {
  const due = [...opened, ...stayed].filter(({ stops }) => stops);
  for (const { finding } of due) {
    const { subject, shortfall, account } = finding;
    const reason = `reconciliation: ${account} is short, break ${subject}`.slice(0, 200);
    await db.transaction(async (tx) => {
      const there = await tx
        .select({ name: guardSwitch.name })
        .from(guardSwitch)
        .where(and(inArray(guardSwitch.name, [...finding.switches]), eq(guardSwitch.isStopped, false)));
      if (there.length === 0) return;
      for (const { name } of there) await throwSwitch(tx, { actor: RECONCILER, name, reason });
      await tx
        .update(reconciliationBreak)
        .set({
          stoppedFor: shortfall,
          stopped: sql`(SELECT array_agg(DISTINCT s) FROM unnest(${reconciliationBreak.stopped} || ${sql.param(there.map(({ name }) => name))}::text[]) s)`,
        })
        .where(and(eq(reconciliationBreak.subject, subject), isNull(reconciliationBreak.closedAt)));
      log.error({ event: 'stopped_by_reconciliation', subject, switches: there.map(({ name }) => name) }, reason);
    });
  }
}
