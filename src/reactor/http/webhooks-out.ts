import type { Hono } from 'hono';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import type { webhookEndpoint } from '../db/schema.ts';
import type { Actor } from '../people/audit.ts';
import { type OnceParameters, once, rehearse } from '../people/idempotency.ts';
import {
  createEndpoint,
  listDeliveries,
  listEndpoints,
  noEndpoint,
  removeEndpoint,
  resendEvent,
  rotateEndpoint,
  testEndpoint,
} from '../webhooks-out/endpoints.ts';
import { secretOf } from '../webhooks-out/secret.ts';
import type { CREATE_ENDPOINT, ROTATE } from '../webhooks-out/terms.ts';
import type { ApiEnv } from './auth.ts';
import { idOf } from './id.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import {
  LIST_DELIVERIES,
  LIST_ENDPOINTS,
  MAKE_ENDPOINT,
  REMOVE_ENDPOINT,
  RESEND_EVENT,
  ROTATE_ENDPOINT,
  TEST_ENDPOINT,
} from './routes/webhooks-out.ts';

type Row = typeof webhookEndpoint.$inferSelect;

const ownId = ({ id }: Readonly<{ id: string }>): string => idOf(id, noEndpoint);
const shown = ({ id, url, createdBy, createdAt, previousUntil }: Row) => ({
  ...{ id, url, createdBy, createdAt: createdAt.toISOString() },
  previousUntil: previousUntil?.toISOString() ?? null,
});

export function serveWebhooksOut(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_ENDPOINTS, async () => ({ endpoints: (await listEndpoints(ctx.db)).map(shown) }));
  serveQuestion(app, LIST_DELIVERIES, async ({ parameters, query: { cursor: before, ...which } }) => {
    const { rows, next } = await listDeliveries(ctx.db, ownId(parameters), { ...which, before });
    return {
      deliveries: rows.map(({ delivery, event }) => ({
        ...{ eventId: event.id, type: event.type, paymentId: event.paymentId },
        ...{ state: delivery.state, tries: delivery.tries, error: delivery.error },
        createdAt: event.createdAt.toISOString(),
      })),
      ...(next === null ? {} : { nextCursor: `d${next}` }),
    };
  });

  /** What is kept for a repeat of the request has no secret: it is shown once, to whoever is first. */
  const withSecret = async (identity: OnceParameters, work: (tx: Tx) => Promise<Row>) => {
    const { response, isRepeat } = await once(ctx, identity, async (tx) => {
      const row = await work(tx);
      return { ...shown(row), version: row.version };
    });
    return { ...response, secret: isRepeat ? null : secretOf(ctx.settings.keySecret, response) };
  };
  const planned = async (work: (tx: Tx) => Promise<Row>) =>
    rehearse(ctx, async (tx) => ({ ...shown(await work(tx)), secret: null }));

  type Making = Readonly<{ actor: Actor; terms: z.output<typeof CREATE_ENDPOINT> }>;
  const making =
    ({ actor, terms }: Making) =>
    (tx: Tx) =>
      createEndpoint(tx, ctx, { actor, ...terms });
  serveOutside(app, MAKE_ENDPOINT, {
    run: (asked, identity) => withSecret(identity, making(asked)),
    rehearse: (asked) => planned(making(asked)),
  });
  type Rotating = Readonly<{ actor: Actor; parameters: Readonly<{ id: string }>; terms: z.output<typeof ROTATE> }>;
  const rotating =
    ({ actor, parameters, terms }: Rotating) =>
    (tx: Tx) =>
      rotateEndpoint(tx, { actor, id: ownId(parameters), ...terms });
  serveOutside(app, ROTATE_ENDPOINT, {
    run: (asked, identity) => withSecret(identity, rotating(asked)),
    rehearse: (asked) => planned(rotating(asked)),
  });

  serveCommand(app, ctx, TEST_ENDPOINT, {
    work: (tx, { actor, parameters, terms }) =>
      testEndpoint(tx, ctx, { actor, id: ownId(parameters), reason: terms.reason }),
  });
  serveCommand(app, ctx, REMOVE_ENDPOINT, {
    work: (tx, { actor, parameters, terms }) =>
      removeEndpoint(tx, { actor, id: ownId(parameters), reason: terms.reason }),
  });
  serveCommand(app, ctx, RESEND_EVENT, {
    work: (tx, { actor, parameters, terms }) => resendEvent(tx, { actor, id: ownId(parameters), reason: terms.reason }),
  });
}
