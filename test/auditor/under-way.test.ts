/** What the auditor does not take for a finding. */
import { describe, expect, test } from 'vitest';
import { audit } from '../../src/auditor/audit.ts';
import { compared, hash, one, type SmallWorld, smallWorld, without } from './small-world.ts';

describe('what is under way is no finding', () => {
  test('a log that the chain has no more, of an effect that the books say was undone', () => {
    const { books, ...world } = smallWorld();
    const claim = one(books.evidence, ({ source }) => source === 'chain');
    books.evidence.push({ ...claim, externalId: `31337:${hash(901)}:0`, blockHash: hash(902) });
    expect(compared({ ...world, books }).findings).toHaveLength(1);
    const [first] = books.effects;
    if (first) books.effects.push({ ...first, kind: 'chain_fund', externalId: hash(901), isUndone: true });
    expect(compared({ ...world, books }).findings).toEqual([]);
  });

  test('a log that a reorganisation put into another block, at another place in it', () => {
    const world = smallWorld();
    const claim = one(world.books.evidence, ({ source }) => source === 'chain');
    claim.blockHash = hash(902);
    claim.externalId = `${claim.externalId}7`;
    expect(compared(world).findings).toEqual([]);
  });

  test('an escrow that was made under a leg’s reference, or under none, and never funded: it is only told of', () => {
    const world = smallWorld();
    const { chain, books } = world;
    const reference = one(books.legs, ({ id }) => id === 'leg-2').reference;
    const made = { contract: chain.contracts[0] ?? '', units: 1n, status: 'created', txHash: hash(903) } as const;
    chain.escrows.push({ ...made, escrowId: 8n, reference }, { ...made, escrowId: 9n, reference: null });
    const { findings, orphans } = compared(world);
    expect(findings).toEqual([]);
    expect(orphans.map((orphan) => orphan.reference)).toEqual([reference, null]);
  });

  test('a payout whose answer was lost, while its leg waits for it', () => {
    const world = smallWorld();
    one(world.books.legs, ({ id }) => id === 'leg-1').state = 'redeeming';
    const effect = one(world.books.effects, ({ externalId }) => externalId === 'redemption-1');
    effect.externalId = null;
    effect.entry = 'pending';
    world.books.evidence = without(world.books.evidence, ({ externalId }) => externalId === 'redemption-1');
    for (const all of [world.books.balances, world.books.postings])
      one(all, ({ account }) => account === 'juno_pool').posted += 1_500_000_000n;
    expect(compared(world).findings).toEqual([]);
  });

  test('two legs of one account and amount are owed one payout each', () => {
    const world = smallWorld();
    const again = one(world.books.legs, ({ id }) => id === 'leg-1');
    world.books.legs.push({
      ...again,
      id: 'leg-9',
      paymentId: 'payment-9',
      state: 'redeeming',
      reference: hash(109),
      escrowId: null,
    });
    world.juno.transactions.push({
      ...one(world.juno.transactions, ({ id }) => id === 'redemption-1'),
      id: 'redemption-9',
    });
    world.juno.poolUnits -= 1_500_000_000n;
    expect(compared(world).findings).toEqual([]);
    world.juno.transactions.push({
      ...one(world.juno.transactions, ({ id }) => id === 'redemption-1'),
      id: 'redemption-8',
    });
    world.juno.poolUnits -= 1_500_000_000n;
    expect(compared(world).counts).toMatchObject({ paid_twice: 1 });
  });

  test('a finding stands only if a second look finds the very same', async () => {
    const [wrong, right] = [smallWorld(), smallWorld()];
    wrong.juno.poolUnits -= 1n;
    const looks = [wrong, right];
    const twice = (worlds: SmallWorld[]) =>
      audit({
        chain: async () => smallWorld().chain,
        juno: async () => (worlds.shift() ?? right).juno,
        books: async () => smallWorld().books,
        lookAgain_ms: 0,
      });
    expect((await twice(looks)).findings).toEqual([]);
    expect((await twice([wrong, wrong])).counts).toMatchObject({ balance_differs: 1 });
  });

  test('our books are read last, when the far end is known', async () => {
    const order: string[] = [];
    const { chain, juno, books } = smallWorld();
    const told = async <T>(name: string, value: T): Promise<T> => {
      await Promise.resolve();
      order.push(name);
      return value;
    };
    await audit({
      chain: () => told('chain', chain),
      juno: () => told('juno', juno),
      books: () => told('books', books),
    });
    expect(order.at(-1)).toBe('books');
  });
});
