import type { Balance } from './balance.ts';
import type { SandboxContext } from './context.ts';
import type { HotWallet } from './hot-wallet.ts';
import { TOKENS_TRANSFERRED, type Transactions } from './transactions.ts';
import type { IncomingTransfer } from './transfer-watch.ts';

export type CryptoDepositsParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  transactions: Transactions;
  wallet: HotWallet;
  creditDelay_ms: number;
}>;

/** Takes the transfers to the deposit address and credits each once, as a CRYPTO_DEPOSIT. */
export function openCryptoDeposits({
  context,
  balance,
  transactions,
  wallet,
  creditDelay_ms,
}: CryptoDepositsParameters) {
  const { switches, sleep, run } = context;
  const taken = new Set<string>();

  async function credit({ hash, from, units }: IncomingTransfer, key: string): Promise<void> {
    const shown = switches.cryptoDepositHash;
    const details = {
      sender_address: from,
      recipient_address: wallet.address,
      ...(shown && { transaction_hash: hash }),
    };
    const deposit = transactions.open(
      { type: 'CRYPTO_DEPOSIT', units, method: 'BLOCKCHAIN', status: 'IN_PROGRESS', details },
      { step: 'Deposit detected' },
    );
    await sleep(creditDelay_ms);
    if (!(await wallet.isMined(hash))) {
      // The chain took it back. Should it be mined again, that is a deposit of its own.
      taken.delete(key);
      transactions.move(deposit, 'FAILED', { step: 'Deposit dropped' });
      return;
    }
    balance.add('credited', units);
    transactions.move(deposit, 'COMPLETE', { step: TOKENS_TRANSFERRED, ...(shown && { receipt: hash }) });
  }

  return {
    receive(transfer: IncomingTransfer): void {
      const key = `${transfer.hash}:${transfer.ordinal}`;
      if (transfer.units === 0n || wallet.isMint(transfer.hash) || taken.has(key)) return;
      taken.add(key);
      run('crypto deposit', () => credit(transfer, key));
    },
  };
}
