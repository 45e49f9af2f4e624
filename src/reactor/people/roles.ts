/**
 * What a key may do. `screener` is no person but the outside source that says who is cleared: it may say that, and read what a viewer may. `agent` is
 * the application that users sign in to: it may approve a release on their behalf and take that back, and read what a viewer may.
 */
export const ROLES = ['viewer', 'operator', 'approver', 'admin', 'screener', 'agent'] as const;
export type Role = (typeof ROLES)[number];
