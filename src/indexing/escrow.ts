import { type Context, type Event, ponder } from 'ponder:registry';
import { escrow, escrowEvent } from 'ponder:schema';
import { lower, placeOf } from './place.ts';

type Kind = (typeof escrowEvent.$inferInsert)['kind'];
type Status = (typeof escrow.$inferInsert)['status'];
type EscrowEventName =
  | 'KustodiaEscrow:EscrowCreated'
  | 'KustodiaEscrow:EscrowReferenced'
  | 'KustodiaEscrow:EscrowFunded'
  | 'KustodiaEscrow:EscrowReleased'
  | 'KustodiaEscrow:EscrowDisputed'
  | 'KustodiaEscrow:EscrowDisputeResolved'
  | 'KustodiaEscrow:EscrowCancelled';
type Change = Partial<Pick<typeof escrow.$inferInsert, 'reference' | 'token' | 'deadline'>> & { status?: Status };

const REFERENCE = /^0x[0-9a-f]{64}$/;

/** Writes a change of an escrow as a row of its own, and the escrow as it is after it. */
async function change(
  { event, context }: { event: Event<EscrowEventName>; context: Context<EscrowEventName> },
  kind: Kind,
  to: Change,
  given: { amount?: bigint; detail?: object } = {},
): Promise<void> {
  const contract = lower(event.log.address);
  const { escrowId } = event.args;
  const place = placeOf(event, context.chain.id);
  const id = `${place.chainId}:${contract}:${escrowId}`;
  const row = await context.db
    .update(escrow, { id })
    .set({ ...to, updatedBlock: place.blockNumber, updatedAt: place.blockTimestamp });
  await context.db.insert(escrowEvent).values({
    ...place,
    escrow: id,
    contract,
    escrowId,
    reference: row.reference,
    kind,
    amount: given.amount ?? null,
    detail: given.detail ?? null,
  });
}

ponder.on('KustodiaEscrow:EscrowCreated', async ({ event, context }) => {
  const { escrowId, payer, payee, amount, vertical, clabe } = event.args;
  const contract = lower(event.log.address);
  const place = placeOf(event, context.chain.id);
  await context.db.insert(escrow).values({
    id: `${place.chainId}:${contract}:${escrowId}`,
    chainId: place.chainId,
    contract,
    escrowId,
    // The opaque reference stands where the earlier contracts had a CLABE.
    reference: REFERENCE.test(clabe) ? (clabe as `0x${string}`) : null,
    payer: lower(payer),
    payee: lower(payee),
    token: null,
    amount,
    deadline: null,
    vertical,
    clabeReference: clabe,
    status: 'pending',
    createdBlock: place.blockNumber,
    createdAt: place.blockTimestamp,
    updatedBlock: place.blockNumber,
    updatedAt: place.blockTimestamp,
    blockHash: place.blockHash,
    txHash: place.txHash,
  });
  await change({ event, context }, 'created', {}, { amount });
});

ponder.on('KustodiaEscrow:EscrowReferenced', async ({ event, context }) => {
  const { ref, token, deadline } = event.args;
  await change({ event, context }, 'referenced', { reference: ref, token: lower(token), deadline });
});

ponder.on('KustodiaEscrow:EscrowFunded', async ({ event, context }) => {
  await change({ event, context }, 'funded', { status: 'funded' }, { amount: event.args.amount });
});

ponder.on('KustodiaEscrow:EscrowReleased', async ({ event, context }) => {
  await change({ event, context }, 'released', { status: 'released' });
});

ponder.on('KustodiaEscrow:EscrowDisputed', async ({ event, context }) => {
  const { by, reason } = event.args;
  await change({ event, context }, 'disputed', { status: 'disputed' }, { detail: { by: lower(by), reason } });
});

ponder.on('KustodiaEscrow:EscrowDisputeResolved', async ({ event, context }) => {
  const { inFavorOfSeller } = event.args;
  // Against the seller, EscrowCancelled follows and says so itself.
  const to: Change = inFavorOfSeller ? { status: 'funded' } : {};
  await change({ event, context }, 'dispute_resolved', to, { detail: { inFavorOfSeller } });
});

ponder.on('KustodiaEscrow:EscrowCancelled', async ({ event, context }) => {
  await change({ event, context }, 'cancelled', { status: 'cancelled' });
});
