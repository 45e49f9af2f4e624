import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { centavosText } from './amounts.ts';
import { sameText } from './auth.ts';
import type { Balance } from './balance.ts';
import type { HttpEnv } from './context.ts';
import type { Deposits } from './deposits.ts';
import { ApiError } from './errors.ts';
import { type Faults, faultSchema, outageSchema } from './faults.ts';
import { readBody } from './json.ts';
import type { openMeter } from './meter.ts';
import type { Outbox } from './outbox.ts';
import type { Redemptions } from './redemptions.ts';
import type { Transactions } from './transactions.ts';
import type { Webhooks } from './webhooks.ts';

export type AdminParameters = Readonly<{
  token: string;
  /** The hot wallet: where MXNB is sent to be credited. */
  depositAddress: string;
  balance: Balance;
  deposits: Deposits;
  faults: Faults;
  meter: ReturnType<typeof openMeter>;
  outbox: Outbox;
  redemptions: Redemptions;
  transactions: Transactions;
  webhooks: Webhooks;
}>;

const NANOSECONDS_A_MILLISECOND = 1_000_000n;

/** What only the world around the sandbox may see and do, under /sandbox: the far end's books, and faults on demand. */
export function adminRoutes({
  token,
  depositAddress,
  balance,
  deposits,
  faults,
  meter,
  outbox,
  redemptions,
  transactions,
  webhooks,
}: AdminParameters) {
  const allowed = createMiddleware<HttpEnv>(async (c, next) => {
    if (!sameText(c.req.header('x-sandbox-admin') ?? '', token))
      throw new ApiError(401, '0208', 'x-sandbox-admin is missing or wrong');
    return next();
  });
  const milliseconds = (time_ns: bigint) => Number(time_ns / NANOSECONDS_A_MILLISECOND);

  return new Hono<HttpEnv>()
    .use(allowed)
    .get('/outbox', (c) => c.json({ payouts: outbox.list() }))
    .get('/deposits', (c) => c.json({ deposits: deposits.list() }))
    .post('/deposits', (c) => {
      // The payer's bank is no client of the API: its deposits count against no limit.
      const { fid } = deposits.receive(c.get('body'));
      return c.json({ fid });
    })
    .get('/transactions', (c) =>
      c.json({
        transactions: transactions.list().map(({ id, type, status, units, createdAt_ns, updatedAt_ns }) => ({
          id,
          type,
          status,
          amount_centavos: centavosText(units),
          created_at: milliseconds(createdAt_ns),
          updated_at: milliseconds(updatedAt_ns),
        })),
      }),
    )
    .get('/state', (c) => {
      const { issued, credited, withdrawn, redeemed } = balance.totals;
      const counts: Record<string, number> = {};
      for (const { type, status } of transactions.list())
        counts[`${type} ${status}`] = (counts[`${type} ${status}`] ?? 0) + 1;
      return c.json({
        ...meter.read(),
        ...balance.read(),
        issued_centavos: centavosText(issued),
        credited_centavos: centavosText(credited),
        withdrawn_centavos: centavosText(withdrawn),
        redeemed_centavos: centavosText(redeemed),
        bitso_balance_centavos: centavosText(redemptions.bitsoUnits()),
        deposit_address: depositAddress,
        deposits: deposits.list().length,
        transactions: counts,
        webhooks: webhooks.counts(),
      });
    })
    .get('/faults', (c) => c.json({ faults: faults.list() }))
    .post('/faults', (c) => {
      faults.arm(readBody(faultSchema, c.get('body')));
      return c.json({ faults: faults.list() });
    })
    .delete('/faults', (c) => {
      faults.clear();
      return c.json({ faults: faults.list() });
    })
    .post('/outage', (c) => {
      faults.startOutage(readBody(outageSchema, c.get('body')).ms);
      return c.json({ success: true });
    });
}
