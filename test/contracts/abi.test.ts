import { type Abi, type AbiEvent, type AbiParameter, keccak256, toEventSelector, toFunctionSelector } from 'viem';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildContracts, readArtifact } from '../../contracts/scripts/build.ts';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from '../../src/chain/abi/escrowV2.ts';
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

  test.each([
    ['EscrowV2Double', ESCROW_V2_ABI],
    ['EscrowV2PausableDouble', ESCROW_V2_PAUSABLE_ABI],
  ] as const)('%s and its proxy: each entry, but that no ether is ever sent', (name, abi) => {
    const double = lines([...readArtifact(name).abi, ...readArtifact('EscrowProxyDouble').abi]);
    const unpaid = double.map((line) => line.replace('(uint256) payable', '(uint256) nonpayable'));
    expect(unpaid).toEqual(expect.arrayContaining(lines(abi)));
  });

  test('the live contracts: selectors and topics as they are on the chain', () => {
    const selectors = (abi: Abi, wanted: readonly string[]) =>
      abi.flatMap((item) =>
        item.type === 'function' && wanted.includes(item.name) ? [`${item.name} ${toFunctionSelector(item)}`] : [],
      );
    const calls = [
      'createEscrow',
      'fundEscrow',
      'release',
      'releaseEscrow',
      'escrows',
      'resolveDispute',
      'cancelEscrow',
    ];
    expect(selectors(ESCROW_V2_ABI, calls)).toEqual([
      ...['escrows 0x012f52ee', 'fundEscrow 0xc9c31af5', 'createEscrow 0x488ec89e', 'release 0x37bdc99b'],
      'resolveDispute 0x34b25ee2',
    ]);
    expect(selectors(ESCROW_V2_PAUSABLE_ABI, calls)).toEqual([
      ...['escrows 0x012f52ee', 'fundEscrow 0xc9c31af5', 'createEscrow 0xac31309d', 'releaseEscrow 0xed653164'],
      'cancelEscrow 0xe0182436',
    ]);
    const topics = (abi: Abi) =>
      Object.fromEntries(abi.flatMap((item) => (item.type === 'event' ? [[item.name, toEventSelector(item)]] : [])));
    expect(topics(ESCROW_V2_PAUSABLE_ABI)).toMatchObject({
      EscrowCreated: '0x0bcf1e4a8179b3db7b841fac86f1eea3a6a1bce099a9502f05257ee5efecdffe',
      EscrowFunded: '0x911052e1be46242b46bf3c2762227ff37c000e5fe38727638096f3a17fbfe170',
      EscrowReleased: '0x69833829d5691ae09424af7d16f73adf033451149ea9c2fc6fcb4c44108eef67',
      EscrowDisputed: '0xc523357a17c19a0da11b08e9f4d7e4fbed304cbe1be1d3583e4d5a677d75d709',
      EscrowCancelled: '0x0d977c6b1a383ac5ce532b4a668d0ef9ad38478e1a5ff28abb221f4b682b2643',
      BridgeWalletUpdated: '0x91d457de561e4ff0286a9e52e9d55f256d473cf2ff4edb3988d8b17426927e8f',
      PlatformWalletUpdated: '0xf84f6b525c89a18c80bbbc0c62a7eb5390956d6b8432ab067b49963a98f8c38f',
      PauserAdded: '0x6719d08c1888103bea251a4ed56406bd0c3e69723c8a1686e017e7bbe159b6f8',
      PauserRemoved: '0xcd265ebaf09df2871cc7bd4133404a235ba12eff2041bb89d9c714a2621c7c7e',
      Paused: '0x62e78cea01bee320cd4e420270b5ea74000d11b0c9f74754ebdbfc544b05a258',
      Unpaused: '0x5db9ee0a495bf2e6ff9c91a7834c1ba4fdd244a5e8aa4e537bd38aeae4b073aa',
    });
    expect(topics(ESCROW_V2_ABI)['EscrowDisputeResolved']).toBe(
      '0x694013e1c7c934eef6ed1a5776d4008895769844a7fced962b0bddb002fff624',
    );
  });

  test('the two of MXNB do not overlap', () => {
    const both = lines([...MXNB_ABI, ...MOCK_MXNB_ABI]);
    expect(new Set(both).size).toBe(both.length);
  });
});
