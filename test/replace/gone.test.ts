/** What the rails are asked, once more, before anything pays in the place of a payout that came to nothing. */
import { and, eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import { assertFree } from '../../src/reactor/replace/repay.ts';
import { clientOf, json, type Peer, startPeer } from '../juno/peer.ts';
import { useDatabase } from '../support/use-database.ts';
import { openReplaceWorld } from './world.ts';

const database = useDatabase();
let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

/** A leg whose payout from Bitso failed, under this name there where it had one. */
async function failed(wid: string | null) {
  const here = openReplaceWorld(database());
  const { client } = clientOf(peer.url);
  const ctx = { ...here.ctx, juno: client, bitso: client };
  const { legId } = await here.given(150_000n, 'bitso_spei');
  await here.anEffect(legId, 'juno_redemption', 'confirmed');
  await here.move(legId, 'redeeming', 'paying_out');
  await here.fail(legId);
  if (wid !== null)
    await here.db
      .update(effect)
      .set({ externalId: wid })
      .where(and(eq(effect.subjectId, legId), eq(effect.state, 'dead')));
  return { legId, ctx, here };
}
const withdrawal = (wid: string, status: string) => ({
  ...{ wid, status, amount: '1500.00', currency: 'mxn', created_at: '2026-01-01T00:00:00+00:00' },
  details: {},
});
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'free',
    (error: { problem?: { code: string } }) => error.problem?.code ?? String(error),
  );

describe('a payout that failed', () => {
  test('is paid again while Bitso says that it failed', async () => {
    const { legId, ctx } = await failed('w-failed');
    peer.answers.push(json(withdrawal('w-failed', 'failed')));
    expect(await codeOf(assertFree(ctx, legId))).toBe('free');
  });

  test('that is complete at Bitso by now is not paid again, whatever its webhook said before', async () => {
    const { legId, ctx } = await failed('w-late');
    peer.answers.push(json(withdrawal('w-late', 'complete')));
    expect(await codeOf(assertFree(ctx, legId))).toBe('payout_may_stand');
  });

  test('is paid from where people say that it came back only if the balance there agrees', async () => {
    const here = openReplaceWorld(database());
    const { client } = clientOf(peer.url);
    const ctx = { ...here.ctx, juno: client, bitso: client, now: () => new Date() };
    const { legId } = await here.given();
    await here.pay(legId);
    await here.bringBack(legId, { isIssued: false });
    const booked = 1_000_000;
    peer.answers.push(json([{ currency: 'mxn', available: '1.00' }]));
    expect(await codeOf(assertFree(ctx, legId, 'bitso'))).toBe('not_decidable');
    peer.answers.splice(0, 1, json([{ currency: 'mxn', available: `${booked}.00` }]));
    expect(await codeOf(assertFree(ctx, legId, 'bitso'))).toBe('free');
    peer.answers.splice(0, 1, json([{ asset: 'MXNB', available: '1.00', on_hold: '0' }]));
    expect(await codeOf(assertFree(ctx, legId, 'juno'))).toBe('not_decidable');
    const noTransactions = json({ content: [], totalPages: 1, last: true });
    peer.answers.splice(0, 1, json([{ asset: 'MXNB', available: `${booked}.00`, on_hold: '0' }]), noTransactions);
    expect(await codeOf(assertFree(ctx, legId, 'juno'))).toBe('free');
  });

  test('and of which Bitso says nothing now, waits', async () => {
    const { legId, ctx } = await failed('w-silent');
    peer.answers.push({ status: 503, body: '{}' });
    expect(await codeOf(assertFree(ctx, legId))).toBe('outside_silent');
  });
});
