import fc from 'fast-check';
import { encodeAbiParameters, encodeEventTopics, pad, toHex } from 'viem';
import { describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { mayPayFor, type PaysIn, paidTo } from '../../src/chain/logs.ts';
import type { LogContent } from '../../src/chain/witness.ts';

const address = (n: number) => pad(toHex(n), { size: 20 });
const [TOKEN, ESCROW, OTHER_ESCROW, WALLET, THIEF] = [1, 2, 3, 4, 5].map(address) as [
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
];
const VALUE = 1_000_000n;

const ended = (escrowId: bigint, { by = ESCROW, isCancelled = false } = {}): LogContent => ({
  address: by,
  topics: encodeEventTopics({
    abi: KUSTODIA_ESCROW_ABI,
    eventName: isCancelled ? 'EscrowCancelled' : 'EscrowReleased',
    args: { escrowId },
  }) as `0x${string}`[],
  data: '0x',
});
const moved = (to: `0x${string}`, { from = ESCROW, value = VALUE } = {}): LogContent => ({
  address: TOKEN,
  topics: encodeEventTopics({ abi: MXNB_ABI, eventName: 'Transfer', args: { from, to } }) as `0x${string}`[],
  data: encodeAbiParameters([{ type: 'uint256' }], [value]),
});
const rescued: LogContent = {
  address: ESCROW,
  topics: encodeEventTopics({
    abi: KUSTODIA_ESCROW_ABI,
    eventName: 'TokensRescued',
    args: { token: TOKEN, to: THIEF },
  }) as `0x${string}`[],
  data: encodeAbiParameters([{ type: 'uint256' }], [VALUE]),
};
/** The numbers of the logs that brought the wallet what this escrow held. */
const found = (logs: readonly LogContent[], escrowId: bigint, pays: PaysIn = 'either'): number[] => {
  const says = paidTo({ token: TOKEN, escrow: ESCROW, escrowId, pays, to: WALLET, value: VALUE });
  return logs.flatMap((log, i) => (says(log, logs) ? [i] : []));
};

describe('whose Transfer it is, of one transaction that ends several escrows', () => {
  const ends = fc.uniqueArray(
    fc.record({ escrowId: fc.bigInt(0n, 9n), isCancelled: fc.boolean(), isRobbed: fc.boolean() }),
    {
      selector: ({ escrowId }) => escrowId,
      minLength: 1,
      maxLength: 6,
    },
  );

  test.each(['before its event', 'after its event'])('is told where each stands %s', (where) => {
    fc.assert(
      fc.property(ends, fc.boolean(), fc.boolean(), (all, isNoisy, isKnown) => {
        const pays = isKnown && where === 'after its event' ? 'after' : 'either';
        const logs = all.flatMap(({ escrowId, isCancelled, isRobbed }) => {
          const pair = [moved(isRobbed ? THIEF : WALLET), ended(escrowId, { isCancelled })];
          const noise = [ended(escrowId, { by: OTHER_ESCROW }), moved(WALLET, { from: OTHER_ESCROW })];
          return [...(where === 'before its event' ? pair : pair.reverse()), ...(isNoisy ? noise : [])];
        });
        for (const { escrowId, isRobbed } of all) {
          const own = found(logs, escrowId, pays);
          if (isRobbed) expect(own).toEqual([]);
          else {
            const at = logs.findIndex((log) => log.topics[1] === pad(toHex(escrowId)) && log.address === ESCROW);
            expect(own).toEqual([where === 'before its event' ? at - 1 : at + 1]);
          }
        }
      }),
    );
  });

  test('is told though anybody makes Transfers of nothing around it, and an admin takes tokens out', () => {
    const zero = moved(THIEF, { value: 0n });
    expect(found([zero, ended(1n), moved(WALLET), zero], 1n)).toEqual([2]);
    expect(found([zero, moved(WALLET), ended(1n), zero], 1n)).toEqual([1]);
    expect(found([zero, ended(1n), moved(THIEF), zero, ended(2n), moved(WALLET)], 2n)).toEqual([5]);
    expect(found([zero, ended(1n), moved(THIEF), zero, ended(2n), moved(WALLET)], 1n)).toEqual([]);
    expect(found([rescued, moved(THIEF), ended(1n), moved(WALLET)], 1n)).toEqual([3]);
  });

  test('is not told where one more ended among them, of another token', () => {
    const foreign = { ...moved(THIEF), address: OTHER_ESCROW };
    const robbed = [foreign, ended(9n), moved(THIEF), ended(1n), moved(WALLET), ended(2n)];
    expect(found(robbed, 1n)).toEqual([]);
    expect(found([ended(9n), foreign, ended(1n), moved(THIEF), ended(2n), moved(WALLET)], 1n)).toEqual([]);
    expect(found([ended(9n), foreign, ended(1n), moved(THIEF), ended(2n), moved(WALLET)], 2n)).toEqual([5]);
    // Of ours it is known which comes first.
    const zero = moved(WALLET, { value: 0n });
    expect(found([zero, ended(1n), moved(THIEF), ended(2n), moved(WALLET), zero, ended(9n)], 1n, 'after')).toEqual([]);
    expect(found([zero, ended(1n), moved(THIEF), ended(2n), moved(WALLET), zero, ended(9n)], 2n, 'after')).toEqual([4]);
    expect(found([moved(WALLET), ended(1n), moved(THIEF)], 1n, 'after')).toEqual([]);
  });

  test('and what people may name is no other’s, was taken out by no admin, and is of an escrow that ended there', () => {
    const mayBe = (logs: readonly LogContent[], escrowId: bigint) => {
      const may = mayPayFor({ token: TOKEN, escrow: ESCROW, escrowId, pays: 'after' });
      return logs.flatMap((log, i) => (may(log, logs) ? [i] : []));
    };
    const noted = { ...rescued, address: TOKEN };
    expect(
      mayBe([ended(1n), noted, moved(WALLET), ended(2n), moved(WALLET), moved(WALLET, { value: 0n })], 1n),
    ).toEqual([2]);
    expect(mayBe([ended(1n), noted, moved(WALLET), rescued, moved(THIEF)], 1n)).toEqual([2]);
    expect(mayBe([ended(2n), noted, moved(WALLET)], 1n)).toEqual([]);
    // Each behind its own end, though the token writes a note before every Transfer.
    const both = [ended(1n), noted, moved(THIEF), ended(2n), noted, moved(WALLET)];
    expect([mayBe(both, 1n), mayBe(both, 2n)]).toEqual([[2], [5]]);
    expect(mayBe([ended(1n), noted, moved(THIEF), rescued, noted, moved(WALLET)], 1n)).toEqual([2]);
  });

  test('is not another’s, though that one is of another token, nor one of another amount', () => {
    const [foreign, fake] = [THIEF, WALLET].map((to) => ({ ...moved(to), address: OTHER_ESCROW }));
    expect(found([ended(1n), foreign as LogContent, ended(2n), moved(WALLET)], 2n)).toEqual([3]);
    expect(found([ended(1n), foreign as LogContent, ended(2n), moved(WALLET)], 1n)).toEqual([]);
    expect(found([fake as LogContent, ended(1n), moved(WALLET)], 1n)).toEqual([2]);
    expect(found([ended(1n), moved(WALLET)], 1n)).toEqual([1]);
    expect(found([ended(1n), moved(WALLET, { value: VALUE - 1n })], 1n)).toEqual([]);
    expect(found([ended(1n), moved(WALLET)], 2n)).toEqual([]);
    expect(found([moved(WALLET)], 1n)).toEqual([]);
  });
});
