import { expect, test } from 'vitest';
import { compared, hash, one, type SmallWorld, STRANGER, smallWorld } from './small-world.ts';

const OLD = '0x00000000000000000000000000000000000000a1';
const codes = (world: SmallWorld) => compared(world).findings.map(({ code }) => code);

/** All that today's bridge wallet did another did before it, and people carried over what was left. */
function underTheNextWallet(): SmallWorld {
  const world = smallWorld();
  const { chain } = world;
  for (const transfer of chain.transfers) {
    if (transfer.from === chain.bridge) transfer.from = OLD;
    if (transfer.to === chain.bridge) transfer.to = OLD;
  }
  const carried = { ...one(chain.transfers, () => true), txHash: hash(51), from: OLD, to: chain.bridge };
  chain.transfers.push({ ...carried, units: chain.bridgeUnits });
  return world;
}

test('transfers of a bridge wallet of before are the bridge’s, and what people carry from it to the next leaves nobody', () => {
  const world = underTheNextWallet();
  world.chain.bridgesBefore.push(OLD);
  expect(codes(world)).toEqual([]);
  expect(codes(underTheNextWallet())).toContain('transfer_unexplained');
});

test('a transfer of nothing, which anybody can make in another’s name, is no finding', () => {
  const sent = (units: bigint) => {
    const world = smallWorld();
    const { bridge, contracts, transfers } = world.chain;
    for (const from of [bridge, contracts[0] ?? ''])
      transfers.push({ ...one(transfers, () => true), txHash: hash(70), from, to: STRANGER, units });
    return codes(world);
  };
  expect(sent(0n)).toEqual([]);
  expect(sent(1n)).toContain('transfer_unexplained');
});
