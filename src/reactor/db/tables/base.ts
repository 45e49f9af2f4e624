/** The schema itself, its enumerations, and the columns that every table writes in the same way. */
import { pgSchema } from 'drizzle-orm/pg-core';
import { EFFECT_KINDS, EFFECT_STATES, SUBJECT_KINDS } from '../../effects/states.ts';
import { ENTRY_STATES } from '../../ledger/accounts.ts';
import { LEG_KINDS, LEG_STATES, RAILS } from '../../payment/states.ts';
import { moment } from '../columns.ts';

export const reactor = pgSchema('reactor');

export const legKind = reactor.enum('leg_kind', LEG_KINDS);
export const legState = reactor.enum('leg_state', LEG_STATES);
export const rail = reactor.enum('rail', RAILS);
export const effectKind = reactor.enum('effect_kind', EFFECT_KINDS);
export const effectState = reactor.enum('effect_state', EFFECT_STATES);
export const subjectKind = reactor.enum('subject_kind', SUBJECT_KINDS);
export const entryState = reactor.enum('entry_state', ENTRY_STATES);
export const currency = reactor.enum('currency', ['MXN', 'MXNB', 'ETH']);

export const createdAt = () => moment('created_at').notNull().defaultNow();
