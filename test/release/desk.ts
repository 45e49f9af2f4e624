/** Payments whose release can be approved, over the reactor's own routes and a database of their own. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, hold, lane, leg, proposal, refundOrder } from '../../src/reactor/db/schema.ts';
import type { EffectState } from '../../src/reactor/effects/states.ts';
import type { LegState, ReleasePolicy } from '../../src/reactor/payment/states.ts';
import { useWorld } from '../http/use-world.ts';
import type { World } from '../http/world.ts';
import { givePayment } from '../support/fixtures.ts';

const JOURNEY: readonly LegState[] = [
  'deposited',
  'withdrawing',
  'withdrawn',
  'funding',
  'in_custody',
  'releasing',
  'released',
  'returning',
  'returned',
];

/** Takes a leg along its journey, as far as that state. */
export async function bringLeg(db: Db, legId: string, to: LegState): Promise<void> {
  for (const state of JOURNEY.slice(0, JOURNEY.indexOf(to) + 1))
    await db
      .update(leg)
      .set({ state, cause: 'test', ...(state === 'in_custody' ? { deadline: 2_000_000_000 } : {}) })
      .where(eq(leg.id, legId));
}

/** A release of the leg, brought to that state. */
export async function giveRelease(
  db: Db,
  { paymentId, legId }: { paymentId: string; legId: string },
  to: EffectState,
  request: object = {},
) {
  const name = `payment:${paymentId}`;
  await db.insert(lane).values({ name, epoch: 1 }).onConflictDoNothing();
  const id = randomUUID();
  const fenced = { lane: name, laneEpoch: 1 };
  await db.insert(effect).values({
    ...{ id, subjectKind: 'leg', subjectId: legId, kind: 'chain_release', attempt: 1, paymentId, key: randomUUID() },
    ...{ request, amount: 1n, currency: 'MXNB', ...fenced },
  });
  const way: EffectState[] = to === 'confirmed' ? ['sending', 'confirmed'] : to === 'recorded' ? [] : ['sending'];
  for (const state of way)
    await db
      .update(effect)
      .set({ state, ...fenced })
      .where(eq(effect.id, id));
  return id;
}

export const orderBack = (db: Db, { legId, destinationId }: { legId: string; destinationId: string }, amount = 1n) =>
  db.insert(refundOrder).values({ legId, destinationId, amount, cause: 'test' });

export const dispute = (db: Db, paymentId: string) =>
  db.insert(hold).values({
    id: randomUUID(),
    paymentId,
    kind: 'dispute',
    reasonCode: 'x',
    sentence: 'contested',
    owner: 'operations',
  });

/** A proposal that two people decided and that is not done yet. */
export async function decided(db: Db, command: string, subject: string): Promise<string> {
  const id = randomUUID();
  await db.insert(proposal).values({
    ...{ id, command, subject, parameters: {}, reason: 'drill', proposedBy: randomUUID(), proposerName: 'Ana' },
    ...{
      expiresAt: new Date(Date.now() + 60_000),
      approvedBy: randomUUID(),
      approverName: 'Eva',
      approvedAt: new Date(),
    },
  });
  return id;
}

export function useReleaseDesk() {
  let world: World;
  useWorld((opened) => {
    world = opened;
  });
  const give = (release: ReleasePolicy = 'date_and_approvals', amount = 150_000n) =>
    givePayment(world.db, { release, amount });
  type Given = Awaited<ReturnType<typeof give>>;
  const answer = async (response: Response | Promise<Response>) => {
    const got = await response;
    return { status: got.status, body: (await got.json()) as Record<string, unknown> };
  };
  const approve = (payment: Given, party: 'payer' | 'recipient', given: object = {}, key = world.keys.agent) =>
    answer(
      world.post(
        `/api/v1/payments/${payment.paymentId}/approvals`,
        { party, userId: party === 'payer' ? payment.payerId : payment.recipientId, ...given },
        { key },
      ),
    );
  const withdraw = (payment: Given, id: unknown, key = world.keys.agent) =>
    answer(
      world.post(
        `/api/v1/payments/${payment.paymentId}/approvals/${id}/withdraw`,
        { reason: 'changed my mind' },
        { key },
      ),
    );
  const list = (payment: Given) =>
    answer(world.get(`/api/v1/payments/${payment.paymentId}/approvals`, world.keys.viewer));
  return { world: () => world, give, approve, withdraw, list, answer };
}
