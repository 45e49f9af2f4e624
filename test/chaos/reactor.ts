/** A reactor that dies at points: what a crash run starts in place of src/reactor/main.ts. */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { runReactor } from '../../src/reactor/main.ts';
import { type Point, watchDoors } from './doors.ts';
import { ORDERS, type Orders } from './orders.ts';

const { CRASH_FOLDER = '', REACTOR_PORT = '', DATABASE_URL = '', ETH_RPC_URL = '' } = process.env;
const ordersFile = join(CRASH_FOLDER, 'orders.json');
const logFile = join(CRASH_FOLDER, 'points.log');

let orders: Orders | undefined;
let readAt = -1;
/** Asked at every point, so that an order counts from the moment that it is given. */
function currentOrders(): Orders {
  const { mtimeMs } = statSync(ordersFile);
  if (!orders || mtimeMs !== readAt) {
    orders = ORDERS.parse(JSON.parse(readFileSync(ordersFile, 'utf8')));
    readAt = mtimeMs;
  }
  return orders;
}

// Written by one call that returns when the kernel has it: a SIGKILL a moment later loses nothing of it.
const tell = (line: object) =>
  appendFileSync(logFile, `${JSON.stringify({ at: Date.now(), pid: process.pid, port: REACTOR_PORT, ...line })}\n`);

let target: string | undefined;
const standing = new Set<string>();
let stands = 0;

function die(): void {
  tell({ killed: target, payments: [...standing], stands });
  process.kill(process.pid, 'SIGKILL');
}

/** Others may join who is the first at a point, for a moment; then all of them die there. */
async function reach({ name, payments }: Point): Promise<void> {
  tell({ name, payments });
  if (target === undefined) {
    const { armed, spared, wanted, patience_ms } = currentOrders();
    if (armed !== REACTOR_PORT || spared.includes(name) || (wanted && !wanted.includes(name))) return;
    target = name;
    setTimeout(die, patience_ms);
  }
  if (name !== target) return;
  stands++;
  for (const payment of payments) standing.add(payment);
  if (stands >= currentOrders().most) die();
  await new Promise(() => undefined);
}

// So that the next one starts sooner; at its death there is no time for it.
setTimeout(flushCompileCache, 5_000).unref();
await runReactor(watchDoors({ databaseUrl: DATABASE_URL, rpcUrl: ETH_RPC_URL }, reach));
