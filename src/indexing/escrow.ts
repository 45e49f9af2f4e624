import type { Context } from 'ponder:registry';
import { escrow, escrowEvent } from 'ponder:schema';
import { followEvent } from './follow.ts';
import { type Logged, lower, placeOf } from './place.ts';

/** A log of an escrow contract of any version. */
export type EscrowLogged = Logged & {
  event: { args: { escrowId: bigint }; log: { address: `0x${string}` } };
  context: Pick<Context, 'db'>;
};

type EventRow = typeof escrowEvent.$inferInsert;
type EscrowRow = typeof escrow.$inferInsert;
type Change = Pick<EventRow, 'kind' | 'amount' | 'detail'> & {
  /** What the change makes of the escrow. */
  now?: Partial<Pick<EscrowRow, 'status' | 'reference' | 'token' | 'deadline' | 'payee'>>;
};

const REFERENCE = /^0x[0-9a-f]{64}$/;

const keyOf = ({ event: { args, log }, context }: EscrowLogged) => {
  const contract = lower(log.address);
  return { escrow: `${context.chain.id}:${contract}:${args.escrowId}`, contract, escrowId: args.escrowId };
};

/** Writes the escrow that EscrowCreated tells of, and that event. Its `clabe` is the reference wherever we made it. */
export async function recordCreation(
  logged: EscrowLogged & {
    event: {
      args: { payer: `0x${string}`; payee: `0x${string}`; amount: bigint; vertical: string; clabe: string };
    };
  },
  /** What the event leaves out, where the contract was asked for it. */
  terms: Partial<Pick<EscrowRow, 'token' | 'deadline' | 'conditions'>> = {},
): Promise<void> {
  const { args } = logged.event;
  const key = keyOf(logged);
  const place = placeOf(logged);
  await logged.context.db.insert(escrow).values({
    id: key.escrow,
    chainId: place.chainId,
    contract: key.contract,
    escrowId: key.escrowId,
    reference: REFERENCE.test(args.clabe) ? (args.clabe as `0x${string}`) : null,
    payer: lower(args.payer),
    payee: lower(args.payee),
    amount: args.amount,
    vertical: args.vertical,
    clabeReference: args.clabe,
    ...terms,
    status: 'pending',
    createdBlock: place.blockNumber,
    createdAt: place.blockTimestamp,
    createdBlockHash: place.blockHash,
    createdTxHash: place.txHash,
    updatedBlock: place.blockNumber,
    updatedAt: place.blockTimestamp,
  });
  await recordChange(logged, { kind: 'created', amount: args.amount });
}

/**
 * Writes a change of an escrow as a row of its own, and the escrow as it is after it. An escrow made before the first indexed
 * block has no row: its changes are written all the same, under no reference.
 */
export async function recordChange(logged: EscrowLogged, { now, ...change }: Change): Promise<void> {
  const from = new Date();
  const { db } = logged.context;
  const key = keyOf(logged);
  const place = placeOf(logged);
  const known = await db.find(escrow, { id: key.escrow });
  if (known) {
    const updated = { updatedBlock: place.blockNumber, updatedAt: place.blockTimestamp };
    await db.update(escrow, { id: key.escrow }).set({ ...now, ...updated });
  }
  const reference = now?.reference ?? known?.reference ?? null;
  await db.insert(escrowEvent).values({ ...place, ...key, reference, ...change });
  followEvent(place, { reference, kind: change.kind, from });
}
