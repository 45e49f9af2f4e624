import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Context } from '../context.ts';
import { linkRoutes } from './approvals.ts';
import { type ApiEnv, authenticate } from './auth.ts';
import { serveBreaks } from './breaks.ts';
import { disputeRoutes } from './disputes.ts';
import { effectRoutes } from './effects.ts';
import { serveGuards } from './guards.ts';
import { type Health, healthRoutes } from './health.ts';
import { serveHolds } from './holds.ts';
import { homeRoutes } from './home.ts';
import { paymentRoutes } from './payments.ts';
import { notFound, onError } from './problem.ts';
import { proposalRoutes } from './proposals.ts';
import { recoveryRoutes } from './recovery.ts';
import { serveReports } from './reports.ts';
import { limitBody } from './request.ts';
import { screeningRoutes, unscreenedRoutes } from './screenings.ts';
import { standingTermsRoutes } from './standing-terms.ts';
import { suspenseRoutes } from './suspense.ts';
import { userRoutes } from './users.ts';
import { walletRoutes } from './wallet.ts';
import { webhookRoutes } from './webhooks.ts';

/**
 * The reactor's outside: REST under /api/v1, /health, /ready and the webhooks. Every error is an RFC 9457 problem, and
 * nothing has changed when one is answered. Serve it with `@hono/node-server`; test it with `app.request()`.
 */
export function createApp(ctx: Context, { health }: { health: () => Promise<Health> }): Hono {
  const api = new Hono<ApiEnv>()
    .use(authenticate(ctx.db), limitBody)
    .route('/users', userRoutes(ctx))
    .route('/users', standingTermsRoutes(ctx))
    .route('/users', screeningRoutes(ctx))
    .route('/screenings', unscreenedRoutes(ctx))
    .route('/payments', paymentRoutes(ctx))
    .route('/disputes', disputeRoutes(ctx))
    .route('/suspense', suspenseRoutes(ctx))
    .route('/effects', effectRoutes(ctx))
    .route('/proposals', proposalRoutes(ctx))
    .route('/recovery', recoveryRoutes(ctx))
    .route('/wallet', walletRoutes(ctx));

  serveGuards(api, ctx);
  serveHolds(api, ctx);
  serveBreaks(api, ctx);
  serveReports(api, ctx);

  return new Hono()
    .use(secureHeaders())
    .route('/', homeRoutes())
    .route('/', healthRoutes(health))
    .route('/webhooks', webhookRoutes(ctx))
    .route('/approve', linkRoutes(ctx))
    .route('/api/v1', api)
    .notFound(notFound)
    .onError(onError(ctx.log));
}
