import { Hono } from 'hono';
import { html } from 'hono/html';

const PLACES = [
  ['GET /health', 'what works and what does not, measured now'],
  ['GET /ready', 'whether money can move, and why not'],
  ['POST /api/v1/users', 'add a person; answers with their deposit CLABE'],
  ['GET /api/v1/users/{id}', 'one person'],
  ['POST /api/v1/users/{id}/erase', 'propose to erase who somebody is; the books stay; ?dryRun=true'],
  ['GET, PUT, DELETE /api/v1/users/{id}/standing-terms', 'what a deposit that nobody asked for becomes'],
  ['POST /api/v1/payments', 'create a payment'],
  ['GET /api/v1/payments', 'payments, newest first; ?status=, ?limit=, ?cursor='],
  ['GET /api/v1/payments/{id}', 'one payment with all that happened to it'],
  ['GET /api/v1/payments/{id}/why', 'what it waits for, in one sentence'],
  ['GET /api/v1/suspense', 'deposits that no payment claims; ?status=, ?reason=, ?userId=, ?limit=, ?cursor='],
  ['GET /api/v1/suspense/{id}', 'one of them, and the payments that wait at its CLABE'],
  ['POST /api/v1/suspense/{id}/assign', 'give it to a payment; also /split and /refund; ?dryRun=true'],
  ['GET /api/v1/effects', 'what was sent and whose answer was lost; ?state=, ?limit=, ?cursor='],
  ['GET /api/v1/effects/{id}', 'one of them, with all that happened to it'],
  ['POST /api/v1/effects/{id}/look', 'look now for what became of it; nothing is sent'],
  ['POST /api/v1/effects/{id}/proposals', 'propose what two people may decide of it; ?dryRun=true'],
  ['GET /api/v1/guards', 'every kill switch, and each cap with what is used of it'],
  [
    'PUT /api/v1/guards/switches/{name}/stop',
    'throw a kill switch, at once; POST …/open proposes to open it; ?dryRun=true',
  ],
  ['PUT /api/v1/guards/caps/{name}', 'lower a cap, at once, or propose to raise it; ?dryRun=true'],
  ['GET, POST /api/v1/holds', 'what is held; hold a payment, a user or a rail; POST …/{id}/close; ?on=, ?dryRun=true'],
  ['GET, POST /api/v1/disputes', 'what is disputed; dispute a payment, at once; ?payment=, ?dryRun=true'],
  ['GET /api/v1/disputes/{id}', 'one of them: what each side says, what was decided, where the money is'],
  ['POST /api/v1/disputes/{id}/evidence', 'add to it; also /appeals, and /proposals to decide it; ?dryRun=true'],
  [
    'GET /api/v1/breaks',
    'what books, chain and Juno do not agree on; /{id} one, POST …/{id}/notes; ?status=, ?kind=, ?payment=, ?dryRun=true',
  ],
  ['GET /api/v1/reports/closing/{day}', 'the closing of a business day; also /csv and /page'],
  ['GET, PUT /api/v1/users/{id}/screening', 'whether a user is cleared; what the outside source found'],
  ['GET /api/v1/screenings', 'users whose money waits for a screening, or soon will; ?withinDays='],
  ['GET /api/v1/wallet/nonces', 'nonces of the bridge wallet that another transaction used'],
  ['GET /api/v1/proposals', 'what waits for a second person; ?subject='],
  ['POST /api/v1/proposals/{id}/approve', 'do what another person proposed; also /withdraw'],
  ['GET, POST /api/v1/recovery', 'what the outside knows of us and this database does not; rebuild it; ?dryRun=true'],
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
            Under <code>/api/v1</code> every request carries <code>Authorization: Bearer kus_…</code>; a POST also carries an
            <code>Idempotency-Key</code>. On the command line: <code>npx kustodia --help</code>.
          </p>
          <dl>${PLACES.map(([where, what]) => html`<dt>${where}</dt><dd>${what}</dd>`)}</dl>
        </html>`,
    ),
  );
}
