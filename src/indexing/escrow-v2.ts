import { type Context, ponder } from 'ponder:registry';
import { tokenTransfer } from 'ponder:schema';
import { type EscrowLogged, recordChange, recordCreation } from './escrow.ts';
import { logId, lower, placeOf } from './place.ts';

/** The two live contracts: their core events are the same, and so is the getter that tells what those leave out. */
const CONTRACTS = ['EscrowV2', 'EscrowV2Pausable'] as const;
type OnChain = Context<`${(typeof CONTRACTS)[number]}:EscrowFunded`>;

/** Which escrow a transfer is of, where the contract first asks the token and then says what it did. */
async function tieTransfer(logged: EscrowLogged & { context: OnChain }): Promise<void> {
  const { db } = logged.context;
  const { chainId, txHash, logIndex } = placeOf(logged);
  const contract = lower(logged.event.log.address);
  const id = logId(chainId, txHash, logIndex - 1);
  const transfer = await db.find(tokenTransfer, { id });
  if (transfer?.escrow !== null || (transfer.from !== contract && transfer.to !== contract)) return;
  await db.update(tokenTransfer, { id }).set({ escrow: `${chainId}:${contract}:${logged.event.args.escrowId}` });
}

for (const name of CONTRACTS) {
  ponder.on(`${name}:EscrowCreated`, async (logged) => {
    const { event, context } = logged;
    // Token, deadline and conditions are in no event: the contract is asked, as of this block.
    const [, , , deadline, , , , conditions, token] = await context.client.readContract({
      abi: context.contracts.EscrowV2.abi,
      address: event.log.address,
      functionName: 'escrows',
      args: [event.args.escrowId],
    });
    await recordCreation(logged, { token: lower(token), deadline, conditions });
  });

  ponder.on(`${name}:EscrowFunded`, async (logged) => {
    await recordChange(logged, { kind: 'funded', amount: logged.event.args.amount, now: { status: 'funded' } });
    await tieTransfer(logged);
  });

  ponder.on(`${name}:EscrowReleased`, async (logged) => {
    await recordChange(logged, { kind: 'released', now: { status: 'released' } });
    await tieTransfer(logged);
  });

  ponder.on(`${name}:EscrowDisputed`, (logged) => {
    const { by, reason } = logged.event.args;
    return recordChange(logged, { kind: 'disputed', detail: { by: lower(by), reason }, now: { status: 'disputed' } });
  });

  ponder.on(`${name}:EscrowCancelled`, async (logged) => {
    await recordChange(logged, { kind: 'cancelled', now: { status: 'cancelled' } });
    await tieTransfer(logged);
  });
}

// Version 2 pausable has no way to decide a dispute.
ponder.on('EscrowV2:EscrowDisputeResolved', (logged) => {
  const { inFavorOfSeller } = logged.event.args;
  // Against the seller, EscrowCancelled says so itself.
  const now = inFavorOfSeller ? ({ status: 'funded' } as const) : {};
  return recordChange(logged, { kind: 'dispute_resolved', detail: { inFavorOfSeller }, now });
});
