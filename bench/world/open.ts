import { type StartWorldParameters, startWorld, type World } from '../../src/local/world.ts';
import { MEASURED } from '../lives/database.ts';

/** Juno's limit is out of the way, where it is not what is measured. */
const FREE_RATE = 1_000_000;
/** Rails that answer at once. */
export const AT_ONCE = { issuance: 0, withdrawal: 0, credit: 0, redemption: 0, bitso: 0 };

/** The one-command world with everything real: Postgres with fsync, anvil, Ponder, the sandbox, the approver, the reactors. */
export async function inWorld<T>(
  { isPolling = false, ...parameters }: StartWorldParameters & Readonly<{ isPolling?: boolean }>,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const world = await startWorld({
    ...parameters,
    sandbox: { ratePerMinute: FREE_RATE, ...parameters.sandbox },
    settings: {
      ...{ DAILY_PAYOUT_CAP_MXN: '1000000000', PAYMENT_CAP: '1000000000', USER_DAILY_CAP: '1000000000' },
      API_RATE_PER_MINUTE: '1000000',
      ...parameters.settings,
    },
    postgresSettings: MEASURED,
    indexerSettings: isPolling ? { ETH_WS_URL: '' } : {},
  });
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}
