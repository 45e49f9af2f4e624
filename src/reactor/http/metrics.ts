import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';
import { Refusal } from '../people/refusal.ts';
import type { Settings } from '../settings.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * GET /metrics in the text format of Prometheus. With METRICS_TOKEN only for who shows it; without, and in production, for nobody: how
 * much money is where is no stranger's business.
 */
export function metricsRoutes({ operate, junoEnv }: Pick<Settings, 'operate' | 'junoEnv'>, registry: Registry): Hono {
  const { metricsToken } = operate;
  return new Hono().get('/metrics', async (c) => {
    const shown = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const isAllowed =
      metricsToken === null ? junoEnv !== 'production' : timingSafeEqual(digest(shown), digest(metricsToken));
    if (!isAllowed)
      throw new Refusal({
        code: 'no_metrics_token',
        status: 401,
        title: 'The metrics need their token',
        detail: 'Set METRICS_TOKEN for the reactor and send it as “Authorization: Bearer …”.',
      });
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
}
