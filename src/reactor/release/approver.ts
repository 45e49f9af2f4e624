import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import { type EarlyApprovalData, earlyApprovalText } from '../../chain/early-approval.ts';
import type { ApproverSettings } from '../settings-signers.ts';
import { askSigner } from '../wallet/remote-signer.ts';
import { SignerError } from '../wallet/signer.ts';

/**
 * The key that lets an escrow end before its date, apart from the bridge wallet's. It signs that one type of data and nothing else; what it
 * is asked for is for `signRelease` to decide, and what it answers is not believed before it was verified. Throws a SignerError.
 */
export type Approver = Readonly<{
  address: `0x${string}`;
  sign: (data: EarlyApprovalData) => Promise<Hex>;
}>;

const SIGNATURE = z.string().regex(/^0x[0-9a-fA-F]{130}$/);

/** The approver that the settings name; null where they name none. Throws when a local key is not the key of the approver. */
export function openApprover({ approver }: Readonly<{ approver: ApproverSettings | null }>): Approver | null {
  if (approver === null) return null;
  return 'key' in approver.signer ? localApprover(approver.signer.key, approver.address) : remoteApprover(approver);
}

function localApprover(key: Hex, expected: `0x${string}`): Approver {
  const account = privateKeyToAccount(key);
  const address = account.address.toLowerCase() as `0x${string}`;
  if (address !== expected)
    throw new Error(
      `ESCROW_APPROVER_KEY or ESCROW_APPROVER_KEY_FILE is the key of ${address}, not of ESCROW_APPROVER ${expected}.`,
    );
  return { address, sign: (data) => account.signTypedData(data) };
}

/** A signer that holds the key elsewhere: `eth_signTypedData` with the data as JSON text, as Web3Signer serves it. No retry. */
function remoteApprover({ address, signer }: ApproverSettings): Approver {
  if (!('url' in signer)) throw new Error('the approver has no remote signer');
  return {
    address,
    sign: async (data) => {
      const asked = { ...signer, setting: 'ESCROW_APPROVER_SIGNER_URL' };
      const signed = SIGNATURE.safeParse(
        await askSigner(asked, 'eth_signTypedData', [address, earlyApprovalText(data)]),
      );
      if (signed.success) return signed.data as Hex;
      throw new SignerError('signer_differs', 'The approver’s signer answered something that is no signature.');
    },
  };
}
