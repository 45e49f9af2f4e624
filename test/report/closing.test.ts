/** The closing of a day: made again with the same result, closed when nothing is open, and a changed past is told. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { and, eq, isNull, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { centavos, formatDecimal, money } from '../../src/money/money.ts';
import { databaseNow } from '../../src/reactor/db/client.ts';
import { closedDay, ledgerEntry, reconciliationBreak } from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { totalsOf } from '../../src/reactor/ledger/totals.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { checkDays, isItsTurn } from '../../src/reactor/reconcile/days.ts';
import { KINDS } from '../../src/reactor/reconcile/kinds.ts';
import { closeDays, closingOf } from '../../src/reactor/report/closing.ts';
import { dayOf, nextDay, startOf } from '../../src/reactor/report/day.ts';
import { openDesk } from '../guards/desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let desk: Awaited<ReturnType<typeof openDesk>>;
let server: ServerType;
let ahead_s = 0;
let first: string;
let pending: string;
const breakId = randomUUID();
beforeAll(async () => {
  postgres = await startPostgres();
  desk = await openDesk(await postgres.createDatabase());
  server = serve({ fetch: desk.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  first = dayOf(await databaseNow(desk.db));
  await book('suspense:one', 50_000n);
  pending = await book('suspense:two', 7_000n, 'pending');
  await desk.db.insert(reconciliationBreak).values({
    id: breakId,
    kind: 'account_short',
    currency: 'MXNB',
    ...{ subject: 'account_short:bridge', account: 'bridge', stoppedFor: 0n, nextStep: KINDS.account_short.nextStep },
    ...{ books: 3_000_000n, chain: 1_000_000n, juno: null, shortfall: 2_000_000n, evidence: { block: '7' } },
    ...{ firstSeenAt: startOf(first), lastSeenAt: startOf(first), openedAt: startOf(first) },
  });
  await later(2 * 86_400);
}, 240_000);
afterAll(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  await desk?.close();
  await postgres?.stop();
});

const later = (seconds: number) => {
  ahead_s += seconds;
  return desk.db.execute(
    sql.raw(
      `CREATE OR REPLACE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() + interval ''${ahead_s} seconds'''`,
    ),
  );
};
const book = async (key: string, units: bigint, state: 'posted' | 'pending' = 'posted') => {
  const id = randomUUID();
  await desk.db.transaction((tx) =>
    writeEntry(tx, { id, key, paymentId: null, effectId: null, state, postings: JOURNEY.suspense(centavos(units)) }),
  );
  return id;
};
async function kustodia(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const { port } = server.address() as AddressInfo;
  const environment = { KUSTODIA_URL: `http://127.0.0.1:${port}`, KUSTODIA_API_KEY: desk.keys.operator };
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n'), last: () => JSON.parse(out.at(-1) ?? '') };
}
const NONE: ReadonlySet<string> = new Set();
const SIDES = { at: '2026-11-26T06:00:00.000Z', block: '7', accounts: [] };

test('a business day is one of Mexico City, whatever its distance from UTC was then', () => {
  expect(startOf('2026-11-26').toISOString()).toBe('2026-11-26T06:00:00.000Z');
  // Summer time, which Mexico had until October 2022.
  expect(startOf('2022-07-01').toISOString()).toBe('2022-07-01T05:00:00.000Z');
  fc.assert(
    fc.property(fc.date({ min: new Date('2015-01-02'), max: new Date('2040-01-01'), noInvalidDate: true }), (at) => {
      const day = dayOf(at);
      expect(startOf(day).getTime()).toBeLessThanOrEqual(at.getTime());
      expect(startOf(nextDay(day)).getTime()).toBeGreaterThan(at.getTime());
      expect(dayOf(startOf(day))).toBe(day);
      expect(dayOf(new Date(startOf(nextDay(day)).getTime() - 1))).toBe(day);
    }),
  );
});

test('a day is computed again with the same result, also once what was under way in it has ended', async () => {
  const today = dayOf(await databaseNow(desk.db));
  expect(await closingOf(desk.db, today)).toMatchObject({ state: 'running', closedAt: null, isUnchanged: null });
  await expect(closingOf(desk.db, nextDay(today))).rejects.toThrow();
  const before = await closingOf(desk.db, first);
  expect(before).toMatchObject({ state: 'open', openBreaks: 1 });
  expect(before.figures.moneyIn).toEqual([{ what: 'suspense', count: 1, amount: '500.00' }]);
  expect(before.figures.balances).toContainEqual({
    ...{ account: 'suspense', contract: '', currency: 'MXN', posted: '-500.00', underWay: '-70.00' },
  });
  await desk.db.update(ledgerEntry).set({ state: 'posted' }).where(eq(ledgerEntry.id, pending));
  await book('suspense:three', 900n);
  expect(await closingOf(desk.db, first)).toEqual(before);
  const { figures } = await closingOf(desk.db, today);
  expect(figures.moneyIn).toEqual([{ what: 'suspense', count: 2, amount: '79.00' }]);
});

/** What was missing is there again, and the days that are over are closed. */
const close = async () => {
  const now = await databaseNow(desk.db);
  await desk.db
    .update(reconciliationBreak)
    .set({ closedAt: now, closedBecause: 'the account holds again what the books say' })
    .where(and(eq(reconciliationBreak.id, breakId), isNull(reconciliationBreak.closedAt)));
  await closeDays(desk.ctx, { now, sides: SIDES });
};

