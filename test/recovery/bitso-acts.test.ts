import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, settledOutside } from '../../src/reactor/db/schema.ts';
import { deriveKey } from '../../src/reactor/effects/key.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordDone } from '../../src/reactor/effects/record.ts';
import { moveEffect } from '../../src/reactor/effects/send.ts';
import { rememberBitso, unknownBitsoActs } from '../../src/reactor/recovery/bitso-acts.ts';
import { type Answer, clientOf, json, startPeer } from '../juno/peer.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const LEGS = 45;
const firstOf = (legId: string) =>
  ({ subjectKind: 'leg', subjectId: legId, kind: 'bitso_payout', attempt: 1 }) as const;
const keyOf = (legId: string) => deriveKey(KEY_SECRET, firstOf(legId));
const contextAt = (url: string, db: Db): Context =>
  // The rest of a context is for other parts; touching it here would throw.
  ({
    db,
    bitso: clientOf(url).client,
    settings: { keySecret: KEY_SECRET },
    newId: randomUUID,
  }) as unknown as Context;

/** What another process does: records the first payout of a leg, begins to send it, and has its answer. */
const begin = (ctx: Context, paymentId: string, legId: string, to: 'recorded' | 'sending' | 'confirmed', wid = '') =>
  withLane({ db: ctx.db, holder: 'another' }, `payment:${paymentId}`, (lane) =>
    ctx.db.transaction(async (tx) => {
      const id = await recordDone(tx, ctx, lane, {
        ...firstOf(legId),
        ...{ paymentId, request: { body: '{}' }, amount: centavos(150_000n), postings: null },
      });
      const [row] = await tx.select().from(effect).where(eq(effect.id, id));
      if (!row) throw new Error('no effect');
      if (to === 'recorded') return;
      const sending = await moveEffect(tx, lane, row, 'sending', null);
      if (to === 'confirmed') await moveEffect(tx, lane, sending, 'confirmed', null, { externalId: wid });
    }),
  );

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
    const asked = peer.received.flatMap(({ url }) => {
      const ids = new URL(url, peer.url).searchParams.get('origin_ids');
      return ids === null ? [] : [ids.split(',')];
    });
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
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answer: Answer = (socket) =>
      void (meanwhile?.(ctx, paymentId, legId) ?? Promise.resolve()).then(() => socket.end(head + body));
    // The list of all of them has it too.
    peer.answers.push(answer, json([payout]), json([]));
    const asked = () => new URL(peer.received[0]?.url ?? '', peer.url).searchParams.get('origin_ids')?.split(',');
    return { ctx, paymentId, legId, asked };
  }

  test('and no effect here is a lost act', async () => {
    const { ctx, legId } = await given();
    expect(await unknownBitsoActs(ctx)).toMatchObject([
      { source: 'bitso', wid: 'wid-1', of: { legId, attempt: 1 }, centavos: 150_000n, at: null },
    ]);
  });

  test('of a leg whose attempt a backup has as recorded is a lost act under its own key, and the next key is asked for, too', async () => {
    const { ctx, paymentId, legId, asked } = await given();
    await begin(ctx, paymentId, legId, 'recorded');
    expect(await unknownBitsoActs(ctx)).toMatchObject([{ wid: 'wid-1', of: { legId, attempt: 1 } }]);
    expect(asked()).toEqual(
      expect.arrayContaining([1, 2].map((attempt) => deriveKey(KEY_SECRET, { ...firstOf(legId), attempt }))),
    );
  });

  test('and that another process began while Bitso was being asked is no lost act', async () => {
    const { ctx } = await given((mine, paymentId, legId) => begin(mine, paymentId, legId, 'sending'));
    expect(await unknownBitsoActs(ctx)).toEqual([]);
  });
});

describe('the list of all withdrawals of pesos', () => {
  const database = useDatabase();
  const NOW = Date.parse('2026-03-01T12:00:00Z');
  const DAY_MS = 86_400_000;
  const withdrawal = (wid: string, days = 0, status = 'complete') => ({
    ...{ wid, status, amount: '1500.00', currency: 'mxn', created_at: new Date(NOW - days * DAY_MS).toISOString() },
    details: { beneficiary_clabe: '646180157042875763' },
  });
  async function pages(...given: readonly object[][]) {
    const peer = await startPeer();
    onTestFinished(() => peer.close());
    peer.answers.push(...given.map((page) => json(page)));
    const ctx = contextAt(peer.url, database());
    const markers = () => peer.received.map(({ url }) => new URL(url, peer.url).searchParams.get('marker'));
    return { ctx, markers, wids: async () => (await unknownBitsoActs(ctx)).map(({ wid }) => wid) };
  }
  const seen = (at: number) => rememberBitso(contextAt('http://127.0.0.1:9', database()), new Date(at));

  test('is read to an empty page, whatever a page holds, and what failed moved nothing', async () => {
    const { wids, markers } = await pages([withdrawal('a'), withdrawal('b', 1, 'failed')], [withdrawal('c', 2)], []);
    expect(await wids()).toEqual(['a', 'c']);
    expect(markers()).toEqual([null, 'b', 'c']);
  });

  test('is read no further back than to when all of it was known, less an overlap, where the newest come first', async () => {
    await seen(NOW - 10 * DAY_MS);
    const { wids, markers } = await pages(
      [withdrawal('d'), withdrawal('e', 5)],
      [withdrawal('f', 11), withdrawal('g', 30)],
    );
    expect(await wids()).toEqual(['d', 'e', 'f', 'g']);
    expect(markers()).toEqual([null, 'e']);
    const oldestFirst = await pages([withdrawal('h', 30), withdrawal('i', 20)], [withdrawal('j')], []);
    expect(await oldestFirst.wids()).toEqual(['h', 'i', 'j']);
  });

  test('that leads nowhere says nothing: nobody takes it for an end', async () => {
    const page = [withdrawal('k'), withdrawal('l', 1)];
    const { ctx } = await pages(page, page);
    await expect(unknownBitsoActs(ctx)).rejects.toThrow('the same page of withdrawals again');
  });

  test('has a second payout under the key of one that was made, and that is a lost act', async () => {
    const { paymentId, legId } = await givePayment(database(), { rail: 'bitso_spei' });
    const { ctx, wids } = await pages([], [withdrawal('m'), { ...withdrawal('n'), origin_id: keyOf(legId) }], []);
    await begin(ctx, paymentId, legId, 'confirmed', 'm');
    expect(await wids()).toEqual(['n']);
  });

  test('has a payout by hand that two people recorded: its tracking key and amount explain it, and nothing else', async () => {
    const { legId } = await givePayment(database(), { rail: 'bitso_spei' });
    const recorded = { legId, trackingKey: 'BYHAND1', cepLink: 'https://www.banxico.org.mx/cep/go?i=o', receipt: 'o' };
    await database().insert(settledOutside).values(recorded);
    const traced = (wid: string, clave: string, more: object = {}) => ({
      ...{ ...withdrawal(wid), ...more },
      details: { ...withdrawal(wid).details, clave_de_rastreo: clave },
    });
    const { wids } = await pages(
      [],
      [
        traced('o', 'byhand1'),
        traced('p', 'ANOTHER'),
        traced('q', 'BYHAND1', { amount: '1500.01' }),
        traced('r', 'BYHAND1', { origin_id: randomUUID() }),
      ],
      [],
    );
    expect(await wids()).toEqual(['p', 'q', 'r']);
  });
});
