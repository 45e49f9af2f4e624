import { type Hex, toHex } from 'viem';
import { readSettings } from '../../src/reactor/settings.ts';
import { BRIDGE, JUNO } from '../indexer/escrows.ts';
import { KEY_SECRET } from '../support/fixtures.ts';

export const keyOf = (account: typeof BRIDGE): Hex => toHex(account.getHdKey().privateKey ?? new Uint8Array());

/** What a reactor of this chain is told, as its environment and as it reads it. Without a Juno there is nobody at its address. */
export function settingsFor(parameters: {
  databaseUrl: string;
  chainUrl: string;
  contracts: { escrow: string; token: string };
  junoUrl?: string;
  given?: Readonly<Record<string, string>> | undefined;
}) {
  const { databaseUrl, chainUrl, contracts, junoUrl = 'http://127.0.0.1:9', given = {} } = parameters;
  const environment: Readonly<Record<string, string>> = {
    DATABASE_URL: databaseUrl,
    CHAIN_ID: '31337',
    ETH_RPC_URL: chainUrl,
    ESCROW_CONTRACT_ADDRESS: contracts.escrow,
    MXNB_CONTRACT_ADDRESS: contracts.token,
    ESCROW_BRIDGE_WALLET: BRIDGE.address,
    ESCROW_PRIVATE_KEY: keyOf(BRIDGE),
    JUNO_DEPOSIT_ADDRESS: JUNO.address,
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: junoUrl,
    JUNO_STAGE_API_KEY: 'test-key',
    JUNO_STAGE_API_SECRET: 'a secret of the tests',
    KUSTODIA_KEY_SECRET: KEY_SECRET,
    ...given,
  };
  return { environment, settings: readSettings(environment) };
}
