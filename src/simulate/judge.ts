import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Db } from '../reactor/db/client.ts';
import { leftAtRest } from './at-rest.ts';
import type { BackOffice } from './back-office.ts';
import type { Bank } from './bank.ts';
import type { Chain } from './chain.ts';
import type { Addresses } from './contracts.ts';
import type { Faults } from './faults.ts';
import type { Juno } from './juno.ts';
import { type Ended, inWords, isSame, type Owed, TO_PAYER, waysOf } from './owed.ts';
import { type Planned, refundedBy } from './population.ts';
import { strikesFor, trueReasons } from './reasons.ts';
import type { Wire } from './wire.ts';

export type Judged = Readonly<{
  paid_twice: number;
  lost_centavos: number;
  stuck: number;
  needs_attention: Record<string, number>;
  /** What is wrong, in sentences; none in a sound world. */
  complaints: readonly string[];
  digest: string;
}>;

/** Juno redeems nothing smaller (J/redeem-your-mxnb-tokens). */
const LEAST = 10_000n;
const PAYING: ReadonlySet<string> = new Set(['redeeming', 'paying_out', 'returning']);
const LEG = z.object({
  payment: z.string(),
  kind: z.string(),
  state: z.string(),
  attention: z.string().nullable(),
  amount: z.coerce.bigint(),
  clabe: z.string(),
  account: z.string(),
  id: z.string(),
  replaces: z.string().nullable(),
  settled: z.boolean(),
  /** The newest effect of each kind: its key, and its name outside. And the key of the registration of the account. */
  effects: z.record(z.string(), z.object({ key: z.string(), name: z.string().nullable() })),
  /** The transactions on the chain that the leg stands on. */
  hashes: z.array(z.string()),
  accountKey: z.string().nullable(),
});
type Leg = z.output<typeof LEG>;
const LEGS = z.array(LEG);
const BALANCES = z.array(
  z.object({
    account: z.string(),
    owner: z.string(),
    currency: z.string(),
    posted: z.coerce.bigint(),
    pending: z.coerce.bigint(),
  }),
);
const BREAKS = z.array(z.object({ amount: z.coerce.bigint() }));
const COUNT = z
  .array(z.object({ count: z.number() }))
  .length(1)
  .transform(([row]) => row?.count ?? 0);

