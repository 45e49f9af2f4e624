import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { createPublicClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { adminRoutes } from './admin.ts';
import { authentication } from './auth.ts';
import { openBalance } from './balance.ts';
import { openBankAccounts } from './bank-accounts.ts';
import { openBitsoBalance } from './bitso-balance.ts';
import { openBitsoCatalogue } from './bitso-catalogue.ts';
import { openBitsoDeposits } from './bitso-deposits.ts';
import { openBitsoWithdrawals } from './bitso-withdrawals.ts';
import { openBlacklist } from './blacklist.ts';
import { openClabes } from './clabes.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { openCryptoDeposits } from './crypto-deposits.ts';
import { openDeposits } from './deposits.ts';
import { ApiError, errorAnswer, unknownError } from './errors.ts';
import { faultMiddleware, outage } from './fault-middleware.ts';
import { openFaults } from './faults.ts';
import { openHotWallet } from './hot-wallet.ts';
import { openIssuances } from './issuances.ts';
import { openMeter } from './meter.ts';
import { openMovements } from './movements.ts';
import { openOutbox } from './outbox.ts';
import { rateLimit } from './rate.ts';
import { openRedemptions } from './redemptions.ts';
import { openReturns } from './returns.ts';
import type { Settings } from './settings.ts';
import { openTransactions } from './transactions.ts';
import { watchTransfers } from './transfer-watch.ts';
import { KEYS_PATH, openWebhookKeys } from './webhook-keys.ts';
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
  const webhookKeys = openWebhookKeys(context);
  const webhooks = openWebhooks(context, faults, webhookKeys);
  const movements = openMovements(context, faults);
  const transactions = openTransactions({ context, faults, movements, onChange: webhooks.notify });
  const wallet = openHotWallet({ context, client, account, token });
  const balance = openBalance(switches);
  const bitsoBalance = openBitsoBalance(switches);
  const outbox = openOutbox(context);
  const returns = openReturns(context, faults, outbox);
  const bankAccounts = openBankAccounts(context, faults);
  const clabes = openClabes(context, faults);
  const parts = { context, balance, bitsoBalance, faults, movements, outbox, returns, transactions, wallet };
  const issuances = openIssuances({ ...parts, issuanceDelay_ms: settings.SANDBOX_ISSUANCE_DELAY_MS });
  const deposits = openDeposits({
    ...parts,
    businessName: settings.SANDBOX_BUSINESS_NAME,
    clabes,
    onDeposit: issuances.start,
  });
  const bitsoDeposits = openBitsoDeposits({ context, deposits });
  const bitsoWithdrawals = openBitsoWithdrawals({
    ...parts,
    bitsoDelay_ms: settings.SANDBOX_BITSO_DELAY_MS,
    onChange: (withdrawal) => webhooks.notifyBitso('withdrawal', withdrawal),
    onReturned: (order) => webhooks.notifyBitso('funding', bitsoDeposits.funding(deposits.takeBack('bitso', order))),
  });
  const withdrawals = openWithdrawals({ ...parts, withdrawalDelay_ms: settings.SANDBOX_WITHDRAWAL_DELAY_MS });
  const redemptions = openRedemptions({
    ...parts,
    bankAccounts,
    redemptionDelay_ms: settings.SANDBOX_REDEMPTION_DELAY_MS,
    onReturned: (order) => void deposits.takeBack('juno', order),
  });
  const cryptoDeposits = openCryptoDeposits({ ...parts, creditDelay_ms: settings.SANDBOX_CREDIT_DELAY_MS });
  const look = watchTransfers({
    client,
    token,
    to: account.address,
    // What the newest block already holds happened before this sandbox was there, and is not its to credit.
    startBlock: (await client.getBlockNumber()) + 1n,
    confirmations: BigInt(switches.depositConfirmations),
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
  const rate = rateLimit(context, settings.SANDBOX_RATE_PER_MINUTE, settings.SANDBOX_RATE_WINDOW_S * 1_000);
  const faulty = faultMiddleware({ context, faults, lockOut: rate.lockOut });
  const strict = switches.trailingSlash === 'not_found';
  const api = new Hono<HttpEnv>({ strict })
    .use(meter.middleware)
    .use(outage(faults))
    // Open to everybody: neither signed nor counted, and no less apt to fail.
    .use(KEYS_PATH, faulty)
    .route('/', webhookKeys.routes)
    .use(authentication({ apiKey: settings.SANDBOX_API_KEY, apiSecret: settings.SANDBOX_API_SECRET, context }))
    .use(rate.middleware)
    .use(faulty);
  const juno = [clabes, deposits, transactions, movements, balance, bankAccounts, withdrawals, redemptions, issuances];
  const bitso = [bitsoWithdrawals, bitsoBalance, bitsoDeposits, openBitsoCatalogue(switches)];
  for (const { routes } of [...juno, ...bitso, webhooks]) api.route('/', routes);

  return new Hono<HttpEnv>({ strict })
    .use(readBytes)
    .route(
      '/sandbox',
      adminRoutes({
        token: settings.SANDBOX_ADMIN_TOKEN,
        depositAddress: account.address,
        balance,
        bitsoBalance,
        blacklist: openBlacklist({ rpcUrl: settings.ETH_RPC_URL, token }),
        cryptoDeposits,
        deposits,
        endpoints: [
          ...new Set(api.routes.filter(({ method }) => method !== 'ALL').map((r) => `${r.method} ${r.path}`)),
        ],
        faults,
        locked_ms: rate.locked_ms,
        meter,
        outbox,
        redemptions,
        returns,
        switches,
        transactions,
        webhooks,
      }),
    )
    .route('/', api)
    .notFound((c) => errorAnswer(c, new ApiError(404, '0901', 'There is no such endpoint'), switches))
    .onError((error, c) => {
      if (error instanceof ApiError) return errorAnswer(c, error, switches);
      logger.error({ err: error, path: c.req.path }, 'a request failed inside the sandbox');
      return errorAnswer(c, unknownError(), switches);
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
