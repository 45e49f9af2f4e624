/** Guards, pins and limits. */
import { bigint, boolean, integer, jsonb, text } from 'drizzle-orm/pg-core';
import { moment, units } from '../columns.ts';
import { reactor } from './base.ts';

/** Read FOR SHARE by everything that records or sends an effect: throwing one waits for those, then excludes the rest. */
export const guardSwitch = reactor.table('guard_switch', {
  name: text('name').primaryKey(),
  isStopped: boolean('is_stopped').notNull().default(false),
  reason: text('reason'),
  changedBy: text('changed_by'),
  changedAt: moment('changed_at').notNull().defaultNow(),
});

export const cap = reactor.table('cap', {
  name: text('name').primaryKey(),
  used: units('used_centavos').notNull(),
  limit: units('limit_centavos').notNull(),
});

/** The chain that this database belongs to, and the newest block that it acted on. */
export const chainPin = reactor.table('chain_pin', {
  chainId: integer('chain_id').primaryKey(),
  genesisHash: text('genesis_hash').notNull(),
  blockNumber: bigint('block_number', { mode: 'number' }).notNull(),
  blockHash: text('block_hash').notNull(),
});

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

/** Calls to Juno in each second, of all processes. */
export const junoCall = reactor.table('juno_call', {
  second: bigint('second', { mode: 'number' }).primaryKey(),
  count: integer('count').notNull(),
});

export const heartbeat = reactor.table('heartbeat', {
  name: text('name').primaryKey(),
  at: moment('at').notNull(),
  detail: jsonb('detail').notNull(),
});
