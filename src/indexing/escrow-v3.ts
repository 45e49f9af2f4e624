import { ponder } from 'ponder:registry';
import { recordChange, recordCreation } from './escrow.ts';
import { lower } from './place.ts';

ponder.on('EscrowV3:EscrowCreated', recordCreation);

ponder.on('EscrowV3:EscrowReferenced', (logged) => {
  const { ref, token, deadline } = logged.event.args;
  return recordChange(logged, { kind: 'referenced', now: { reference: ref, token: lower(token), deadline } });
});

ponder.on('EscrowV3:EscrowFunded', (logged) =>
  recordChange(logged, { kind: 'funded', amount: logged.event.args.amount, now: { status: 'funded' } }),
);

ponder.on('EscrowV3:EscrowReleased', (logged) =>
  recordChange(logged, { kind: 'released', now: { status: 'released' } }),
);

ponder.on('EscrowV3:EscrowDisputed', (logged) => {
  const { by, reason } = logged.event.args;
  return recordChange(logged, { kind: 'disputed', detail: { by: lower(by), reason }, now: { status: 'disputed' } });
});

ponder.on('EscrowV3:EscrowDisputeResolved', (logged) => {
  const { inFavorOfSeller } = logged.event.args;
  // Against the seller, EscrowCancelled follows and says so itself.
  const now = inFavorOfSeller ? ({ status: 'funded' } as const) : {};
  return recordChange(logged, { kind: 'dispute_resolved', detail: { inFavorOfSeller }, now });
});

ponder.on('EscrowV3:EscrowCancelled', (logged) =>
  recordChange(logged, { kind: 'cancelled', now: { status: 'cancelled' } }),
);
