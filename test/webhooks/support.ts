import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { webhookCount, webhookIn } from '../../src/reactor/db/schema.ts';
import { createApp } from '../../src/reactor/http/app.ts';
import type { Settings } from '../../src/reactor/settings.ts';
import { ALL_WELL, openWorld } from '../http/world.ts';

/** A key pair of the test’s own, as Bitso publishes it. */
export function keyPair(keyId: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    key: { keyId, publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') },
    /** A body with this payload and the headers that vouch for it. */
    webhook: (payload: object) => ({
      body: JSON.stringify({ event: 'transaction', payload }),
      headers: {
        'content-type': 'application/json',
        'x-bitso-key-id': keyId,
        'x-bitso-webhook-event-signature': sign('sha256', Buffer.from(JSON.stringify(payload)), privateKey).toString(
          'base64',
        ),
      } as Record<string, string>,
    }),
  };
}

/** The reactor’s outside over a fresh database, what was rung, and a real server over it. */
export async function openWebhooks(databaseUrl: string, webhook: Partial<Settings['junoWebhook']> = {}) {
  const world = await openWorld(databaseUrl);
  const rung: string[] = [];
  await world.queue.work(async (job) => void rung.push(`${job.lane}:${job.id}`), { concurrency: 1 });
  const ctx = {
    ...world.ctx,
    settings: { ...world.ctx.settings, junoWebhook: { ...world.ctx.settings.junoWebhook, ...webhook } },
  };
  const app = createApp(ctx, { health: async () => ALL_WELL });
  const servers: Server[] = [];
  const post = (
    body: string | Uint8Array<ArrayBuffer>,
    {
      source = 'juno',
      headers = {},
      from = '192.0.2.1',
    }: { source?: string; headers?: Record<string, string>; from?: string } = {},
  ) =>
    app.request(
      `/webhooks/${source}`,
      { method: 'POST', body, headers },
      { incoming: { socket: { remoteAddress: from } } },
    );
  return {
    ...world,
    rung,
    post,
    kept: (source: 'juno' | 'bitso' = 'juno') => world.db.select().from(webhookIn).where(eq(webhookIn.source, source)),
    /** Waits until so many are counted: counts are written after the answer. */
    counted: async (what: string, count: number): Promise<number> => {
      for (;;) {
        const [row] = await world.db.select().from(webhookCount).where(eq(webhookCount.what, what));
        if (row && row.count >= count) return row.count;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    listen: async (): Promise<{ port: number; server: Server }> => {
      const server = createServer(getRequestListener(app.fetch));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { port: (server.address() as AddressInfo).port, server };
    },
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await world.close();
    },
  };
}

export type Webhooks = Awaited<ReturnType<typeof openWebhooks>>;
