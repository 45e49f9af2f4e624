import type { Address, PublicClient } from 'viem';
import type { EscrowAdapter } from './escrow.ts';
import { kustodiaEscrowV2 } from './escrow-v2.ts';
import { kustodiaEscrowV3 } from './escrow-v3.ts';
import type { EscrowVersion } from './escrow-versions.ts';

/** The adapter of a contract, by its version. */
export function openEscrow(
  client: PublicClient,
  { address, version, token }: { address: Address; version: EscrowVersion; token: Address },
): EscrowAdapter {
  if (version === 'v3') return kustodiaEscrowV3(client, { escrow: address, token });
  return kustodiaEscrowV2(client, { escrow: address, token, version });
}
