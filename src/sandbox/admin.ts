import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { centavosText } from './amounts.ts';
import { sameText } from './auth.ts';
import type { Balance } from './balance.ts';
import type { BitsoBalance } from './bitso-balance.ts';
import { type Blacklist, blacklistSchema } from './blacklist.ts';
import type { HttpEnv } from './context.ts';
import type { CryptoDeposits } from './crypto-deposits.ts';
import type { Deposits } from './deposits.ts';
import { ApiError } from './errors.ts';
import { FAULTS, type Faults, faultSchema, outageSchema, seedSchema } from './faults.ts';
import { readBody } from './json.ts';
import type { openMeter } from './meter.ts';
import { type Outbox, RETURN_TYPES } from './outbox.ts';
import type { Redemptions } from './redemptions.ts';
import type { Returns } from './returns.ts';
import { listSwitches, type Switches } from './switches.ts';
import type { Transactions } from './transactions.ts';
import type { Webhooks } from './webhooks.ts';

export type AdminParameters = Readonly<{
  token: string;
  /** The hot wallet: where MXNB is sent to be credited. */
  depositAddress: string;
  balance: Balance;
  blacklist: Blacklist;
  bitsoBalance: BitsoBalance;
  cryptoDeposits: CryptoDeposits;
  deposits: Deposits;
  /** Of the API, as faults name them. */
  endpoints: readonly string[];
  faults: Faults;
  locked_ms: () => number;
  meter: ReturnType<typeof openMeter>;
  outbox: Outbox;
  redemptions: Redemptions;
  returns: Returns;
  switches: Switches;
  transactions: Transactions;
  webhooks: Webhooks;
}>;

const NANOSECONDS_A_MILLISECOND = 1_000_000n;

/** A payout to send back: its order's id, transaction, wid or clave de rastreo, and SPEI's kind of return. */
const returnSchema = z.strictObject({ id: z.string().min(1).max(100), type: z.literal(RETURN_TYPES).default(17) });

/** What only the world around the sandbox may see and do, under /sandbox: the far end's books, and faults on demand. */
export function adminRoutes(parameters: AdminParameters) {
  const { balance, bitsoBalance, cryptoDeposits, deposits, faults, outbox, redemptions, returns, transactions } =
    parameters;
  const allowed = createMiddleware<HttpEnv>(async (c, next) => {
    if (!sameText(c.req.header('x-sandbox-admin') ?? '', parameters.token))
      throw new ApiError(401, '0208', 'x-sandbox-admin is missing or wrong');
    return next();
  });
  const milliseconds = (time_ns: bigint) => Number(time_ns / NANOSECONDS_A_MILLISECOND);

  function state() {
    const { issued, credited, withdrawn, redeemed, fees } = balance.totals;
    const counts: Record<string, number> = {};
    for (const { type, status } of transactions.list())
      counts[`${type} ${status}`] = (counts[`${type} ${status}`] ?? 0) + 1;
    return {
      ...parameters.meter.read(),
      ...balance.read(),
      issued_centavos: centavosText(issued),
      credited_centavos: centavosText(credited),
      withdrawn_centavos: centavosText(withdrawn),
      redeemed_centavos: centavosText(redeemed),
      fees_centavos: centavosText(fees),
      ...bitsoBalance.read(),
      kept_centavos: centavosText(redemptions.keptUnits()),
      spei_in_centavos: centavosText(deposits.receivedUnits()),
      ...outbox.read(),
      deposit_address: parameters.depositAddress,
      deposits: deposits.list().length,
      transactions: counts,
      credits_held: cryptoDeposits.held().length,
      locked_out_ms: parameters.locked_ms(),
      webhooks: parameters.webhooks.counts(),
    };
  }

  return new Hono<HttpEnv>()
    .use(allowed)
    .get('/outbox', (c) => c.json({ payouts: outbox.list() }))
    .post('/returns', (c) => {
      const { id, type } = readBody(returnSchema, c.get('body'));
      return c.json({ payout: returns.giveBack(id, type) });
    })
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
    .get('/state', (c) => c.json(state()))
    .get('/switches', (c) => c.json({ switches: listSwitches(parameters.switches) }))
    .get('/credits', (c) =>
      c.json({ held: cryptoDeposits.held().map(({ units, ...rest }) => ({ ...rest, units: units.toString() })) }),
    )
    .post('/credits/release', (c) => {
      cryptoDeposits.release();
      return c.json({ success: true });
    })
    .post('/blacklist', async (c) => {
      await parameters.blacklist(readBody(blacklistSchema, c.get('body')));
      return c.json({ success: true });
    })
    .get('/faults', (c) => c.json({ ...faults.read(), known: FAULTS, endpoints: parameters.endpoints }))
    .post('/faults', (c) => {
      faults.arm(readBody(faultSchema, c.get('body')), parameters.endpoints);
      return c.json(faults.read());
    })
    .delete('/faults', (c) => {
      faults.clear();
      return c.json(faults.read());
    })
    .post('/seed', (c) => {
      faults.sow(readBody(seedSchema, c.get('body')), parameters.endpoints);
      return c.json(faults.read());
    })
    .post('/outage', (c) => {
      faults.startOutage(readBody(outageSchema, c.get('body')).ms);
      return c.json({ success: true });
    });
}
