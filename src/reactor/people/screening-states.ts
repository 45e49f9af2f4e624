/** What an identity check has come to, and whether a person is on a list of those who may not be paid. */
export const KYC_STATES = ['verified', 'pending', 'refused'] as const;
export const BLACKLIST_STATES = ['clear', 'listed'] as const;
