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

// Who let it end before its deadline. That it ended is said by the event that follows.
ponder.on('EscrowV3:EarlyEndApproved', (logged) =>
  recordChange(logged, { kind: 'early_end_approved', detail: { approver: lower(logged.event.args.approver) } }),
);

ponder.on('EscrowV3:EscrowRedirected', (logged) => {
  const [approver, payee] = [lower(logged.event.args.approver), lower(logged.event.args.payee)];
  return recordChange(logged, { kind: 'redirected', detail: { approver, payee }, now: { payee } });
});

// ReleaseSkipped is left out: nothing happened, and anybody can make the contract say it for any number.
