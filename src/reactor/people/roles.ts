/** What a key may do. `screener` is no person but the outside source that says who is cleared: it may say that, and read what a viewer may. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin', 'screener'] as const;
export type Role = (typeof ROLES)[number];
