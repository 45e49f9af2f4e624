/**
 * The reactor's own tables (schema `reactor`). What no column type can say — legal moves, append-only books, sums that must be
 * zero — is in the hand-written migrations beside the generated ones, as triggers of the database itself.
 */
export * from './tables/approvals.ts';
export * from './tables/base.ts';
export * from './tables/disputes.ts';
export * from './tables/effects.ts';
export * from './tables/facts.ts';
export * from './tables/guards.ts';
export * from './tables/ledger.ts';
export * from './tables/operate.ts';
export * from './tables/payments.ts';
export * from './tables/people.ts';
export * from './tables/reconcile.ts';
export * from './tables/webhooks-out.ts';
