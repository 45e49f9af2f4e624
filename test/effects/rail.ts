import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import { encodeRedemption } from '../../src/juno/createRedemption.ts';
import { encodeWithdrawal } from '../../src/juno/createWithdrawal.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos, type Money, toMxnb } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import { destination, effect, guardSwitch, hold, lane as laneTable, leg } from '../../src/reactor/db/schema.ts';
import type { Driver } from '../../src/reactor/effects/driver.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { type Lane, withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { withLook } from '../../src/reactor/intake/look.ts';
import { observeTransactions } from '../../src/reactor/intake/transactions.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { BRIDGE, openChain } from '../sandbox/support/chain.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { startSandbox } from '../sandbox/support/sandbox.ts';
import { givePayment, KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { NO_LIMIT } from '../support/no-limit.ts';
import { startPostgres } from '../support/postgres.ts';

export const HOUR_MS = 3_600_000;
/** So long after the first send, what repeated it last in its window would show, and people may give it up. */
export const PAST_MS = HOUR_MS + 16 * 60_000;
export const SWITCHES = ['all', 'rail:juno'];
const BRIDGE_ADDRESS = BRIDGE.address.toLowerCase() as `0x${string}`;

const WEBHOOK = { keys: [], sources: [], trustedHops: 0, ratePerMinute: 1_000, mostUnverifiedPerHour: 1 };

/** A wire to the sandbox that remembers every byte that was written to it. */
async function openRelay(target: URL) {
  let written = '';
  const server = createServer((inside) => {
    const outside = connect(Number(target.port), target.hostname);
    inside.on('data', (bytes) => {
      written += bytes.toString('latin1');
    });
    inside.pipe(outside).pipe(inside);
    inside.on('error', () => outside.destroy());
    outside.on('error', () => inside.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Key and body of each send under this key, in the order in which they were written. */
    sends: (key: string): string[] =>
      written
        .split(/(?=POST \/)/)
        .filter((request) => request.toLowerCase().includes(`x-idempotency-key: ${key}`))
        .map((request) => request.slice(request.indexOf('\r\n\r\n') + 4).replace(/GET \/[\s\S]*$/, '')),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A real Postgres and a real sandbox over HTTP, and a reactor's context that reaches it through the relay. */
export async function openRail() {
  const [postgres, chain] = await Promise.all([startPostgres(), openChain()]);
  const databaseUrl = await postgres.createDatabase();
  const [db, sandbox] = await Promise.all([openTestDatabase(databaseUrl), startSandbox(chain)]);
  const relay = await openRelay(new URL(sandbox.url));
  await sandbox.deposit('1000000.00');
  const juno = (timeout_ms: number) => clientAt(relay.url, { timeout_ms });
  // The rest of a context is for other parts; touching it here would throw.
  const context = ({ juno: door = juno(20_000), ...given }: Partial<Context> = {}) =>
    ({
      db,
      juno: door,
      bankAccounts: openBankAccounts({ juno: door, monotonic: () => performance.now() }),
      bitso: null,
      junoLimit: NO_LIMIT,
      settings: {
        keySecret: KEY_SECRET,
        junoReplayWindow_ms: HOUR_MS,
        bridge: BRIDGE_ADDRESS,
        bridgesBefore: [],
        junoWebhook: WEBHOOK,
      },
      queue: memoryQueue(),
      log: pino({ level: 'silent' }),
      now: () => new Date(),
      monotonic: () => performance.now(),
      newId: randomUUID,
      holder: `holder-${randomUUID()}`,
      ...given,
    }) as unknown as Context;

  return {
    db,
    databaseUrl,
    chain,
    sandbox,
    relay,
    context,
    /** A context whose calls give up after so long: the answer is lost, the act is not. */
    impatient: () => context({ juno: juno(1_500) }),
    fault: async (name: string, endpoint: string, more: object = {}): Promise<void> => {
      const { status, text } = await sandbox.admin('POST', '/faults', { name, endpoint, ...more });
      if (status >= 300) throw new Error(`the fault was not armed: ${text}`);
    },
    /** What Juno has of one type and amount. */
    at: async (type: string, amount: Money<'MXN'>): Promise<{ id: string }[]> => {
      await withLook(context(), (look) => observeTransactions(context(), look));
      const { rows } = await db.execute<{ id: string }>(
        sql`SELECT id FROM reactor.juno_transaction WHERE type = ${type} AND amount_units = ${amount.units.toString()}::numeric`,
      );
      return rows;
    },
    close: async () => {
      await relay.close();
      await sandbox.stop();
      await chain.close();
      await db.$client.end();
      await postgres.stop();
    },
  };
}
export type Rail = Awaited<ReturnType<typeof openRail>>;

let last = 10_000n;
const STEP = 137n;

/** A payment with one recorded effect of an amount of its own, unless told, and what a reactor may do with it. */
export async function givenEffect(
  rail: Rail,
  kind: 'juno_withdrawal' | 'juno_redemption' | 'bitso_payout' = 'juno_withdrawal',
  { amount: told }: { amount?: Money<'MXN'> } = {},
) {
  const { db } = rail;
  last += STEP;
  const amount = told ?? centavos(last);
  const payment = await givePayment(db, { amount: amount.units });
  const name = `payment:${payment.paymentId}`;
  const [owner] = await db.select().from(leg).where(eq(leg.id, payment.legId));
  const bankAccountId = kind === 'juno_redemption' ? await rail.sandbox.registerBankAccount('646180157042875763') : '';
  if (bankAccountId)
    await db
      .update(destination)
      .set({ junoAccountId: bankAccountId })
      .where(eq(destination.id, owner?.destinationId ?? ''));
  const bodies = {
    juno_withdrawal: () => encodeWithdrawal({ amount: toMxnb(amount), address: BRIDGE_ADDRESS, amountAs: 'text' }),
    juno_redemption: () => encodeRedemption({ amount, bankAccountId, amountAs: 'text' }),
    bitso_payout: () =>
      encodeBitsoWithdrawal({
        amount,
        originId: payment.legId,
        beneficiary: 'Ana Ruiz',
        clabe: parseClabe('646180157042875763'),
        concept: 'Renta',
      }),
  };
  const inLane = async <T>(ctx: Context, work: (lane: Lane) => Promise<T>): Promise<T> => {
    const result = await withLane({ db, holder: ctx.holder }, name, work);
    if (result === 'busy') throw new Error(`${name} is busy`);
    return result;
  };
  const record = (ctx: Context, attempt = 1) =>
    inLane(ctx, (lane) =>
      db.transaction((tx) =>
        recordEffect(tx, ctx, lane, {
          subjectKind: 'leg',
          subjectId: payment.legId,
          kind,
          attempt,
          paymentId: payment.paymentId,
          request: {
            body: bodies[kind](),
          },
          amount: kind === 'juno_withdrawal' ? toMxnb(amount) : amount,
          switches: SWITCHES,
          outgoing: null,
          postings: null,
        }),
      ),
    );
  const id = await record(rail.context());
  const row = async (effectId = id) => {
    const [found] = await db.select().from(effect).where(eq(effect.id, effectId));
    if (!found) throw new Error('no effect');
    return found;
  };
  return {
    ...payment,
    amount,
    name,
    id,
    key: (await row()).key,
    row,
    record,
    send: (ctx: Context, driver: Driver = driverOf(kind)) =>
      inLane(ctx, (lane) => sendEffect(ctx, lane, driver, id, { switches: SWITCHES })),
    /** As the machine does while something forbids to write. */
    look: (ctx: Context) => inLane(ctx, (lane) => sendEffect(ctx, lane, driverOf(kind), id, { mayWrite: false })),
    /** Lets the holder's lease end now, as if it had been away for it. */
    endLease: () =>
      db
        .update(laneTable)
        .set({ heldUntil: sql`clock_timestamp() - interval '1 second'` })
        .where(eq(laneTable.name, name)),
    /** As if the first send had been this long ago. */
    age: (ms: number) =>
      db
        .update(effect)
        .set({ firstSentAt: sql`first_sent_at - ${ms} * interval '1 millisecond'` })
        .where(eq(effect.id, id)),
    open: async (what: 'hold' | 'dispute') => {
      const holdId = randomUUID();
      const reasonCode = 'drill';
      await db.insert(hold).values({
        id: holdId,
        paymentId: payment.paymentId,
        kind: what,
        reasonCode,
        sentence: 'a drill',
        owner: 'support',
      });
      return () => db.update(hold).set({ closedAt: sql`clock_timestamp()` }).where(eq(hold.id, holdId));
    },
    throwSwitch: async (switchName = 'rail:juno') => {
      const set = (isStopped: boolean) =>
        db.update(guardSwitch).set({ isStopped, reason: 'a drill' }).where(eq(guardSwitch.name, switchName));
      await set(true);
      return () => set(false);
    },
  };
}
export type GivenEffect = Awaited<ReturnType<typeof givenEffect>>;
