import { Hono } from 'hono';
import { z } from 'zod';
import { MINIMUM_UNITS } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { BitsoBalance } from './bitso-balance.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import type { Deposit } from './deposits.ts';
import type { HotWallet } from './hot-wallet.ts';
import { openIdempotency } from './idempotency.ts';
import { amountSchema, readBody } from './json.ts';
import type { Movements } from './movements.ts';
import type { Outbox } from './outbox.ts';
import type { Transaction, Transactions } from './transactions.ts';

export type IssuancesParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  bitsoBalance: BitsoBalance;
  movements: Movements;
  outbox: Outbox;
  transactions: Transactions;
  wallet: HotWallet;
  issuanceDelay_ms: number;
}>;

/**
 * Turns pesos into MXNB: those of a deposit (J/issuance), or of the Bitso balance on request
 * (J/trigger-a-token-issuance-via-bitso-transfer). The issuance of a deposit below the minimum, or one that the token refuses,
 * fails, and the pesos go back to their sender.
 */
export function openIssuances(parameters: IssuancesParameters) {
  const { context, balance, bitsoBalance, movements, outbox, transactions, wallet, issuanceDelay_ms } = parameters;
  const { clock, switches, sleep, run } = context;
  const idempotency = openIdempotency(context);
  const pause = () => sleep(issuanceDelay_ms / 3);

  async function issue(deposit: Deposit): Promise<void> {
    await pause();
    deposit.status = 'COMPLETE';
    if (deposit.isRefund && switches.returnMoney !== 'issuance') return takeWithoutIssuance(deposit);
    const isBelow = deposit.units < MINIMUM_UNITS;
    if (isBelow && switches.belowMinimumIssuance === 'not_shown') return sendBack(deposit, deposit.depositId);

    const issuance = transactions.open({
      type: 'ISSUANCE',
      units: deposit.units,
      method: 'SPEI',
      status: 'PENDING',
      details: detailsOf(deposit),
      firstStep: { step: 'Deposit received' },
      // The return's own line tells of it.
      isMovement: !deposit.isRefund,
    });
    await pause();
    if (isBelow) return fail(issuance, deposit, 'Below the minimum');
    transactions.move(issuance, 'IN_PROGRESS', { step: 'Issuing tokens' });
    await pause();
    if (!(await mint(issuance))) fail(issuance, deposit, 'Issuing failed');
  }

  /** Money of a payout that came back, as the switch says: MXNB without a transaction, or pesos at Bitso. */
  async function takeWithoutIssuance({ units }: Deposit): Promise<void> {
    if (switches.returnMoney === 'mxnb' && (await wallet.mint(units)).status === 'success')
      balance.add('issued', units);
    else bitsoBalance.add(units);
  }

  async function mint(issuance: Transaction): Promise<boolean> {
    const minted = await wallet.mint(issuance.units);
    if (minted.status === 'reverted') return false;
    balance.add('issued', issuance.units);
    transactions.move(issuance, 'COMPLETE', { step: 'Tokens issued', receipt: minted.hash });
    return true;
  }

  function fail(issuance: Transaction, deposit: Deposit, step: string): void {
    sendBack(deposit, issuance.id);
    transactions.move(issuance, 'FAILED', { step });
  }

  /** Pays the deposit back to where it came from: the “issuance refund” of J/list-financial-movements. */
  function sendBack({ senderClabe, senderName, units }: Deposit, transactionId: string): void {
    const order = outbox.send({
      kind: 'issuance_refund',
      transactionId,
      clabe: senderClabe,
      recipientName: senderName,
      units,
    });
    const now_ns = clock.now_ns();
    const detail = { transaction_type: 'ISSUANCE_REFUND', method: 'SPEI', tracking_key: order.clave_rastreo };
    movements.add({
      type: 'WITHDRAWAL',
      transactionId,
      units,
      currency: 'MXN',
      createdAt_ns: now_ns,
      read: () => ({ status: 'COMPLETE', updatedAt_ns: now_ns, detail }),
    });
  }

  async function issueFromBitso(issuance: Transaction): Promise<void> {
    await sleep(issuanceDelay_ms);
    if (await mint(issuance)) return bitsoBalance.spend(issuance.units);
    bitsoBalance.release(issuance.units);
    transactions.move(issuance, 'FAILED', { step: 'Issuing failed' });
  }

  const detailsOf = ({ senderName, senderClabe, receiverName, receiverClabe, trackingKey }: Deposit) =>
    switches.issuanceDetails === 'nested'
      ? {
          sender: { name: senderName, clabe: senderClabe },
          receiver: { name: receiverName, clabe: receiverClabe },
          tracking_key: trackingKey,
        }
      : {
          sender_name: senderName,
          sender_clabe: senderClabe,
          receiver_name: receiverName,
          receiver_clabe: receiverClabe,
          tracking_key: trackingKey,
        };

  const schema = z.object({
    amount: amountSchema(switches.requestAmount, 2).refine(
      (units) => units >= MINIMUM_UNITS,
      'must be at least 100.00',
    ),
    network: z.literal('ARBITRUM'),
    asset: z.literal('MXNB'),
  });
  const routes = new Hono<HttpEnv>().post('/mint_platform/v1/issuance', (c) => {
    const payload = idempotency.once(c, () => {
      const { amount } = readBody(schema, c.get('body'));
      bitsoBalance.reserve(amount);
      const issuance = transactions.open({
        type: 'ISSUANCE',
        units: amount,
        method: 'BITSO_TRANSFER',
        status: 'IN_PROGRESS',
        details: {},
        firstStep: { step: 'Issuance requested' },
      });
      run('issuance', () => issueFromBitso(issuance));
      return () => transactions.summary(issuance);
    });
    return c.json({ success: true, payload }, switches.transactionCreatedStatus);
  });

  return { routes, start: (deposit: Deposit): void => run('issuance', () => issue(deposit)) };
}
