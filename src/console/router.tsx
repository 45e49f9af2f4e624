import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Frame } from './frame/frame.tsx';
import { Lost } from './frame/lost.tsx';
import { filtersOf } from './pages/payments-filters.ts';
import { queueOf } from './pages/queue-names.ts';
import { wantedOf } from './pages/wanted.ts';

const root = createRootRoute({ component: Frame, notFoundComponent: Lost });
const page = <P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) });

export const paymentsRoute = createRoute({
  getParentRoute: () => root,
  path: '/payments',
  validateSearch: filtersOf,
  component: lazyRouteComponent(() => import('./pages/payments.tsx')),
});
export const paymentRoute = createRoute({
  getParentRoute: () => root,
  path: '/payments/$id',
  validateSearch: wantedOf,
  component: lazyRouteComponent(() => import('./pages/payment.tsx')),
});
export const userRoute = createRoute({
  getParentRoute: () => root,
  path: '/users/$id',
  component: lazyRouteComponent(() => import('./pages/user.tsx')),
});
export const findRoute = createRoute({
  getParentRoute: () => root,
  path: '/find/$id',
  validateSearch: wantedOf,
  component: lazyRouteComponent(() => import('./pages/find.tsx')),
});
export const queuesRoute = createRoute({
  getParentRoute: () => root,
  path: '/queues',
  validateSearch: queueOf,
  component: lazyRouteComponent(() => import('./pages/queues.tsx')),
});

export const router = createRouter({
  routeTree: root.addChildren([
    page('/', () => import('./pages/overview.tsx')),
    ...[paymentsRoute, paymentRoute, userRoute, queuesRoute, findRoute],
    page('/users', () => import('./pages/people.tsx')),
    page('/guards', () => import('./pages/guards.tsx')),
    page('/ledger', () => import('./pages/ledger.tsx')),
    page('/wallet', () => import('./pages/wallet.tsx')),
    page('/rails', () => import('./pages/rails.tsx')),
    page('/indexer', () => import('./pages/indexer.tsx')),
    page('/webhooks', () => import('./pages/webhooks.tsx')),
    page('/audit', () => import('./pages/audit.tsx')),
    page('/keys', () => import('./pages/keys.tsx')),
  ]),
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
