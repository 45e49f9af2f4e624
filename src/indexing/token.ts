import { type Context, type Event, ponder } from 'ponder:registry';
import { escrowEvent, tokenTransfer } from 'ponder:schema';
import { logId, lower, placeOf } from './place.ts';

type Transfer = 'MxnbIn:Transfer' | 'MxnbOut:Transfer';

/** Writes a transfer, once: between two addresses of ours it comes twice. */
async function recordTransfer(logged: { event: Event<Transfer>; context: Context<Transfer> }): Promise<void> {
  const { event, context } = logged;
  const place = placeOf(logged);
  const from = lower(event.args.from);
  const to = lower(event.args.to);
  // The contract says what it is about to do, then asks the token: the log before the transfer is the escrow's own.
  const cause = await context.db.find(escrowEvent, { id: logId(place.chainId, place.txHash, place.logIndex - 1) });
  const isCaused = cause !== null && (cause.contract === from || cause.contract === to);
  await context.db
    .insert(tokenTransfer)
    .values({
      ...place,
      escrow: isCaused ? cause.escrow : null,
      token: lower(event.log.address),
      from,
      to,
      value: event.args.value,
    })
    .onConflictDoNothing();
}

ponder.on('MxnbIn:Transfer', recordTransfer);
ponder.on('MxnbOut:Transfer', recordTransfer);
