import { Hono } from 'hono';
import { html } from 'hono/html';
import { ROUTES } from './routes/index.ts';

const PLACES = [
  ['GET /health', 'what works and what does not, measured now'],
  ['GET /ready', 'whether money can move, and why not'],
  ['GET /api', 'every request under /api/v1, with its fields; GET /api/openapi.json is the same for programs'],
  ...ROUTES.map(({ method, path, summary }) => [`${method.toUpperCase()} /api/v1${path}`, summary] as const),
  ['POST /approve', 'approve one release with the token of a link; POST /approve/look says which'],
  ['GET /metrics', 'what Prometheus reads'],
  ['POST /webhooks/juno', 'Juno’s notifications'],
] as const;

/** GET / says what this is and where to look. */
export function homeRoutes(): Hono {
  return new Hono().get('/', (c) =>
    c.html(
      html`<!doctype html>
        <html lang="en">
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>Kustodia</title>
          <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1b1b1b; }
            dt { font-family: ui-monospace, monospace; margin-top: 0.75rem; }
            dd { margin: 0; color: #4a4a4a; }
          </style>
          <h1>Kustodia</h1>
          <p>
            This is the reactor: it moves payments from a SPEI deposit through escrow on Arbitrum to the recipient’s CLABE.
            Under <code>/api/v1</code> every request carries <code>Authorization: Bearer kus_…</code>; whatever changes something also carries an
            <code>Idempotency-Key</code>. On the command line: <code>npx kustodia --help</code>.
          </p>
          <dl>${PLACES.map(([where, what]) => html`<dt>${where}</dt><dd>${what}</dd>`)}</dl>
        </html>`,
    ),
  );
}
