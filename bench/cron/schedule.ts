/**
 * What the documented predecessor did: four jobs, each at its own minutes of the hour, and a payment goes one step at each. Rails and chain
 * answer at once here, and every job does all that it finds in no time; only its schedule is counted, and the wait that was written into it.
 */
const MINUTE_S = 60;
/** Finds the deposit and makes the payment; withdraws to the bridge and funds the escrow; releases what is due; sends it back and pays. */
const EVERY_MIN = { intake: 5, withdraw: 7, release: 10, payout: 15 } as const;
/** Between the transfer to Juno and the redemption the payout job waited so long, whatever happened. */
const BLIND_WAIT_S = 30;

/** The first moment after this one at which cron starts a job of every so many minutes: those are minutes of the hour, so that the last wait before it is shorter. */
export function nextTick_s(after_s: number, every_min: number): number {
  let minute = Math.floor(after_s / MINUTE_S) + 1;
  while ((minute % 60) % every_min !== 0) minute++;
  return minute * MINUTE_S;
}

/** From the deposit to the payout, less the custody itself, in seconds. */
export function cronTime_s(depositAt_s: number, custody_s: number): number {
  const found = nextTick_s(depositAt_s, EVERY_MIN.intake);
  const funded = nextTick_s(found, EVERY_MIN.withdraw);
  const released = nextTick_s(funded + custody_s, EVERY_MIN.release);
  const paid = nextTick_s(released, EVERY_MIN.payout) + BLIND_WAIT_S;
  return paid - depositAt_s - custody_s;
}
