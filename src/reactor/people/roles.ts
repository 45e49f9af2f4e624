/**
 * What a key may do. `screener` is no person but the outside source that says who is cleared: it may say that, and read what a viewer may. `agent` is
 * the application that users sign in to: it may approve a release on their behalf and take that back, and read what a viewer may.
 */
export const ROLES = ['viewer', 'operator', 'approver', 'admin', 'screener', 'agent'] as const;
export type Role = (typeof ROLES)[number];

/** Roles that may give commands, and with them read names and whole CLABEs: they must be able to tell the payer where to pay. */
export const COMMANDERS = ['operator', 'admin'] as const;
/** Roles that may approve what another person proposed. */
export const APPROVERS = ['approver', 'admin'] as const;
/** Roles that may stop money: everybody on duty. */
export const ON_DUTY = ['operator', 'approver', 'admin'] as const;
/** Those who may read who did what: whoever looks after the money need not be able to move or stop it. */
export const AUDITORS = ['viewer', ...ON_DUTY] as const;
/** The outside source that says who is cleared. */
export const SCREENERS = ['screener'] as const;
export const ADMINISTRATORS = ['admin'] as const;
/** The application that users sign in to: nobody else speaks for them. */
export const AGENTS = ['agent'] as const;
/** The same, and everybody who may stop money: what is taken back stays where it is. */
export const TAKERS_BACK = ['agent', 'operator', 'approver', 'admin'] as const;
