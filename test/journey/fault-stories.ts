import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Rail } from '../../src/local/api.ts';
import { CALLS, type Call, type Cell, OF_RETURNS, type Subject } from './fault-calls.ts';
import type { Asked, FaultWorld, Place } from './fault-world.ts';

/** Of what is under way at once, so much is watched; what waits for a person waits long. */
const AT_ONCE = 50;
/** An outage of minutes, in which the breaker has opened as far as it does. */
export const OUTAGE_MS = 130_000;
const LEAST_LEVEL = 5;
/** Juno was left alone: less than a call a second got through to it. */
const MOST_CALLS = OUTAGE_MS / 1_000;
const LOOK_MS = 20;

const NOBODY: Subject = { amount: '', clabe: '' };

const RAILS: Partial<Record<Call, Rail>> = {
  payAtBitso: 'bitso_spei',
  transferAtBitso: 'bitso_transfer',
  listAtBitso: 'bitso_spei',
  listRefundsAtBitso: 'bitso_spei',
};

/** A cell and the payment that was struck. */
export type Struck = Readonly<{ cell: Cell; payment: Asked }>;

/** One payment whose call is struck, followed until it ends. */
export async function strikePayment(
  here: FaultWorld,
  cell: Cell,
  { ms, whenStruck }: { ms?: number; whenStruck?: () => void } = {},
): Promise<Struck> {
  const planned = here.next(RAILS[cell.call] ?? 'bank_redemption');
  const isOfReturns = OF_RETURNS.includes(cell.call);
  // No webhook tells of it, so that it waits for the list indeed.
  if (CALLS[cell.call].endpoint.startsWith('GET')) await here.silence(planned);
  if (!isOfReturns) await here.arm(cell, planned, ms);
  const payment = await here.ask(planned);
  await here.deposit(payment);
  let subject: Subject = planned;
  if (isOfReturns) {
    const payoutId = await here.payoutOf(payment);
    subject = { ...planned, payoutId };
    await here.arm(cell, subject, ms);
    await here.giveBack(payoutId);
  }
  await here.isStruck(cell, subject);
  whenStruck?.();
  await here.hasEnded(payment, cell);
  return { cell, payment };
}

/** Strikes many payments, each by its own fault, a number of them under way at once. */
export async function strikePayments(here: FaultWorld, cells: readonly Cell[]): Promise<Struck[]> {
  const isLong = ({ call }: Cell) => OF_RETURNS.includes(call);
  const left = cells.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
  const struck: Struck[] = [];
  const work = async () => {
    for (let cell = left.shift(); cell; cell = left.shift()) struck.push(await strikePayment(here, cell));
  };
  await together(Array.from({ length: AT_ONCE }, work));
  return struck;
}

/**
 * An outage, short, of everything: one payment after another comes to the call at which it begins, for a send without a key that
 * meets the outage of another would be lost as well. What then waits for a person waits while the next ones go on.
 */
export async function strikeInTurn(here: FaultWorld, cells: readonly Cell[]): Promise<Struck[]> {
  const ends: Promise<Struck>[] = [];
  for (const cell of cells) {
    const { promise: isStruck, resolve } = Promise.withResolvers<void>();
    const end = strikePayment(here, cell, { whenStruck: resolve });
    ends.push(end);
    await Promise.race([isStruck, end]);
    await here.isUp();
  }
  await together(ends);
  return Promise.all(ends);
}

/** A user at whose CLABE a call is struck, and what became of it. Where the fault loses no answer, another one does: then it is looked for. */
export async function strikeUser(here: FaultWorld, cell: Cell): Promise<string> {
  if (cell.call === 'listClabes')
    await here.arm({ fault: 'connection_reset_after_success', call: 'createClabe' }, NOBODY);
  await here.arm(cell, NOBODY);
  const user = await here.createUser();
  await here.isStruck(cell, NOBODY);
  return here.clabeOf(user);
}

/** Nothing is made, and nothing is asked for again: such a user would take the next CLABE that is made and lost, so those come last. */
const isLost = ({ fault, call }: Cell) => call === 'createClabe' && /_before$|^outage$/.test(fault);

/** One user after another, for nothing in a request for a CLABE says whose it is. */
export async function strikeUsers(here: FaultWorld, cells: readonly Cell[]): Promise<[Cell, string][]> {
  const words: [Cell, string][] = [];
  for (const cell of cells.filter((one) => !isLost(one))) words.push([cell, await strikeUser(here, cell)]);
  for (const cell of cells.filter(isLost)) words.push([cell, await strikeUser(here, cell)]);
  return words;
}

/**
 * Two minutes and more in which all is answered with 502. It begins at a withdrawal, which has a key; in it a CLABE is asked for,
 * which has none, and a deposit arrives, which only the list shows: each of the two calls is struck by the same outage. `end`: when
 * both payments have ended.
 */
export async function sitOutOutage(
  here: FaultWorld,
): Promise<{ struck: Struck[]; users: [Cell, string][]; end: Promise<void> }> {
  const withdraw: Cell = { fault: 'outage', call: 'withdraw' };
  const listDeposits: Cell = { fault: 'outage', call: 'listDeposits' };
  const createClabe: Cell = { fault: 'outage', call: 'createClabe' };
  const planned = here.next('bank_redemption');
  await here.arm(withdraw, planned, OUTAGE_MS);
  const [one, other] = [await here.ask(planned), await here.ask(here.next('bank_redemption'))];
  for (const payment of [one, other]) await here.isRegistered(payment);
  await here.deposit(one);
  while ((await here.outage_ms()) === 0) await delay(LOOK_MS);
  const began = performance.now();
  await here.armForNext(createClabe);
  const [user] = await Promise.all([here.createUser(), here.deposit(other)]);
  // Each look from now on would have shown the deposit, so that the next one is this payment's.
  await here.armForNext(listDeposits);
  for (const cell of [createClabe, listDeposits]) await here.isNextStruck(cell);
  await here.until('the breaker has opened for longer each time', async () => {
    const breaker = await here.breaker();
    return breaker?.reason === 'failing' && breaker.level >= LEAST_LEVEL;
  });
  expect((await here.places()).get(other.id)?.state).toBe('requested');
  await here.isUp();
  expect(performance.now() - began).toBeGreaterThan(OUTAGE_MS * 0.9);
  expect(await here.answeredAll(502)).toBeLessThan(MOST_CALLS);

  return {
    struck: [
      { cell: withdraw, payment: one },
      { cell: listDeposits, payment: other },
    ],
    users: [[createClabe, await here.clabeOf(user)]],
    end: together([here.hasEnded(one, withdraw), here.hasEnded(other, listDeposits)]),
  };
}

/** What became of a payment, from its leg. */
export function wordFor({ state, code, sentence }: Place): string {
  if (code === null) {
    expect(state).toBe('completed');
    return 'arrived once';
  }
  expect(sentence).toMatch(/\.$/);
  return `needs_attention: ${code}`;
}

/** Waits for all to end, and throws with what each of those threw that did not end well. */
export async function together(work: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
}
