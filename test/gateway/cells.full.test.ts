/** Two whole cells behind one gateway: chain, Juno, database, indexer, reactor of each its own. One is lost in mid-payment. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApi } from '../../src/local/api.ts';
import { readBooks } from '../../src/local/books.ts';
import { type Driven, drive } from '../../src/local/drive.ts';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { startProcess } from '../../src/local/process.ts';
import { isFlawless, judge } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { cellOf } from '../../src/reactor/cell.ts';

const MAIN = join(import.meta.dirname, '../../src/gateway/main.ts');
const PAYMENTS = 4;

test('payments of a lost cell wait, those of the other are paid, and each is paid once', {
  timeout: 600_000,
}, async () => {
  const worlds = await Promise.all([1, 2].map((cell) => startWorld({ settings: { CELL: String(cell) } })));
  const [first, second] = worlds as [World, World];
  const keeper = startKeeper(first.folder);
  const port = await freePort();
  const gateway = await startProcess({
    ...{ name: 'gateway', args: [MAIN], folder: first.folder, keeper },
    env: {
      GATEWAY_CELLS: worlds.map(({ urls }, at) => `${at + 1}=${urls.reactor}`).join(' '),
      GATEWAY_PORT: String(port),
    },
    readyWhen: (printed) => printed.includes('"listening"'),
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    const deposits = new Map<number, number>();
    const driveCell = (world: World, cell: number) =>
      drive({
        api: createApi(`${url}/cells/${cell}`, world.apiKey, { patience_ms: 120_000, screenerKey: world.screenerKey }),
        payments: PAYMENTS,
        deposit: async (clabe, amount) => {
          await world.deposit(clabe, amount);
          deposits.set(cell, (deposits.get(cell) ?? 0) + 1);
        },
      });
    const began = performance.now();
    const [here, there] = [driveCell(first, 1), driveCell(second, 2)];
    // All of them are paid for, and none has come far.
    await expect.poll(() => deposits.get(2), { timeout: 120_000 }).toBe(PAYMENTS);
    await second.reactors()[0]?.kill9();
    expect((await fetch(`${url}/health`)).status).toBe(503);
    const paid = await here;
    await second.restartReactor(0);
    const paidLater = await there;
    for (const [world, driven, cell] of [
      [first, paid, 1],
      [second, paidLater, 2],
    ] as const) {
      expect(driven.map(({ id }) => cellOf(id))).toEqual(driven.map(() => cell));
      await judgeCell(world, driven, performance.now() - began);
    }
    const [one] = paid;
    const asked = await fetch(`${url}/api/v1/payments/${one?.id}`, {
      headers: { authorization: `Bearer ${first.apiKey}` },
    });
    expect([asked.status, asked.headers.get('kustodia-cell')]).toEqual([200, '1']);
    await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 60_000 }).toBe(200);
  } finally {
    await gateway.stop();
    await keeper.close();
    await Promise.all(worlds.map((world) => world.stop()));
  }
});

async function judgeCell(world: World, driven: readonly Driven[], took_ms: number): Promise<void> {
  const books = await readBooks(world, driven, took_ms);
  const asked = driven.map(({ depositedAt, ...payment }) => ({ ...payment, hasDeposited: depositedAt !== undefined }));
  const report = judge(asked, books);
  expect(report).toMatchObject({ completed: PAYMENTS });
  expect(isFlawless(report)).toBe(true);
}
