import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { createPublicClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { adminRoutes } from './admin.ts';
import { authentication } from './auth.ts';
import { openBalance } from './balance.ts';
import { openBankAccounts } from './bank-accounts.ts';
import { openClabes } from './clabes.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { openCryptoDeposits } from './crypto-deposits.ts';
import { openDeposits } from './deposits.ts';
import { ApiError, errorBody, notFound } from './errors.ts';
import { openFaults } from './faults.ts';
import { openHotWallet } from './hot-wallet.ts';
import { openIssuances } from './issuances.ts';
import { openMeter } from './meter.ts';
import { openOutbox } from './outbox.ts';
import { rateLimit } from './rate.ts';
import { openRedemptions } from './redemptions.ts';
import type { Settings } from './settings.ts';
import { openTransactions, type Transaction } from './transactions.ts';
import { watchTransfers } from './transfer-watch.ts';
import { openWebhooks } from './webhooks.ts';
import { openWithdrawals } from './withdrawals.ts';

const MAX_BODY_BYTES = 64 * 1024;
const LOOK_AT_CHAIN_MS = 200;

/** The stand-in for Juno: its HTTP endpoints, and the work on the chain that they lead to. */
export async function openSandbox(context: SandboxContext, settings: Settings): Promise<Hono<HttpEnv>> {
  const { logger, run, signal, sleep, switches } = context;
  const token = settings.MXNB_CONTRACT_ADDRESS;
  const account = privateKeyToAccount(settings.SANDBOX_PRIVATE_KEY);
  const client = createPublicClient({ transport: http(settings.ETH_RPC_URL, { batch: true }), cacheTime: 0 });

  const faults = openFaults(context);
  const webhooks = openWebhooks(context, faults);
  const transactions = openTransactions(context, (transaction: Transaction) => webhooks.notify(transaction));
  const wallet = openHotWallet({ context, client, account, token });
  const balance = openBalance(switches);
  const outbox = openOutbox(context);
  const bankAccounts = openBankAccounts(context);
  const clabes = openClabes(context);
  const parts = { context, balance, outbox, transactions, wallet };
  const issuances = openIssuances({ ...parts, issuanceDelay_ms: settings.SANDBOX_ISSUANCE_DELAY_MS });
  const deposits = openDeposits({ context, clabes, onDeposit: issuances.start });
  const withdrawals = openWithdrawals({ ...parts, withdrawalDelay_ms: settings.SANDBOX_WITHDRAWAL_DELAY_MS });
  const redemptions = openRedemptions({
    ...parts,
    bankAccounts,
    redemptionDelay_ms: settings.SANDBOX_REDEMPTION_DELAY_MS,
  });
  const cryptoDeposits = openCryptoDeposits({ ...parts, creditDelay_ms: settings.SANDBOX_CREDIT_DELAY_MS });
  const look = watchTransfers({
    client,
    token,
    to: account.address,
    // What the newest block already holds happened before this sandbox was there, and is not its to credit.
    startBlock: (await client.getBlockNumber()) + 1n,
    confirmations: switches.depositConfirmations,
    onTransfer: cryptoDeposits.receive,
  });
  run('watching the chain', async () => {
    while (!signal.aborted) {
      try {
        await wallet.settle();
        await look(await client.getBlockNumber());
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, 'the chain did not answer; it is asked again');
      }
      await sleep(LOOK_AT_CHAIN_MS);
    }
  });

  const meter = openMeter();
  const api = new Hono<HttpEnv>()
    .use(meter.middleware)
    .use(faults.outage)
    .use(authentication({ apiKey: settings.SANDBOX_API_KEY, apiSecret: settings.SANDBOX_API_SECRET, switches }))
    .use(rateLimit(context, settings.SANDBOX_RATE_PER_MINUTE))
    .use(faults.middleware);
  for (const { routes } of [clabes, deposits, transactions, balance, bankAccounts, withdrawals, redemptions, webhooks])
    api.route('/', routes);

  return new Hono<HttpEnv>()
    .use(readBytes)
    .route(
      '/sandbox',
      adminRoutes({
        token: settings.SANDBOX_ADMIN_TOKEN,
        depositAddress: account.address,
        balance,
        deposits,
        faults,
        meter,
        outbox,
        redemptions,
        transactions,
        webhooks,
      }),
    )
    .route('/', api)
    .notFound((c) => c.json(errorBody(notFound('The endpoint')), 404))
    .onError((error, c) => {
      if (error instanceof ApiError) return c.json(errorBody(error), error.status);
      logger.error({ err: error, path: c.req.path }, 'a request failed inside the sandbox');
      return c.json(errorBody(new ApiError(500, '0101', 'Unknown error')), 500);
    });
}

/** Keeps the body as the bytes that came, which are what was signed; refuses more than 64 KiB. */
const readBytes = createMiddleware<HttpEnv>(async (c, next) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new ApiError(413, '0304', `A body has at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  c.set('body', Buffer.concat(chunks));
  return next();
});
