import { MINIMUM_UNITS } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { SandboxContext } from './context.ts';
import type { Deposit } from './deposits.ts';
import type { HotWallet } from './hot-wallet.ts';
import type { Outbox } from './outbox.ts';
import type { Transaction, Transactions } from './transactions.ts';

export type IssuancesParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  outbox: Outbox;
  transactions: Transactions;
  wallet: HotWallet;
  issuanceDelay_ms: number;
}>;

/**
 * Turns deposits into MXNB (J/issuance). The issuance of one below the minimum, or one that the token refuses, fails, and the
 * pesos go back to their sender.
 */
export function openIssuances({
  context,
  balance,
  outbox,
  transactions,
  wallet,
  issuanceDelay_ms,
}: IssuancesParameters) {
  const { switches, sleep, run } = context;

  async function issue(deposit: Deposit): Promise<void> {
    const pause = () => sleep(issuanceDelay_ms / 3);
    await pause();
    deposit.status = 'COMPLETE';
    if (deposit.isRefund && !switches.refundDepositIssues) return;

    const issuance = transactions.open(
      { type: 'ISSUANCE', units: deposit.units, method: 'SPEI', status: 'PENDING', details: detailsOf(deposit) },
      { step: 'Deposit received' },
    );
    await pause();
    if (deposit.units < MINIMUM_UNITS) return fail(issuance, deposit, 'Below the minimum');

    transactions.move(issuance, 'IN_PROGRESS', { step: 'Issuing tokens' });
    await pause();
    const minted = await wallet.mint(deposit.units);
    if (minted.status === 'reverted') return fail(issuance, deposit, 'Issuing failed');
    balance.add('issued', deposit.units);
    transactions.move(issuance, 'COMPLETE', { step: 'Tokens issued', receipt: minted.hash });
  }

  function fail(issuance: Transaction, { senderClabe, senderName, units }: Deposit, step: string): void {
    outbox.send({
      kind: 'issuance_refund',
      transactionId: issuance.id,
      clabe: senderClabe,
      recipientName: senderName,
      units,
    });
    transactions.move(issuance, 'FAILED', { step });
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

  return { start: (deposit: Deposit): void => run('issuance', () => issue(deposit)) };
}