test('a day is closed when it is over and no break of it is open, once, and not before', async () => {
  await closeDays(desk.ctx, { now: await databaseNow(desk.db), sides: SIDES });
  expect(await desk.db.$count(closedDay)).toBe(0);
  await close();
  await close();
  const days = await desk.db.select().from(closedDay).orderBy(closedDay.day);
  expect(days.map(({ day }) => day)).toEqual([first, nextDay(first)]);
  // What a day ends with is what the day before ended with and what it changed.
  const { figures } = await closingOf(desk.db, dayOf(await databaseNow(desk.db)));
  const all = await totalsOf(desk.db, {});
  expect(figures.balances.map(({ account, posted }) => [account, posted])).toEqual(
    all.map(({ account, currency, posted }) => [account, formatDecimal(money(currency, posted))]),
  );
  expect(await closingOf(desk.db, first)).toMatchObject({ state: 'closed', isUnchanged: true, hash: days[0]?.hash });
  await expect(desk.db.execute(sql`UPDATE reactor.closed_day SET hash = 'x'`)).rejects.toThrow();
});

test('breaks are listed, shown and noted on; a note changes nothing else', async () => {
  const found = await kustodia('break', 'list', '--status', 'all', '--json');
  expect(found.last()).toMatchObject({
    items: [{ id: breakId, shortfall: '2.00', books: '3.00', chain: '1.00', juno: null }],
  });
  expect((await kustodia('break', 'list', '--kind', 'past_changed')).out).toMatch(/^None\./);
  expect((await kustodia('break', 'list', '--kind', 'nothing')).code).toBe(1);
  expect((await kustodia('break', 'note', breakId, '--note', 'looked at it', '--dry-run')).out).toContain(
    'Nothing was changed',
  );
  expect((await kustodia('break', 'note', breakId, '--note', 'sent 646180157042875763 back')).code).toBe(0);
  const shown = await kustodia('break', 'show', breakId);
  expect(shown.out).toMatch(/missing +2\.00 MXNB/);
  // No CLABE stays in what people write.
  expect(shown.out).toMatch(/note .* sent 646…5763 back/);
  // What people write is for those who read the audit log.
  const byViewer = await (await desk.get(`/api/v1/breaks/${breakId}`, desk.keys.viewer)).text();
  expect(byViewer).toContain('(only for those on duty)');
  expect(byViewer).not.toContain('sent 646');
  expect((await kustodia('break', 'show', randomUUID())).err).toContain('There is no such break');
  const denied = await desk.ask('POST', `/breaks/${breakId}/notes`, { note: 'a viewer notes' }, desk.keys.viewer);
  expect(denied.status).toBe(403);
});

