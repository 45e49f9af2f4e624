import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { deriveKey } from '../../src/reactor/effects/key.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordDone } from '../../src/reactor/effects/record.ts';
import { unknownBitsoActs } from '../../src/reactor/recovery/juno-acts.ts';
import { type Answer, clientOf, json, startPeer } from '../juno/peer.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const LEGS = 45;
const firstOf = (legId: string) =>
  ({ subjectKind: 'leg', subjectId: legId, kind: 'bitso_payout', attempt: 1 }) as const;
const contextAt = (url: string, db: Db): Context =>
  // The rest of a context is for other parts; touching it here would throw.
  ({
    db,
    bitso: clientOf(url).client,
    settings: { keySecret: KEY_SECRET },
    newId: randomUUID,
  }) as unknown as Context;

describe('many legs', () => {
  const database = useDatabase();

  test('Bitso is asked for each leg that it may pay, however many there are, twenty at a time', async () => {
    const given = await Promise.all(
      Array.from({ length: LEGS }, () => givePayment(database(), { rail: 'bitso_spei' })),
    );
    await givePayment(database());
    const peer = await startPeer();
    onTestFinished(() => peer.close());
    peer.answers.push(json([]));
    expect(await unknownBitsoActs(contextAt(peer.url, database()))).toEqual([]);
    const asked = peer.received.map(
      ({ url }) => new URL(url, peer.url).searchParams.get('origin_ids')?.split(',') ?? [],
    );
    const keys = given.map(({ legId }) => deriveKey(KEY_SECRET, firstOf(legId)));
    expect(asked.map((ids) => ids.length)).toEqual([20, 20, 5]);
    expect(asked.flat().toSorted()).toEqual(keys.toSorted());
  });
});

describe('a payout that Bitso has under a key of ours', () => {
  const database = useDatabase();
  /** Bitso lists a payout of a new leg; `meanwhile` is what another process does while it is being asked. */
  async function given(meanwhile?: (ctx: Context, paymentId: string, legId: string) => Promise<unknown>) {
    const { paymentId, legId } = await givePayment(database(), { rail: 'bitso_spei' });
    const peer = await startPeer();
    onTestFinished(() => peer.close());
    const ctx = contextAt(peer.url, database());
    const originId = deriveKey(KEY_SECRET, firstOf(legId));
    const payout = { wid: 'wid-1', status: 'complete', amount: '1500.00', currency: 'mxn', origin_id: originId };
    const body = JSON.stringify({ success: true, payload: [payout] });
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answer: Answer = (socket) =>
      void (meanwhile?.(ctx, paymentId, legId) ?? Promise.resolve()).then(() => socket.write(head + body));
    peer.answers.push(answer);
    return { ctx, legId };
  }

  test('and no effect here is a lost act', async () => {
    const { ctx, legId } = await given();
    expect(await unknownBitsoActs(ctx)).toEqual([{ source: 'bitso', wid: 'wid-1', legId, attempt: 1, at: null }]);
  });

  test('and that another process began while Bitso was being asked is no lost act', async () => {
    const { ctx } = await given((mine, paymentId, legId) =>
      withLane({ db: mine.db, holder: 'another' }, `payment:${paymentId}`, (lane) =>
        mine.db.transaction((tx) =>
          recordDone(tx, mine, lane, {
            ...firstOf(legId),
            ...{ paymentId, request: { body: '{}' }, amount: centavos(150_000n), postings: null },
          }),
        ),
      ),
    );
    expect(await unknownBitsoActs(ctx)).toEqual([]);
  });
});
