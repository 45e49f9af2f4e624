import { Hono, type Context as HonoContext, type Next } from 'hono';
import { routePath } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import type { Registry } from 'prom-client';
import type { Context } from '../context.ts';
import { keptFor } from '../metrics/readings.ts';
import { workHere, workOn } from '../work.ts';
import { aboutRoutes } from './about.ts';
import { linkRoutes, serveApprovals } from './approvals.ts';
import { type ApiEnv, authenticate } from './auth.ts';
import { serveBreaks } from './breaks.ts';
import { serveChain } from './chain.ts';
import { consoleRoutes } from './console.ts';
import { serveDeposits } from './deposits.ts';
import { serveDisputes } from './disputes.ts';
import { serveEffects } from './effects.ts';
import { serveGuards } from './guards.ts';
import { type Health, healthRoutes } from './health.ts';
import { serveHolds } from './holds.ts';
import { metricsRoutes } from './metrics.ts';
import { serveOperations } from './operate.ts';
import { serveOverview } from './overview.ts';
import { servePaymentProposals } from './payment-proposals.ts';
import { servePayments } from './payments.ts';
import { notFound, onError } from './problem.ts';
import { serveProposals } from './proposals.ts';
import { createKeyRate, limitRate } from './rate-limit.ts';
import { serveRecords } from './records.ts';
import { serveRecovery } from './recovery.ts';
import { serveReports } from './reports.ts';
import { limitBody } from './request.ts';
import { serveScreenings } from './screenings.ts';
import { sessionRoutes } from './session.ts';
import { serveStandingTerms } from './standing-terms.ts';
import { openStrangers } from './strangers.ts';
import { serveSuspense } from './suspense.ts';
import { serveUsers } from './users.ts';
import { serveWallet } from './wallet.ts';
import { noticeProxy } from './webhook-source.ts';
import { webhookRoutes } from './webhooks.ts';
import { serveWebhooksOut } from './webhooks-out.ts';

/** Anybody may ask for the health, and it costs questions to database and chain: it is measured at most so often. */
const HEALTH_MS = 1_000;

/** A command for a payment is a span of its trace, by the pattern of its path. */
async function tracedRequest(ctx: Context, c: HonoContext, next: Next): Promise<void> {
  const [from, began] = [ctx.now(), ctx.monotonic()];
  await next();
  if (!ctx.tracer || c.req.method === 'GET') return;
  const name = `api ${c.req.method} ${routePath(c, -1)}`;
  ctx.tracer.past(name, workHere(), { from, took_ms: ctx.monotonic() - began }, { status: c.res.status });
}

/** Each serves what the declarations of its noun say (routes/). */
const SERVED = [
  ...[
    serveOverview,
    serveUsers,
    serveStandingTerms,
    serveScreenings,
    servePayments,
    servePaymentProposals,
    serveApprovals,
  ],
  ...[serveDisputes, serveDeposits, serveSuspense, serveEffects, serveProposals, serveGuards, serveHolds, serveWallet],
  ...[serveOperations, serveRecovery, serveWebhooksOut, serveBreaks, serveReports, serveRecords, serveChain],
];

/**
 * The reactor's outside: REST under /api/v1, what it is at /api, /health, /ready, /metrics and the webhooks. Every error is an RFC 9457 problem, and
 * nothing has changed when one is answered. Serve it with `@hono/node-server`; test it with `app.request()`.
 */
export function createApp(
  ctx: Context,
  { health, metrics }: { health: () => Promise<Health>; metrics?: Registry },
): Hono {
  const strangers = openStrangers(ctx);
  const keyRate = createKeyRate(ctx);
  const api = new Hono<ApiEnv>().use(authenticate(ctx, strangers), limitRate(keyRate), limitBody);
  for (const serve of SERVED) serve(api, ctx);

  // Whom a request is for is found out in it.
  const app = new Hono()
    .use(secureHeaders(), noticeProxy(ctx))
    .use((c, next) => workOn({}, 'request', {}, () => tracedRequest(ctx, c, next)));
  if (metrics) app.route('/', metricsRoutes(ctx.settings, metrics));
  return app
    .route('/', healthRoutes(keptFor(HEALTH_MS, ctx.monotonic, health)))
    .route('/session', sessionRoutes(ctx, strangers, keyRate))
    .route('/webhooks', webhookRoutes(ctx))
    .route('/approve', linkRoutes(ctx, strangers))
    .route('/api', aboutRoutes())
    .route('/api/v1', api)
    .route('/', consoleRoutes())
    .notFound(notFound)
    .onError(onError(ctx.log));
}
