import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readTransfers } from '../../src/chain/indexed/readTransfers.ts';
import { findArrival, firstUnclaimed } from '../../src/reactor/advance/chain-facts.ts';
import type { Context } from '../../src/reactor/context.ts';
import { effect, evidence, junoTransaction, lane } from '../../src/reactor/db/schema.ts';
import { givePayment } from '../support/fixtures.ts';
import { openIndexed } from '../support/indexed.ts';
import { useDatabase } from '../support/use-database.ts';

const db = useDatabase();
const address = (digit: string) => `0x${digit.repeat(40)}`;
const [BRIDGE, TOKEN, ESCROW, JUNO, STRANGER] = [...'12345'].map(address) as [string, string, string, string, string];
const UNITS = 1_500_000_000n;
const SENT = new Date(Date.UTC(2026, 10, 25, 12));
const SENT_S = SENT.getTime() / 1000;
/** A block of this height is of this many seconds after the send. */
const HEAD = { headNumber: 10_000n, headTimestamp: SENT_S + 600 };
let ctx: Context;
beforeAll(async () => {
  await openIndexed(db());
  // The rest of a context is for other parts; touching it here would throw.
  ctx = {
    db: db(),
    settings: { bridge: BRIDGE, bridgesBefore: [], token: TOKEN, releaseFourEyes: null },
    chain: { escrowAt: (address: string) => (address === ESCROW ? {} : null) },
    watchdog: { current: () => HEAD },
  } as unknown as Context;
});
beforeEach(async () => {
  await db().delete(junoTransaction);
  await db().execute('TRUNCATE reactor.evidence, indexed.token_transfer');
});

type Given = {
  txHash?: string;
  logIndex?: number;
  token?: string;
  from?: string;
  to?: string;
  units?: bigint;
  at_s?: number;
  block?: string;
};
/** A transfer of MXNB to the bridge, as the indexer shows it. Answers its id. */
async function arrives(given: Given = {}): Promise<string> {
  const {
    txHash = `0x${randomUUID().replaceAll('-', '')}`,
    logIndex = 0,
    token = TOKEN,
    from = JUNO,
    to = BRIDGE,
  } = given;
  const { units = UNITS, at_s = SENT_S + 10, block = '0xb' } = given;
  const id = `31337:${txHash}:${logIndex}`;
  await db().execute(sql`INSERT INTO indexed.token_transfer VALUES (${id}, 31337, ${9_000 + at_s - SENT_S}, ${block}, ${at_s}, ${txHash},
    ${logIndex}, ${token}, ${from}, ${to}, ${units.toString()}::numeric)`);
  return id;
}
const claim = (externalId: string, as = 'arrival', blockHash = '0xb', subjectId: string = randomUUID()) =>
  db()
    .insert(evidence)
    .values({
      ...{ source: 'chain', externalId, subjectKind: 'leg', subjectId },
      detail: { as, txHash: externalId.split(':')[1], blockNumber: '9', blockHash },
    });
/** Another leg's withdrawal of the same amount, which Juno names this transaction for. */
async function withdrawalOf(txHash: string): Promise<{ legId: string }> {
  const { legId, paymentId } = await givePayment(db());
  const [id, externalId, name] = [randomUUID(), randomUUID(), `payment:${paymentId}`];
  await db().insert(lane).values({ name, epoch: 1 });
  await db()
    .insert(effect)
    .values({
      ...{ id, subjectKind: 'leg', subjectId: legId, kind: 'juno_withdrawal', attempt: 1, paymentId },
      ...{ key: randomUUID(), request: {}, lane: name, laneEpoch: 1, amount: UNITS, currency: 'MXNB' },
    });
  for (const change of [{ state: 'sending' }, { state: 'confirmed', externalId }] as const)
    await db().update(effect).set(change).where(eq(effect.id, id));
  const shown = { type: 'CRYPTO_WITHDRAWAL', status: 'complete', amount: 150_000n, txHash };
  await db()
    .insert(junoTransaction)
    .values({ id: externalId, ...shown });
  return { legId };
}
const found = async (txHash: string | null = null, status: 'complete' | 'in_progress' = 'complete') =>
  (await findArrival(ctx, { withdrawal: { id: 'w', status, txHash }, units: UNITS, since: SENT }))?.id;

const STRANGE: readonly [string, Given][] = [
  ['of another amount', { units: UNITS + 1n }],
  ['of another token', { token: STRANGER }],
  ['to another address', { to: STRANGER }],
];

