/** Hostile review r4: what the simulation's judge lets pass. */
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { leg } from '../../src/reactor/db/schema.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { judge } from '../../src/simulate/judge.ts';
import { givePayment } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();

/** A world in which nothing came in, but for what the test puts into its books and its bank. */
const judged = (
  given: Readonly<{
    counts?: Record<string, number>;
    outgoing?: readonly object[];
    incoming?: readonly object[];
    available?: bigint;
  }>,
) =>
  judge({
    db: database(),
    bank: { outgoing: () => given.outgoing ?? [], incoming: () => given.incoming ?? [] },
    juno: { inside: () => ({ available: given.available ?? 0n, bitsoBalance: 0n, kept: 0n }), transactions: () => [] },
    chain: { contracts: { balanceOf: () => 0n }, isMined: () => true },
    ...{ asked: [], made: new Map(), ended: new Map() },
    backOffice: { erased: () => new Map(), given: () => new Set(), sentBack: () => [] },
    ...{ addresses: { bridge: '0x', escrow: '0x' }, float: 0n, overLimit: 0, now_ms: 0 },
    faults: { counts: () => given.counts ?? {} },
  } as never);

const through = async (legId: string, ...states: LegState[]) => {
  for (const state of states) await database().update(leg).set({ state }).where(eq(leg.id, legId));
};
const WAY: LegState[] = [
  'deposited',
  'withdrawing',
  'withdrawn',
  'funding',
  'in_custody',
  'releasing',
  'released',
  'returning',
  'returned',
  'redeeming',
];

test('a payment to which nothing happened may not be said to have an unknown payout, whatever happened to others', async () => {
  const { legId } = await givePayment(database());
  await through(legId, ...WAY);
  await database()
    .update(leg)
    .set({ attentionCode: 'juno_redemption_unknown', attentionText: 'x', attentionOwner: 'operations' })
    .where(eq(leg.id, legId));
  // Elsewhere in the world an answer was slow, once.
  const { stuck, complaints } = await judged({ counts: { slow_answer: 1 } });
  expect({ stuck, complaints: complaints.filter((one) => one.includes('juno_redemption_unknown')).length }).not.toEqual(
    {
      ...{ stuck: 0, complaints: 0 },
    },
  );
});
