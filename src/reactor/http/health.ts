import { Hono } from 'hono';

/** One part of the whole: whether it works, a sentence that says so or what to do, and what was measured. */
export type HealthPart = Readonly<{ ok: boolean; sentence: string; [measured: string]: unknown }>;

export const HEALTH_PARTS = ['automation', 'database', 'indexer', 'chain', 'juno'] as const;

export type Health = Readonly<{ status: 'ok' | 'degraded' | 'down'; timestamp: string }> &
  Readonly<Record<(typeof HEALTH_PARTS)[number], HealthPart>>;

/** GET /health with everything that was measured, GET /ready with the reason alone. 503 unless all is well. */
export function healthRoutes(health: () => Promise<Health>): Hono {
  return new Hono()
    .get('/health', async (c) => {
      const now = await health();
      return c.json(now, now.status === 'ok' ? 200 : 503);
    })
    .get('/ready', async (c) => {
      const now = await health();
      const isReady = now.status === 'ok';
      const faults = HEALTH_PARTS.filter((part) => !now[part].ok).map((part) => `${part}: ${now[part].sentence}`);
      const because = faults.join(' ') || 'Database, indexer, chain, Juno and automation answer and move on.';
      return c.json({ ready: isReady, because }, isReady ? 200 : 503);
    });
}
