import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..');
const NAME = 'contracts/src/KustodiaEscrow.sol';

export type Code = Readonly<{ bytecode: string; deployedBytecode: string }>;

const object = z.object({ object: z.string() });
const outputSchema = z.object({
  contracts: z
    .record(
      z.string(),
      z.record(z.string(), z.object({ evm: z.object({ bytecode: object, deployedBytecode: object }) })),
    )
    .default({}),
});
// solc's own types name no `compile`; its answer is parsed below.
const solc: { compile: (input: string, callbacks: object) => string } = createRequire(import.meta.url)('solc');

/**
 * The contract out of these sources, by path, with the settings of foundry.toml but for the optimiser, which takes three times as long;
 * null if they do not compile. In this process, where the
 * compiler is loaded once: forge starts it anew each time, which takes longer than to compile.
 */
export function compileEscrow(sources: Readonly<Record<string, string>>): Code | null {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: {
      optimizer: { enabled: false },
      evmVersion: 'cancun',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { [NAME]: { KustodiaEscrow: ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  };
  const read = (path: string) => ({ contents: readFileSync(join(ROOT, 'node_modules', path), 'utf8') });
  const output = outputSchema.parse(JSON.parse(solc.compile(JSON.stringify(input), { import: read })));
  const { bytecode, deployedBytecode } = output.contracts[NAME]?.['KustodiaEscrow']?.evm ?? {};
  if (!bytecode?.object || !deployedBytecode?.object) return null;
  return { bytecode: `0x${bytecode.object}`, deployedBytecode: `0x${deployedBytecode.object}` };
}
