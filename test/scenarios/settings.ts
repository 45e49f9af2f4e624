/** What the reactors of the stories are told, beside what every world of ours is. */
export const SETTINGS = {
  /** Longer than an appeal takes, shorter than anybody waits. */
  DISPUTE_APPEAL_S: '4',
  /** Pesos above which two people let money out. */
  RELEASE_FOUR_EYES: '20000',
  /** Pesos that one payment may be, and a day to the accounts of one user. */
  PAYMENT_CAP: '50000',
  USER_DAILY_CAP: '30000',
  /** Counted from the end of the custody: over when two days have passed. */
  APPROVAL_VALID_DAYS: '1',
  JUNO_ISSUANCE_PATIENCE_S: '5',
} as const;
