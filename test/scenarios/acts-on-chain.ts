/** What somebody does at the contract itself, past the reactor. */
import { readFileSync } from 'node:fs';
import { createTestClient, type Hex, http } from 'viem';
import { foundry } from 'viem/chains';
import { z } from 'zod';
import { openChain } from '../../src/chain/door.ts';
import { type Props, paymentOf } from './props.ts';

const DISPUTES = z.object({ disputes: z.array(z.object({ id: z.string() })) });
const ESCROW = z.object({ escrow_id: z.string() });

/** The line of a world's environment file. */
const told = (file: string, name: string): string => {
  const found = new RegExp(`^${name}='(.*)'$`, 'm').exec(readFileSync(file, 'utf8'));
  if (!found?.[1]) throw new Error(`the world does not tell ${name}`);
  return found[1];
};

/**
 * Disputes the escrow as whoever else has the bridge's key would, and takes back the nonce that it used: our own wallet's lane knows of
 * nobody else. Nothing else may be under way meanwhile, or the chain would mine the same bytes twice.
 */
export async function disputeInContract(props: Props): Promise<void> {
  const { stage, until } = props.scene;
  const { contracts, urls, environmentFile } = stage.world;
  const payment = await paymentOf(props);
  const [row] = await stage.query('SELECT escrow_id::text FROM reactor.leg WHERE payment_id = $1', [payment]);
  const bridge = told(environmentFile, 'ESCROW_BRIDGE_WALLET') as Hex;
  const door = openChain({
    ...{ chainId: foundry.id, rpcUrl: urls.chain, escrow: contracts.escrow, token: contracts.token },
    escrowVersion: told(environmentFile, 'ESCROW_CONTRACT_VERSION') as 'v3' | 'v2' | 'v2-pausable',
  });
  const { to, data } = door.escrow.disputeCall(BigInt(ESCROW.parse(row).escrow_id), 'by hand');
  const client = createTestClient({ mode: 'anvil', chain: foundry, transport: http(urls.chain) });
  await client.impersonateAccount({ address: bridge });
  const nonce = await door.minedNonce(bridge);
  await client.request({
    method: 'eth_sendTransaction',
    params: [{ from: bridge, to, data, gas: '0x100000' }],
  } as never);
  await client.mine({ blocks: 1 });
  await client.setNonce({ address: bridge, nonce });
  await client.stopImpersonatingAccount({ address: bridge });
  props.dispute = await until('a dispute that the chain tells of', async () => {
    const shown = await stage.world.api.call(`/disputes?payment=${payment}`);
    return DISPUTES.parse(shown).disputes[0]?.id ?? false;
  });
}
