import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, type Peer, startPeer } from './peer.ts';

let peer: Peer;
afterEach(() => peer.close());

test('more looks at once than there are connections: those that waited go out on the connections that come free', async () => {
  peer = await startPeer();
  const { client } = clientOf(peer.url);
  const look = () => client.call({ kind: 'look', method: 'GET', route: '/spei/v1/clabes' }, z.unknown());
  await Promise.all(Array.from({ length: 100 }, look));
  expect([peer.received.length, peer.arrived().connections]).toEqual([100, 16]);
});