/** Judges a world that has come to rest, by the bank’s and the chain’s own books; the reactor’s are held against them. */
export async function judge(parameters: {
  db: Db;
  bank: Bank;
  juno: Juno;
  chain: Chain;
  asked: readonly Planned[];
  made: ReadonlyMap<number, string>;
  /** Those that did not end as they were asked for. */
  ended: ReadonlyMap<number, Ended>;
  backOffice: BackOffice;
  addresses: Addresses;
  float: bigint;
  faults: Faults;
  wire: Wire;
  now_ms: number;
}): Promise<Judged> {
  const { db, bank, juno, chain, asked, made, ended, backOffice, addresses, faults, wire } = parameters;
  const overLimit = wire.overLimit();
  const read = async <T>(schema: z.ZodType<T>, text: string): Promise<T> =>
    schema.parse((await db.$client.query(text)).rows);
  const found = await read(
    LEGS,
    `SELECT l.payment_id::text AS payment, l.id::text, l.replaces::text, l.kind::text, l.state::text, l.attention_code AS attention, l.amount_centavos::text AS amount, d.clabe, d.id::text AS account,
       EXISTS (SELECT 1 FROM reactor.settlement_item i WHERE i.leg_id = l.id) AS settled,
       (SELECT coalesce(json_object_agg(e.kind, json_build_object('key', e.key, 'name', e.external_id) ORDER BY e.attempt), '{}') FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text) AS effects,
       (SELECT coalesce(json_agg(v.detail ->> 'txHash'), '[]') FROM reactor.evidence v WHERE v.source = 'chain' AND v.subject_id = l.id::text AND v.detail ->> 'txHash' IS NOT NULL) AS hashes,
       (SELECT e.key::text FROM reactor.effect e WHERE e.subject_kind = 'destination' AND e.subject_id = d.id::text ORDER BY e.attempt DESC LIMIT 1) AS "accountKey"
     FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id ORDER BY l.id`,
  );
  // What of somebody was erased is not there any more.
  const legs = found.map((leg) => ({ ...leg, clabe: backOffice.erased().get(leg.account) ?? leg.clabe }));
  const balances = await read(
    BALANCES,
    `SELECT account, owner, currency::text, posted::text, pending::text FROM reactor.ledger_balance WHERE posted <> 0 OR pending <> 0 ORDER BY 1, 2, 3`,
  );
  const unclaimed = await read(
    COUNT,
    `
    SELECT count(*)::int FROM reactor.juno_deposit d WHERE NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.external_id = d.id)`,
  );
  const waiting = await read(
    COUNT,
    `SELECT count(*)::int FROM reactor.suspense WHERE closed_at IS NULL AND explained_by IS NULL AND issuance_id IS NOT NULL AND reason <> 'returned'`,
  );
  const unbooked = sum(
    (
      await read(
        BREAKS,
        `SELECT juno_units::text AS amount FROM reactor.reconciliation_break WHERE kind = 'credit_not_booked' AND closed_at IS NULL`,
      )
    ).map(({ amount }) => amount),
  );
  const complaints: string[] = [];
  const counts = faults.counts();

  // Paid: one standing order for one account and amount is one payment’s. Whatever stands beyond that is a payment too many.
  const key = (clabe: string, amount: bigint) => `${clabe}:${amount}`;
  const standing = Map.groupBy(
    bank.outgoing().filter(({ isReturned }) => !isReturned),
    (order) => key(order.clabe, order.amount),
  );
  const wanted = new Map<string, number>();
  const want = (name: string, more = 1) => wanted.set(name, (wanted.get(name) ?? 0) + more);
  const legsOf = Map.groupBy(legs, ({ payment }) => payment);
  const byId = new Map(legs.map((leg) => [leg.id, leg]));
  /** The leg that it is paid again of, at another account of the same person’s. */
  const paidBefore = (leg: Leg): Leg => {
    const before = leg.replaces === null ? undefined : byId.get(leg.replaces);
    return before?.kind === leg.kind && before.amount === leg.amount ? paidBefore(before) : leg;
  };
  /** What people paid by hand is Kustodia’s own. */
  let takenOver = 0n;
  for (const planned of asked) {
    const { index, deposits } = planned;
    const own = legsOf.get(made.get(index) ?? '') ?? [];
    // One that came late is the payment's all the same if nobody had looked, and so let it expire, before it came.
    const wasPaidIn = deposits.some(({ is }) => is === 'paid' || is === 'late') || backOffice.given().has(index);
    if (own.length === 0 || !wasPaidIn) continue;
    const end = ended.get(index);
    const ways = waysOf(planned, end);
    const legsEnd = own
      .filter(({ state }) => state !== 'replaced' && !(end?.what === 'cancelled' && state === 'closed'))
      .map((leg): Owed => {
        const { clabe, amount } = paidBefore(leg);
        return { to: refundedBy(clabe) === index ? TO_PAYER : clabe, amount };
      });
    // What waits for people is judged below: it has not come to its end.
    const isUnfinished = own.some(({ attention }) => attention !== null);
    const way = ways.find((one) => isSame(one, legsEnd)) ?? (isUnfinished ? legsEnd : undefined);
    if (!way)
      complaints.push(
        `payment ${index} is to be paid ${ways.map(inWords).join(', or ')}, and its legs are ${inWords(legsEnd)}`,
      );
    // What is too little to be paid alone is paid by a settlement. Which of the payer’s accounts it is, the leg alone knows.
    for (const { to, amount } of way ?? []) if (amount >= LEAST && to !== TO_PAYER) want(key(to, amount));
    for (const leg of own)
      if (leg.state !== 'replaced' && leg.amount >= LEAST && refundedBy(paidBefore(leg).clabe) === index)
        want(key(paidBefore(leg).clabe, leg.amount));
    if (end?.what !== 'settled_outside') continue;
    for (const { kind, clabe, amount } of planned.parts)
      if (kind === 'immediate') {
        takenOver += amount;
        want(key(clabe, amount), -1);
      }
  }
  for (const { to, amount } of backOffice.sentBack()) if (amount >= LEAST) want(key(to, amount));
  for (const leg of legs) {
    if (leg.kind === 'settlement' && leg.replaces === null) want(key(leg.clabe, leg.amount));
    const before = paidBefore(leg);
    if (leg.state === 'replaced' || before === leg) continue;
    // Another is paid in its place.
    want(key(leg.clabe, leg.amount));
    want(key(before.clabe, before.amount), -1);
  }
  let paid_twice = 0;
  for (const [name, orders] of standing) {
    const extra = orders.length - (wanted.get(name) ?? 0);
    if (extra <= 0) continue;
    paid_twice += extra;
    complaints.push(
      `${orders.length} payouts stand for ${name}, of which ${extra} nobody is owed: ${orders.map(({ id }) => id).join(', ')}`,
    );
  }

  // Lost: what came from outside, less what left, is owed to somebody by name; and what is owed is there.
  const cameIn = sum(
    bank
      .incoming()
      .filter(({ returns, isSentBack }) => !returns && !isSentBack)
      .map(({ amount }) => amount),
  );
  const left = sum([...standing.values()].flat().map(({ amount }) => amount));
  const posted = (filter: (one: z.infer<typeof BALANCES>[number]) => boolean) =>
    sum(balances.filter(filter).map((one) => one.posted));
  const held = (filter: (one: z.infer<typeof BALANCES>[number]) => boolean) =>
    sum(balances.filter(filter).map(({ posted, pending }) => posted + pending));
  const OWED = new Set(['liability', 'commission', 'suspense', 'payable', 'paying_out']);
  const owed = -posted(({ account, currency }) => OWED.has(account) && currency === 'MXN');
  // What was asked for and is not known to have left is still owed in the books, wherever it is.
  const unknown = sum(legs.filter(({ state }) => PAYING.has(state)).map(({ amount }) => amount));
  const { available, bitsoBalance, kept } = juno.inside();
  const onChain = (chain.contracts.balanceOf(addresses.bridge) + chain.contracts.balanceOf(addresses.escrow)) / 10_000n;
  // What Juno credited for a transaction that a reorganisation took out for good is Juno's mistake, and nobody's money: a person is told.
  const unbacked = sum(
    juno
      .transactions()
      .filter(
        ({ type, status, hash }) =>
          type === 'CRYPTO_DEPOSIT' && status === 'COMPLETE' && !(hash && chain.isMined(hash as `0x${string}`)),
      )
      .map(({ amount }) => amount),
  );
  const inside = available + bitsoBalance + kept + onChain - parameters.float - unbacked;
  if (unbacked !== unbooked)
    complaints.push(
      `Juno credited ${unbacked} centavos for transactions that are in no block, and people are told of ${unbooked} that nobody booked`,
    );
  const missing = cameIn - left - owed - takenOver;
  const lost = (missing <= 0n && missing >= -unknown ? 0n : abs(missing)) + abs(cameIn - left - inside);
  if (lost > 0n)
    complaints.push(`${cameIn} centavos came in, ${left} left, ${owed} are owed in the books, ${inside} are inside`);
  for (const currency of ['MXN', 'MXNB']) {
    const total = held((one) => one.currency === currency);
    if (total !== 0n) complaints.push(`the books are out by ${total} units of ${currency}`);
  }
  const completed = legs.filter(({ state, settled }) => state === 'completed' && !settled);
  for (const [name, own] of Map.groupBy(completed, (leg) => key(leg.clabe, leg.amount))) {
    const there = standing.get(name)?.length ?? 0;
    if (there < own.length)
      complaints.push(
        `${own.length} legs are completed for ${name} and ${there} payouts stand at the bank: ${own.map(({ id }) => id).join(', ')}`,
      );
  }

  // Unanswered: who was paid in for, exactly and in time, is paid or told of; nothing ends otherwise.
  for (const { index, deposits } of asked) {
    const payment = made.get(index);
    const isCancelled = ended.get(index)?.what === 'cancelled';
    if (payment === undefined || isCancelled || !deposits.some(({ is }) => is === 'paid')) continue;
    const own = legsOf.get(payment) ?? [];
    const isPaid = ({ state }: Leg) =>
      state === 'completed' ||
      state === 'accrued' ||
      (state === 'closed' && ended.get(index)?.what === 'settled_outside');
    if (own.some((leg) => isPaid(leg) || leg.attention !== null)) continue;
    complaints.push(
      `payment ${index} was paid in for and is ${own.map(({ state }) => state).join(' and ')} at the end`,
    );
  }

  // Stuck: not at an end, and nobody is told why.
  const needs_attention: Record<string, number> = {};
  let stuck = 0;
  const custodyOf = (payment: string) => legs.find((leg) => leg.payment === payment && leg.kind === 'custody');
  const isTrue = trueReasons({ counts, bank, juno, chain, wire });
  for (const { id, payment, kind, state, attention, ...said } of legs) {
    if (attention !== null) needs_attention[attention] = (needs_attention[attention] ?? 0) + 1;
    if (['completed', 'replaced', 'expired', 'closed', 'accrued'].includes(state)) continue;
    // A commission waits for the custody leg, and is told of with it.
    const isTold = kind === 'commission' && state === 'reserved' && (custodyOf(payment)?.attention ?? null) !== null;
    if (isTold && attention === null) continue;
    if (attention !== null && isTrue({ attention, ...said })) continue;
    stuck++;
    complaints.push(
      `leg ${id} of payment ${payment} is ${state} at the end, ${attention === null ? 'and nobody is told' : `for “${attention}”, which is not so`}`,
    );
  }
  for (const [reason, count] of Object.entries(needs_attention)) {
    const struck = strikesFor(reason, counts);
    if (count > struck)
      complaints.push(`“${reason}” is said of ${count} legs, and only ${struck} faults can have caused it`);
  }
  // Owed although it is enough to be paid: what has accrued for an account, and is in no settlement.
  const accrued = Map.groupBy(
    legs.filter(({ state, settled }) => state === 'accrued' && !settled),
    ({ account }) => account,
  );
  for (const [account, own] of accrued) {
    const total = sum(own.map(({ amount }) => amount));
    if (total >= LEAST)
      complaints.push(`${total} centavos have accrued for account ${account}, and nothing settles them`);
  }
  complaints.push(...(await leftAtRest(db)));
  if (waiting > 0) complaints.push(`${waiting} deposits are in suspense, and nobody sees to them`);
  if (unclaimed > 0) complaints.push(`${unclaimed} deposits are known and nobody has them`);
  if (overLimit > 0) complaints.push(`${overLimit} calls were over Juno’s limit`);
  const digest = createHash('sha256')
    .update(
      JSON.stringify([legs, balances, bank.outgoing(), bank.incoming()], (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    )
    .digest('hex');
  return { paid_twice, lost_centavos: Number(lost), stuck, needs_attention, complaints, digest };
}

const abs = (value: bigint) => (value < 0n ? -value : value);
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
