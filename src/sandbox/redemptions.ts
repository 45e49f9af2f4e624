import { Hono } from 'hono';
import { z } from 'zod';
import { MINIMUM_UNITS } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { BankAccount, BankAccounts } from './bank-accounts.ts';
import type { BitsoBalance } from './bitso-balance.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { invalid } from './errors.ts';
import { type Faults, saidOf } from './faults.ts';
import type { HotWallet } from './hot-wallet.ts';
import { openIdempotency } from './idempotency.ts';
import { amountSchema, readBody } from './json.ts';
import type { Outbox, SpeiOrder } from './outbox.ts';
import type { Returns } from './returns.ts';
import type { Transaction, Transactions } from './transactions.ts';

export type RedemptionsParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  bankAccounts: BankAccounts;
  bitsoBalance: BitsoBalance;
  faults: Faults;
  outbox: Outbox;
  returns: Returns;
  transactions: Transactions;
  wallet: HotWallet;
  redemptionDelay_ms: number;
  /** Takes the pesos of a payout in again that its bank sent back. */
  onReturned: (order: SpeiOrder) => void;
}>;

const PATH = '/mint_platform/v1/redemptions';
const ENDPOINT = `POST ${PATH}`;

/**
 * Redemptions: MXNB is burnt, and its pesos go by SPEI to a registered bank account or, where none is named, to the Bitso
 * balance (J/redeem-your-mxnb-tokens). The account is read when the request is accepted; a later change does not divert it.
 */
export function openRedemptions(parameters: RedemptionsParameters) {
  const { context, balance, bankAccounts, bitsoBalance, faults, outbox, returns, transactions, wallet } = parameters;
  const { switches, sleep, run } = context;
  const idempotency = openIdempotency(context);
  /** Pesos of redemptions that failed and came back to nobody. */
  let keptUnits = 0n;

  const schema = z.object({
    amount: amountSchema(switches.requestAmount, 2).refine(
      (units) => units >= MINIMUM_UNITS,
      'must be at least 100.00',
    ),
    asset: z.literal(switches.redemptionAsset === 'any_case' ? ['MXN', 'mxn'] : ['MXN']),
    destination_bank_account_id: z.string().max(100).optional(),
  });

  function bankAccount(id: string): BankAccount {
    const account = bankAccounts.get(id);
    if (!account) throw invalid({ field: 'destination_bank_account_id', message: 'is not a registered bank account' });
    return account;
  }

  async function redeem(redemption: Transaction, account: BankAccount | undefined): Promise<void> {
    await sleep(parameters.redemptionDelay_ms);
    const { units } = redemption;
    if (redemption.status === 'PENDING') transactions.move(redemption, 'IN_PROGRESS', { step: 'Redeeming' });
    const isRefused = faults.strike('fail_payout', ENDPOINT, saidOf(units)) !== undefined;
    if (isRefused && switches.failedRedemptionMoney === 'mxnb') {
      balance.release(units);
      transactions.move(redemption, 'FAILED', { step: 'SPEI refused' });
      return;
    }
    const burnt = await wallet.burn(units);
    if (burnt.status === 'reverted') {
      balance.release(units);
      transactions.move(redemption, 'FAILED', { step: 'Burning failed' });
      return;
    }
    balance.spend('redeemed', units);
    if (isRefused) {
      keptUnits += units;
      transactions.move(redemption, 'FAILED', { step: 'SPEI refused' });
    } else if (account) {
      const order = pay(redemption, account);
      transactions.move(redemption, 'COMPLETE', { step: 'SPEI sent' });
      returns.perhaps(ENDPOINT, order);
    } else {
      bitsoBalance.add(units);
      transactions.move(redemption, 'COMPLETE', { step: 'Bitso balance credited' });
    }
  }

  function pay(redemption: Transaction, { clabe, recipient_legal_name }: BankAccount): SpeiOrder {
    const { id, units } = redemption;
    const order = outbox.send({
      kind: 'redemption',
      transactionId: id,
      clabe,
      recipientName: recipient_legal_name,
      units,
      onReturned: (returned) => takeBack(redemption, returned),
    });
    if (switches.redemptionTrackingKey)
      redemption.details = { ...redemption.details, tracking_key: order.clave_rastreo };
    return order;
  }

  function takeBack(redemption: Transaction, order: SpeiOrder): void {
    parameters.onReturned(order);
    if (switches.returnStatus === 'FAILED') transactions.move(redemption, 'FAILED', { step: 'SPEI returned' });
  }

  function detailsOf({ id, recipient_legal_name, clabe }: BankAccount): Record<string, string> {
    if (switches.redemptionDetails === 'absent') return {};
    const idOnly = { destination_bank_account_id: id };
    return switches.redemptionDetails === 'id_only' ? idOnly : { ...idOnly, recipient_legal_name, clabe };
  }

  const routes = new Hono<HttpEnv>().post(PATH, (c) => {
    const payload = idempotency.once(c, () => {
      const { amount, destination_bank_account_id: accountId } = readBody(schema, c.get('body'));
      const account = accountId === undefined ? undefined : bankAccount(accountId);
      balance.hold(amount);
      const redemption = transactions.open({
        type: 'REDEMPTION',
        units: amount,
        method: account ? 'SPEI' : 'BITSO_TRANSFER',
        status: switches.redemptionFirstStatus,
        details: account ? detailsOf(account) : {},
        firstStep: { step: 'Redemption requested' },
      });
      run('redemption', () => redeem(redemption, account));
      return () => transactions.summary(redemption);
    });
    return c.json({ success: true, payload }, switches.transactionCreatedStatus);
  });

  return {
    routes,
    /** Pesos that were burnt for, and then neither paid nor given back, in base units. */
    keptUnits: (): bigint => keptUnits,
  };
}

export type Redemptions = ReturnType<typeof openRedemptions>;
