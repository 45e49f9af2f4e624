import { type Abi, type AbiEvent, type AbiParameter, keccak256 } from 'viem';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildContracts, readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI, KUSTODIA_ESCROW_CODE_HASH } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../src/chain/abi/mxnb.ts';

type AbiEventParameter = AbiEvent['inputs'][number];

/**
 * One line per entry, with everything that a caller or a decoder depends on: the types, a topic's or not, the names of
 * what comes back. The names of what goes in are left out, except in an event, an error and a struct.
 */
function lines(abi: Abi): string[] {
  return abi.map((entry) => {
    if (entry.type === 'function') {
      const mutability = entry.stateMutability === 'pure' ? 'view' : entry.stateMutability;
      return `function ${entry.name}(${entry.inputs.map(typeOf)}) ${mutability} returns (${entry.outputs.map(named)})`;
    }
    if (entry.type === 'constructor') return `constructor(${entry.inputs.map(typeOf)})`;
    if (entry.type === 'event') return `event ${entry.name}(${entry.inputs.map(namedOrIndexed)})`;
    if (entry.type === 'error') return `error ${entry.name}(${entry.inputs.map(named)})`;
    return entry.type;
  });
}

function typeOf(parameter: AbiParameter): string {
  if (!('components' in parameter)) return parameter.type;
  return `${parameter.type}{${parameter.components.map(named)}}`;
}

function named(parameter: AbiParameter): string {
  return `${typeOf(parameter)} ${parameter.name ?? ''}`.trim();
}

function namedOrIndexed(parameter: AbiEventParameter): string {
  return `${named(parameter)}${parameter.indexed ? ' indexed' : ''}`;
}

describe('the ABIs in src/chain/abi are what the compiler says', () => {
  beforeAll(buildContracts, 120_000);

  test('KustodiaEscrow: nothing missing, nothing more', () => {
    expect(lines(KUSTODIA_ESCROW_ABI).toSorted()).toEqual(lines(readArtifact('KustodiaEscrow').abi).toSorted());
  });

  test('KustodiaEscrow: the code that a start compares with the chain', () => {
    expect(keccak256(readArtifact('KustodiaEscrow').deployedBytecode)).toBe(KUSTODIA_ESCROW_CODE_HASH);
  });

  test.each([
    ['MXNB', MXNB_ABI],
    ['its test double', MOCK_MXNB_ABI],
  ] as const)('%s: each entry is in MockMXNB', (_, abi) => {
    expect(lines(readArtifact('MockMXNB').abi)).toEqual(expect.arrayContaining(lines(abi)));
  });

  test('the two of MXNB do not overlap', () => {
    const both = lines([...MXNB_ABI, ...MOCK_MXNB_ABI]);
    expect(new Set(both).size).toBe(both.length);
  });
});
