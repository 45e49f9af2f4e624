import type { Money } from '../money/money.ts';
import type { JunoStatus } from './status.ts';

/** A transaction as list or detail shows it. Only a detail carries hash, address and CLABE. */
export type JunoTransaction = Readonly<{
  id: string;
  /** ISSUANCE, REDEMPTION, CRYPTO_DEPOSIT, CRYPTO_WITHDRAWAL, CONVERSION, or a word not known yet. */
  type: string;
  status: JunoStatus;
  statusText: string;
  /** In pesos; MXNB is 1:1. */
  amount: Money<'MXN'>;
  createdAt: Date | null;
  txHash: string | null;
  address: string | null;
  receiverClabe: string | null;
  /** The item as it came. */
  raw: string;
}>;

export type JunoDeposit = Readonly<{
  id: string;
  clabe: string;
  amount: Money<'MXN'>;
  status: JunoStatus;
  raw: string;
}>;
