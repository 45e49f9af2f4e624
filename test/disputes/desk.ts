/** A desk at which payments are disputed: REST over a database of its own, and the looks that the reactor would take. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { advance } from '../../src/reactor/advance/advance.ts';
import { destination, leg, payment } from '../../src/reactor/db/schema.ts';
import { type Desk, useDesk } from '../guards/desk.ts';

export const SAID = 'The goods never came.';
export const WHY = 'the payer writes to us';
export const PAYER_CLABE = '646180110400000007';

/** Pesos are at Juno, and the payer has a verified account of its own. */
async function givenDisputable(d: Desk, amount = 150_000n) {
  const given = await d.givenDeposited({ amount });
  await d.db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, given.paymentId));
  return given;
}

export function useDisputeDesk() {
  const desk = useDesk();
  return () => {
    const d = desk();
    const open = (paymentId: string, given: object = {}, key?: string) =>
      d.ask(
        'POST',
        '/disputes',
        { payment: paymentId, by: 'payer', reasonCode: 'not_received', statement: SAID, reason: WHY, ...given },
        key,
      );
    const propose = (id: unknown, terms: object, idempotencyKey?: string) =>
      d.ask('POST', `/disputes/${id}/proposals`, { ...terms, reason: WHY }, undefined, idempotencyKey);
    return {
      ...d,
      /** A decision is final so many seconds after it, from now on. */
      appealFor: (seconds: number) => Object.assign(d.ctx.settings, { disputeAppeal_s: seconds }),
      given: (amount?: bigint) => givenDisputable(d, amount),
      open,
      propose,
      opened: async (paymentId: string, given: object = {}) => String((await open(paymentId, given)).body['id']),
      /** An account of the payer's own, registered and read back. */
      accountOf: async ({ payerId, paymentId }: { payerId: string; paymentId: string }) => {
        const id = randomUUID();
        await d.db.insert(destination).values({
          ...{ id, userId: payerId, clabe: PAYER_CLABE, legalName: 'Paula Pagadora' },
          ...{ junoAccountId: randomUUID(), verifiedAt: new Date() },
        });
        return { id, paymentId, payout: { clabe: PAYER_CLABE, legalName: 'Paula Pagadora' } };
      },
      /** Two people decide. */
      decide: async (id: unknown, terms: object) => {
        const made = await propose(id, terms);
        return made.status === 201 ? d.approve(made.body['id']) : made;
      },
      say: (id: unknown, what: 'evidence' | 'appeals', given: object = {}) =>
        d.ask('POST', `/disputes/${id}/${what}`, { by: 'payer', text: SAID, reason: WHY, ...given }),
      /** What any reactor does when it looks. */
      advance: (paymentId: string) => advance(d.ctx, { wallet: () => undefined }, paymentId),
      legsOf: (paymentId: string) =>
        d.db.select().from(leg).where(eq(leg.paymentId, paymentId)).orderBy(leg.createdAt, leg.kind),
    };
  };
}