test('the closing is told as JSON, as CSV and as a page, and to nobody without a key', async () => {
  await close();
  const date = first;
  const closing = ['report', 'closing', '--date', date];
  expect((await kustodia(...closing, '--json')).last()).toMatchObject({ day: date, state: 'closed', openBreaks: 0 });
  expect((await kustodia(...closing)).out).toContain(`${date}: closed at `);
  const csv = (await kustodia(...closing, '--csv')).out;
  expect(csv).toContain('"money in","suspense","MXN","1","500.00",""');
  expect((await kustodia(...closing, '--page')).out).toContain(`<h1>Closing of ${date}, Mexico City</h1>`);
  expect((await kustodia('report', 'closing', '--date', 'yesterday')).code).toBe(1);
  for (const path of ['', '/csv', '/page'])
    expect((await desk.app.request(`/api/v1/reports/closing/${date}${path}`)).status).toBe(401);
});

test('each closed day has its hour in eight days, however many there are and whatever look was missed', () => {
  const hour_ms = 3_600_000;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20_000 }),
      fc.array(fc.integer({ min: 60, max: 600 }), { minLength: 200, maxLength: 300 }),
      (ordinal, waits_min) => {
        const day = new Date(ordinal * 86_400_000).toISOString().slice(0, 10);
        const begin = Date.parse('2026-11-26T06:30:00Z');
        let [last, turns] = [begin, [] as number[]];
        for (const wait of waits_min) {
          const now = last + wait * 60_000;
          if (isItsTurn(day, new Date(last), new Date(now))) turns = [...turns, now];
          last = now;
        }
        // A look may come up to ten hours late here.
        const most_ms = (192 + 10) * hour_ms;
        for (const [nth, at] of [...turns, last].entries())
          expect(at - (turns[nth - 1] ?? begin)).toBeLessThanOrEqual(most_ms);
      },
    ),
  );
});

test('a closed day of which the ledger says something else later is told', async () => {
  await close();
  const now = await databaseNow(desk.db);
  expect(await checkDays(desk.ctx, { last: null, now, told: NONE })).toEqual([]);
  expect(await checkDays(desk.ctx, { last: now, now, told: NONE })).toBeNull();
  // What no rule of the database lets anybody do.
  await desk.db.execute(sql`ALTER TABLE reactor.ledger_posting DISABLE TRIGGER USER`);
  await desk.db.execute(
    sql`UPDATE reactor.ledger_posting SET amount = amount * 2 WHERE entry_id = (SELECT id FROM reactor.ledger_entry WHERE key = 'suspense:one')`,
  );
  await desk.db.execute(sql`ALTER TABLE reactor.ledger_posting ENABLE TRIGGER USER`);
  const found = await checkDays(desk.ctx, { last: null, now, told: NONE });
  // That very day, and not those after it: they begin with what it was closed with.
  expect(found).toMatchObject([{ kind: 'past_changed', evidence: { day: first } }]);
  expect(await closingOf(desk.db, first)).toMatchObject({ state: 'closed', isUnchanged: false });

  // Days later it is one of many, and looked at all the same for as long as it is told.
  await later(4 * 86_400);
  await close();
  const longAfter = await databaseNow(desk.db);
  const hours = Array.from({ length: 3 }, (_, n) => new Date(longAfter.getTime() + n * 3_600_000));
  const hour = hours.find((at) => !isItsTurn(first, null, at)) ?? longAfter;
  expect(await checkDays(desk.ctx, { last: null, now: hour, told: NONE })).toEqual([]);
  expect(await checkDays(desk.ctx, { last: null, now: hour, told: new Set([first]) })).toMatchObject([
    { evidence: { day: first } },
  ]);
});
