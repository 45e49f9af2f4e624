/** Guards, pins and limits. */
import { sql } from 'drizzle-orm';
import { bigint, boolean, doublePrecision, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { CAP_NAMES, LIMIT_UNITS } from '../../guards/limit.ts';
import { moment, units } from '../columns.ts';
import { reactor } from './base.ts';

/** Read FOR SHARE by everything that records or sends an effect: throwing one waits for those, then excludes the rest. */
export const guardSwitch = reactor.table(
  'guard_switch',
  {
    name: text('name').primaryKey(),
    isStopped: boolean('is_stopped').notNull().default(false),
    reason: text('reason'),
    changedBy: text('changed_by'),
    changedAt: moment('changed_at').notNull().defaultNow(),
  },
  // Each person has one and few are off; every look at a payment asks for those.
  (t) => [index('guard_switch_off').on(t.name).where(sql`is_stopped`)],
);

/** The last nonce where each must be greater than the one before: one row, because there is one key. */
export const junoNonceV1 = reactor.table('juno_nonce_v1', {
  isOnly: boolean('is_only').primaryKey(),
  last: bigint('last', { mode: 'bigint' }).notNull(),
});

/** What keeps the money of a user, or all that goes over a rail, where it is until its owner closes it. Named as the switch beside it. */
export const wideHold = reactor.table(
  'wide_hold',
  {
    id: uuid('id').primaryKey(),
    switchName: text('switch_name')
      .notNull()
      .references(() => guardSwitch.name),
    reasonCode: text('reason_code').notNull(),
    sentence: text('sentence').notNull(),
    owner: text('owner').notNull(),
    openedAt: moment('opened_at').notNull().defaultNow(),
    closedAt: moment('closed_at'),
  },
  (t) => [index('wide_hold_open').on(t.switchName).where(sql`closed_at is null`)],
);

/**
 * What of a day's cap is used: `payouts:<day>`, `payouts:<day>:user:<id>` for the accounts of one user, and
 * `payouts:<day>:account:<marker of its CLABE>` for one account, whoever says that it is theirs.
 */
export const cap = reactor.table('cap', {
  name: text('name').primaryKey(),
  used: units('used_centavos').notNull(),
  limit: units('limit_centavos').notNull(),
});

/** Limits that people set since the database began; without a row the setting holds. */
export const capLimit = reactor.table('cap_limit', {
  name: text('name', { enum: CAP_NAMES }).primaryKey(),
  /** Hundredths of the unit. */
  hundredths: units('hundredths').notNull(),
  unit: text('unit', { enum: LIMIT_UNITS }).notNull(),
  changedBy: text('changed_by').notNull(),
  changedAt: moment('changed_at').notNull().defaultNow(),
});

/** The chain that this database belongs to, and the newest block that it acted on. */
export const chainPin = reactor.table('chain_pin', {
  chainId: integer('chain_id').primaryKey(),
  genesisHash: text('genesis_hash').notNull(),
  blockNumber: bigint('block_number', { mode: 'number' }).notNull(),
  blockHash: text('block_hash').notNull(),
});

/** An event that a payment stood on, in a block that is gone. */
export type LostEvent = Readonly<{ paymentId: string | null; as: string; txHash: string; block: number }>;

/**
 * Blocks that the chain had and has no more. Those before `fromBlock` are still there; where two processes saw the same, it is one. For
 * people to read: nothing is decided by it.
 */
export const reorganisation = reactor.table(
  'reorganisation',
  {
    id: uuid('id').primaryKey(),
    chainId: integer('chain_id').notNull(),
    fromBlock: bigint('from_block', { mode: 'number' }).notNull(),
    toBlock: bigint('to_block', { mode: 'number' }).notNull(),
    /** Of the last of them, as it was. */
    goneHash: text('gone_hash').notNull(),
    events: jsonb('events').$type<readonly LostEvent[]>().notNull(),
    seenAt: moment('seen_at').notNull(),
  },
  (t) => [index('reorganisation_seen').on(t.seenAt)],
);

/**
 * Deposit addresses of Juno that are trusted: a small transfer of ours came back as a CRYPTO_DEPOSIT. Any other environment,
 * chain, token or address has to be proved anew.
 */
export const depositAddress = reactor.table('deposit_address', {
  /** `environment:chainId:token:address`. */
  id: text('id').primaryKey(),
  probeHash: text('probe_hash').notNull(),
  creditId: text('credit_id').notNull(),
  provedAt: moment('proved_at').notNull().defaultNow(),
});

/** Things that must never change under a database, as fingerprints: the secret that keys are derived from. */
export const settingPin = reactor.table('setting_pin', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
});

/**
 * What all processes share about calling Juno, in one row: the bucket of each kind of call, the calls of the window, and the
 * circuit breaker. `reactor.juno_take` alone writes it.
 */
export const junoLimit = reactor.table('juno_limit', {
  name: text('name').primaryKey(),
  /** When it was last written: the buckets have filled since. */
  at: moment('at').notNull().default(sql`'-infinity'`),
  /** Calls that looks, payouts, withdrawals and registrations may make now, and those that any may borrow. */
  tokens: doublePrecision('tokens').array().notNull().default([]),
  /** The number of the newest slice of the window, and the calls and the sends in each, newest first. */
  slice: bigint('slice', { mode: 'number' }).notNull().default(0),
  calls: integer('calls').array().notNull().default([]),
  sends: integer('sends').array().notNull().default([]),
  /** Calls in a row that came to nothing: time-outs and 5xx. */
  failures: integer('failures').notNull().default(0),
  /** Null while the breaker is closed. Before it, nobody calls; after it, one look at a time tries whether Juno is well. */
  openUntil: moment('open_until'),
  openReason: text('open_reason', { enum: ['throttled', 'failing'] }),
  openedAt: moment('opened_at'),
  /** How often it has opened in a row: each time for twice as long. */
  level: integer('level').notNull().default(0),
  probeUntil: moment('probe_until'),
  /** How often Juno locked us out, each within a day of the one before. */
  lockouts: integer('lockouts').notNull().default(0),
  lockedAt: moment('locked_at'),
});

/** Calls of each process that were let go and whose answer is not known here yet. A row a process; silent ones are removed. */
export const junoCaller = reactor.table('juno_caller', {
  name: text('name').primaryKey(),
  inFlight: integer('in_flight').notNull(),
  seenAt: moment('seen_at').notNull(),
});

export const heartbeat = reactor.table('heartbeat', {
  name: text('name').primaryKey(),
  at: moment('at').notNull(),
  detail: jsonb('detail').notNull(),
});
