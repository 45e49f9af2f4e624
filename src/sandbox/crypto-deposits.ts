import { unitsOf } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { SandboxContext } from './context.ts';
import { type Faults, saidOf } from './faults.ts';
import type { HotWallet } from './hot-wallet.ts';
import { TOKENS_TRANSFERRED, type Transactions } from './transactions.ts';
import type { IncomingTransfer } from './transfer-watch.ts';
import { cryptoKeys } from './words.ts';

export type CryptoDepositsParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  faults: Faults;
  transactions: Transactions;
  wallet: HotWallet;
  creditDelay_ms: number;
}>;

/** Takes the transfers to the deposit address and credits each once, as a CRYPTO_DEPOSIT. */
export function openCryptoDeposits(parameters: CryptoDepositsParameters) {
  const { context, balance, faults, transactions, wallet, creditDelay_ms } = parameters;
  const { switches, sleep, run } = context;
  const keys = cryptoKeys(switches);
  const taken = new Set<string>();
  let held: IncomingTransfer[] = [];

  /** Whether Juno keeps the transfer to itself: by a fault, for want of travel-rule data, or because a contract sent it. */
  async function isHeld({ from, units }: IncomingTransfer): Promise<boolean> {
    if (faults.strike('credit_held', 'credit', saidOf(units))) return true;
    if (switches.largeDepositHeld && units >= unitsOf(switches.travelRule_centavos)) return true;
    return switches.contractDeposit === 'ignored' && (await wallet.isContract(from));
  }

  async function take(transfer: IncomingTransfer): Promise<void> {
    if (await isHeld(transfer)) held.push(transfer);
    else await credit(transfer);
  }

  async function credit({ hash, ordinal, from, units }: IncomingTransfer): Promise<void> {
    const shown = switches.cryptoDepositHash;
    const details = {
      [keys.from]: from,
      [keys.to]: wallet.address,
      ...(shown && { [keys.hash]: hash }),
    };
    const deposit = transactions.open({
      type: 'CRYPTO_DEPOSIT',
      units,
      method: 'BLOCKCHAIN',
      status: 'IN_PROGRESS',
      details,
      firstStep: { step: 'Deposit detected' },
    });
    await sleep(creditDelay_ms);
    if (!(await wallet.isMined(hash))) {
      // The chain took it back. Should it be mined again, that is a deposit of its own.
      taken.delete(keyOf(hash, ordinal));
      transactions.move(deposit, 'FAILED', { step: 'Deposit dropped' });
      return;
    }
    balance.add('credited', units);
    transactions.move(deposit, 'COMPLETE', { step: TOKENS_TRANSFERRED, ...(shown && { receipt: hash }) });
  }

  return {
    receive(transfer: IncomingTransfer): void {
      const key = keyOf(transfer.hash, transfer.ordinal);
      if (transfer.units === 0n || wallet.isMint(transfer.hash) || taken.has(key)) return;
      taken.add(key);
      run('crypto deposit', () => take(transfer));
    },
    /** The transfers that came and were not credited. */
    held: (): readonly IncomingTransfer[] => held,
    /** Credits them after all, as Juno's support does. */
    release(): void {
      const released = held;
      held = [];
      for (const transfer of released) run('crypto deposit', () => credit(transfer));
    },
  };
}

export type CryptoDeposits = ReturnType<typeof openCryptoDeposits>;

const keyOf = (hash: string, ordinal: number): string => `${hash}:${ordinal}`;
