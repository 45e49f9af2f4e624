import type { Logger } from 'pino';
import type { ChainDoor } from '../chain/door.ts';
import type { JunoClient } from '../juno/client.ts';
import type { Db } from './db/client.ts';
import type { Every } from './effects/lane.ts';
import type { Memory } from './effects/memory.ts';
import type { BankAccounts } from './intake/bank-accounts.ts';
import type { Queue } from './queue/port.ts';
import type { JunoLimit } from './rate/juno-limit.ts';
import type { Approver } from './release/approver.ts';
import type { Settings } from './settings.ts';
import type { Watchdog } from './watch/watchdog.ts';
import type { Tracer } from './work.ts';

/** Everything that a part of the reactor needs from outside itself, passed in: no globals, no hidden clock, no hidden ids. */
export type Context = Readonly<{
  settings: Settings;
  db: Db;
  juno: JunoClient;
  /** Null where the rails over the Bitso balance are not switched on. */
  bitso: JunoClient | null;
  junoLimit: JunoLimit;
  bankAccounts: BankAccounts;
  chain: ChainDoor;
  /** Who signs for the early end of an escrow; left out or null where nobody does. */
  approver?: Approver | null;
  queue: Queue;
  watchdog: Watchdog;
  log: Logger;
  /** Null or left out where no traces are asked for. */
  tracer?: Tracer | null;
  /** Names this process in lanes. */
  holder: string;
  now: () => Date;
  /** Milliseconds that never go back, for deadlines. */
  monotonic: () => number;
  newId: () => string;
  /** What this process saw committed; a reactor that starts has one of its own if left out. */
  memory?: Memory;
  /** Renews leases; by this process's own timer if left out. */
  every?: Every;
}>;