describe('the arrival of a withdrawal whose hash Juno names', () => {
  test('is the transfer of that hash and of no other', async () => {
    await arrives();
    expect(await found('0xnamed')).toBeUndefined();
    const id = await arrives({ txHash: '0xnamed' });
    expect(await found('0xnamed')).toBe(id);
    expect(await found('0xnamed', 'in_progress')).toBe(id);
  });
  test.each(STRANGE)('is not one %s', async (_, given) => {
    await arrives({ txHash: '0xnamed', ...given });
    expect(await found('0xnamed')).toBeUndefined();
  });
  test('is that of another, whose leg took this one’s own before Juno named either', async () => {
    const [own, theirs] = [await arrives({ txHash: '0xnamed' }), await arrives({ txHash: '0xtheirs' })];
    const other = await withdrawalOf('0xtheirs');
    await claim(own, 'arrival', '0xb', other.legId);
    expect(await found('0xnamed')).toBe(theirs);
    await claim(theirs);
    expect(await found('0xnamed')).toBeUndefined();
  });
  test('is not that of another whose leg waits for it', async () => {
    await claim(await arrives({ txHash: '0xnamed' }));
    await arrives({ txHash: '0xtheirs' });
    await withdrawalOf('0xtheirs');
    expect(await found('0xnamed')).toBeUndefined();
  });
  test('is not one that somebody has claimed', async () => {
    await claim(await arrives({ txHash: '0xnamed' }));
    expect(await found('0xnamed')).toBeUndefined();
    const second = await arrives({ txHash: '0xnamed', logIndex: 1 });
    expect(await found('0xnamed')).toBe(second);
  });
});

describe('the arrival of a withdrawal whose hash Juno does not name', () => {
  test('is the first one that nobody has claimed, once Juno calls it complete', async () => {
    const [first, second] = [await arrives({ at_s: SENT_S + 10 }), await arrives({ at_s: SENT_S + 20 })];
    expect(await found(null, 'in_progress')).toBeUndefined();
    expect(await found()).toBe(first);
    await claim(first);
    expect(await found()).toBe(second);
    await claim(second);
    expect(await found()).toBeUndefined();
  });
  test.each<[string, Given]>([
    ...STRANGE,
    ['that the escrow unlocked', { from: ESCROW }],
    ['of long before it was sent', { at_s: SENT_S - 121 }],
  ])('is not one %s', async (_, given) => {
    await arrives(given);
    expect(await found()).toBeUndefined();
  });
  test('is found behind however many transfers of nothing, which anybody makes', async () => {
    await db().execute(sql`INSERT INTO indexed.token_transfer SELECT '31337:0xno:' || n, 31337, 9001, '0xb', ${SENT_S + 1}, '0xno', n,
      ${TOKEN}, ${STRANGER}, ${BRIDGE}, 0 FROM generate_series(1, 1001) AS n`);
    expect(await found()).toBeUndefined();
    const own = await arrives();
    expect(await found()).toBe(own);
  });
  test('is not one that another withdrawal of Juno’s names', async () => {
    await arrives({ txHash: '0xtheirs' });
    const theirs = { type: 'CRYPTO_WITHDRAWAL', status: 'complete', amount: 150_000n, txHash: '0xtheirs' };
    await db()
      .insert(junoTransaction)
      .values({ id: 'theirs', ...theirs });
    expect(await found()).toBeUndefined();
  });
});

describe('of equal transfers in one transaction', () => {
  const transfers = async (block: string, ...indexes: number[]) => {
    await db().execute('TRUNCATE indexed.token_transfer');
    for (const logIndex of indexes) await arrives({ txHash: '0xbatch', logIndex, block });
    return readTransfers(db().$client, { txHashes: ['0xbatch'] });
  };
  test('each leg has one of its own, and one that was claimed under an old number in another block keeps one back', async () => {
    const before = await transfers('0xold', 1, 2);
    await claim(before[0]?.id ?? '', 'unlocked', '0xold');
    expect((await firstUnclaimed(ctx, before))?.id).toBe('31337:0xbatch:2');
    // The chain was reorganised: the same two, numbered anew. One of them is the claimed one, whichever.
    const after = await transfers('0xnew', 3, 4);
    expect((await firstUnclaimed(ctx, after))?.id).toBe('31337:0xbatch:4');
    await claim('31337:0xbatch:4', 'unlocked', '0xnew');
    expect(await firstUnclaimed(ctx, after)).toBeUndefined();
  });
  test('what was claimed as something else keeps none back', async () => {
    const all = await transfers('0xnew', 1);
    await claim('31337:0xbatch:9', 'sentBack', '0xold');
    expect((await firstUnclaimed(ctx, all))?.id).toBe('31337:0xbatch:1');
  });
});
