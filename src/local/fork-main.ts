/** `npm run fork`: what `npm start` does, on a fork of a real chain with the contracts that are there. */
import { type Address, isAddress } from 'viem';
import { z } from 'zod';
import { type Given, runCommand } from './command.ts';
import { LocalError } from './process.ts';
import type { Fork } from './upstream.ts';

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'is not an address')
  .transform((text) => text as Address);
const number = z
  .string()
  .regex(/^\d{1,15}$/, 'is not the number of a block')
  .transform((text) => BigInt(text));
const optionsSchema = z.object({
  rpc: z.url({ protocol: /^https?$/, error: 'is not the http address of a node' }),
  block: number.optional(),
  token: address.optional(),
  escrow: address.optional(),
});

/** Each option, or else the setting of .env.example that is called otherwise. */
function forkOf(given: Given, environment: NodeJS.ProcessEnv): Fork {
  const { rpc, block, token, escrow } = given;
  const read = optionsSchema.safeParse({
    rpc: rpc ?? (environment['ETH_RPC_URL'] || undefined),
    block,
    token: token ?? (environment['MXNB_CONTRACT_ADDRESS'] || undefined),
    escrow: escrow ?? (environment['ESCROW_CONTRACT_ADDRESS'] || undefined),
  });
  if (read.success)
    return {
      rpcUrl: read.data.rpc,
      blockNumber: read.data.block,
      token: read.data.token,
      escrow: read.data.escrow,
    };
  // Names alone: an address of a node often holds a key.
  const lines = read.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}.`);
  throw new LocalError(`${lines.join('\n')}\nNothing was started.`);
}

runCommand({
  name: 'npm run fork',
  help: `Does what \`npm start\` does, on a fork of Arbitrum One or Arbitrum Sepolia: MXNB and, if you name one, the escrow contract are
those of that chain, acted on as their owners would. No key is needed, and that chain is only read.
  --rpc URL     a node of the chain; it is asked for as long as the fork stands (or ETH_RPC_URL, which no list of processes shows)
  --block N     the last block that the fork has of it (default: its newest; an older one needs an archive node)
  --token A     MXNB (or MXNB_CONTRACT_ADDRESS; default: where it is known to be)
  --escrow A    an escrow contract of any version, such as 0x82fE581F39B1701b6E7Bd0247AFD2aF08ce04c40 on Arbitrum One (or
                ESCROW_CONTRACT_ADDRESS; unless named, or where it cannot be driven, our own is deployed on the fork)`,
  own: ['rpc', 'block', 'token', 'escrow'],
  worldOf: (given) => ({ fork: forkOf(given, process.env) }),
});
