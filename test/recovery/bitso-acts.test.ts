import { expect, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import { deriveKey } from '../../src/reactor/effects/key.ts';
import { unknownBitsoActs } from '../../src/reactor/recovery/juno-acts.ts';
import { clientOf, json, startPeer } from '../juno/peer.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
const LEGS = 45;

test('Bitso is asked for each leg that it may pay, however many there are, twenty at a time', async () => {
  const given = await Promise.all(Array.from({ length: LEGS }, () => givePayment(database(), { rail: 'bitso_spei' })));
  await givePayment(database());
  const peer = await startPeer();
  peer.answers.push(json([]));
  const settings = { keySecret: KEY_SECRET };
  // The rest of a context is for other parts; touching it here would throw.
  const ctx = { db: database(), bitso: clientOf(peer.url).client, settings } as unknown as Context;
  expect(await unknownBitsoActs(ctx)).toEqual([]);
  const asked = peer.received.map(({ url }) => new URL(url, peer.url).searchParams.get('origin_ids')?.split(',') ?? []);
  const keys = given.map(({ legId }) =>
    deriveKey(KEY_SECRET, { subjectKind: 'leg', subjectId: legId, kind: 'bitso_payout', attempt: 1 }),
  );
  expect(asked.map((ids) => ids.length)).toEqual([20, 20, 5]);
  expect(asked.flat().toSorted()).toEqual(keys.toSorted());
  await peer.close();
});
