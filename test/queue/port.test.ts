import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openBoss } from '../../src/reactor/queue/boss.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import type { Job, Queue } from '../../src/reactor/queue/port.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const QUEUES: readonly [string, () => Promise<Queue>][] = [
  ['pg-boss', async () => openBoss(await postgres.createDatabase(), pino({ level: 'silent' }))],
  ['its twin in memory', async () => memoryQueue()],
];
const job = (id: string): Job => ({ lane: 'payment', id });
const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 50 });

describe.each(QUEUES)('%s keeps the promises of the port', (_, open) => {
  test('asking many times is asking once, for a bell and for an alarm; each rings', async () => {
    const queue = await open();
    try {
      const at = new Date(Date.now() + 2_000);
      for (let i = 0; i < 50; i++) {
        await queue.enqueue(job('a'));
        await queue.enqueue(job('b'), { at });
      }
      expect(await queue.stats()).toEqual({ waiting: 2, active: 0 });
      const rung: string[] = [];
      await queue.work(async ({ id }) => void rung.push(id), { concurrency: 2 });
      await soon(() => expect(rung).toEqual(['a', 'b']));
      expect(Date.now()).toBeGreaterThanOrEqual(at.getTime() - 500);
    } finally {
      await queue.stop();
    }
  });

  test('a cancelled alarm does not ring, and one that throws does not stop the others', async () => {
    const queue = await open();
    try {
      const at = new Date(Date.now() + 1_000);
      await queue.enqueue(job('cancelled'), { at });
      await queue.enqueue(job('kept'), { at });
      await queue.enqueue(job('thrown'));
      await queue.cancel(job('cancelled'));
      const rung: string[] = [];
      await queue.work(
        async ({ id }) => {
          rung.push(id);
          if (id === 'thrown') throw new Error('as told');
        },
        { concurrency: 1 },
      );
      await soon(() => expect(rung).toEqual(['thrown', 'kept']));
      await soon(async () => expect(await queue.stats()).toEqual({ waiting: 0, active: 0 }));
      expect(rung).not.toContain('cancelled');
    } finally {
      await queue.stop();
    }
  });

  test('a backlog is worked off without waiting for another bell', async () => {
    const queue = await open();
    try {
      const ids = Array.from({ length: 300 }, (_, i) => String(i));
      for (const id of ids) await queue.enqueue(job(id));
      const rung = new Set<string>();
      await queue.work(async ({ id }) => void rung.add(id), { concurrency: 8 });
      await soon(() => expect(rung.size).toBe(ids.length));
    } finally {
      await queue.stop();
    }
  });
});
