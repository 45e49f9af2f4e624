import { Hono } from 'hono';
import { z } from 'zod';
import { MINIMUM_UNITS } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { BankAccount, BankAccounts } from './bank-accounts.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { invalid } from './errors.ts';
import type { HotWallet } from './hot-wallet.ts';
import { openIdempotency } from './idempotency.ts';
import { amountSchema, readBody } from './json.ts';
import type { Outbox } from './outbox.ts';
import type { Transaction, Transactions } from './transactions.ts';

export type RedemptionsParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  bankAccounts: BankAccounts;
  outbox: Outbox;
  transactions: Transactions;
  wallet: HotWallet;
  redemptionDelay_ms: number;
}>;

/**
 * Redemptions: MXNB is burnt, and its pesos go by SPEI to a registered bank account or, where none is named, to the Bitso
 * balance (J/redeem-your-mxnb-tokens). The account is read when the request is accepted; a later change does not divert it.
 */
export function openRedemptions(parameters: RedemptionsParameters) {
  const { context, balance, bankAccounts, outbox, transactions, wallet, redemptionDelay_ms } = parameters;
  const { switches, sleep, run } = context;
  const idempotency = openIdempotency(context);
  let bitsoUnits = 0n;

  const schema = z.object({
    amount: amountSchema(switches.requestAmount, 2).refine(
      (units) => units >= MINIMUM_UNITS,
      'must be at least 100.00',
    ),
    asset: z.literal(['MXN', 'mxn']),
    destination_bank_account_id: z.string().max(100).optional(),
  });

  function bankAccount(id: string): BankAccount {
    const account = bankAccounts.get(id);
    if (!account) throw invalid({ field: 'destination_bank_account_id', message: 'is not a registered bank account' });
    return account;
  }

  async function redeem(redemption: Transaction, account: BankAccount | undefined): Promise<void> {
    await sleep(redemptionDelay_ms);
    const { units } = redemption;
    const burnt = await wallet.burn(units);
    if (burnt.status === 'reverted') {
      balance.release(units);
      transactions.move(redemption, 'FAILED', { step: 'Burning failed' });
      return;
    }
    balance.spend('redeemed', units);
    if (account) pay(redemption, account);
    else bitsoUnits += units;
    transactions.move(redemption, 'COMPLETE', { step: account ? 'SPEI sent' : 'Bitso balance credited' });
  }

  function pay(redemption: Transaction, { clabe, recipient_legal_name }: BankAccount): void {
    const { id, units } = redemption;
    const order = outbox.send({
      kind: 'redemption',
      transactionId: id,
      clabe,
      recipientName: recipient_legal_name,
      units,
    });
    if (switches.redemptionTrackingKey)
      redemption.details = { ...redemption.details, tracking_key: order.clave_rastreo };
  }

  const routes = new Hono<HttpEnv>().post('/mint_platform/v1/redemptions', (c) => {
    const payload = idempotency.once(c, () => {
      const { amount, destination_bank_account_id: accountId } = readBody(schema, c.get('body'));
      const account = accountId === undefined ? undefined : bankAccount(accountId);
      balance.hold(amount);
      const details = account && {
        destination_bank_account_id: account.id,
        recipient_legal_name: account.recipient_legal_name,
        clabe: account.clabe,
      };
      const redemption = transactions.open(
        {
          type: 'REDEMPTION',
          units: amount,
          method: account ? 'SPEI' : 'BITSO_TRANSFER',
          status: 'IN_PROGRESS',
          details: details ?? {},
        },
        { step: 'Redemption requested' },
      );
      run('redemption', () => redeem(redemption, account));
      return () => transactions.summary(redemption);
    });
    return c.json({ success: true, payload }, switches.transactionCreatedStatus);
  });

  return {
    routes,
    /** Pesos that were redeemed to the Bitso balance, in base units. */
    bitsoUnits: (): bigint => bitsoUnits,
  };
}

export type Redemptions = ReturnType<typeof openRedemptions>;
