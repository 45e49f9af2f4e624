/** A reactor that dies at points: what a crash run starts in place of src/reactor/main.ts. */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { runReactor } from '../../src/reactor/main.ts';
import { type Point, watchDoors } from './doors.ts';
import { ANY, ORDERS, type Orders } from './orders.ts';

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

const standing = new Map<string, { count: number; payments: Set<string> }>();

function die(): void {
  const points = [...standing].map(([name, { count }]) => ({ name, stands: count }));
  const payments = [...new Set([...standing.values()].flatMap((one) => [...one.payments]))];
  tell({ killed: points, payments });
  process.kill(process.pid, 'SIGKILL');
}

/** Whoever comes to a point at which somebody may die stays there; a moment after the first one all of them die where they are. */
async function reach({ name, payments }: Point): Promise<void> {
  tell({ name, payments });
  const { armed, spared, wanted, only, patience_ms } = currentOrders();
  if ((armed !== REACTOR_PORT && armed !== ANY) || spared.includes(name) || (wanted && !wanted.includes(name))) return;
  if (!new RegExp(only).test(name)) return;
  if (standing.size === 0) setTimeout(die, patience_ms);
  const there = standing.get(name) ?? { count: 0, payments: new Set() };
  standing.set(name, there);
  there.count++;
  for (const payment of payments) there.payments.add(payment);
  await new Promise(() => undefined);
}

// So that the next one starts sooner; at its death there is no time for it.
setTimeout(flushCompileCache, 5_000).unref();
await runReactor(watchDoors({ databaseUrl: DATABASE_URL, rpcUrl: ETH_RPC_URL }, reach));
