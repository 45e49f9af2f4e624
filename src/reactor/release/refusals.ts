import { Refusal } from '../people/refusal.ts';

const NOTHING = 'Nothing was changed.';

export const notAsked = (): Refusal =>
  new Refusal({
    code: 'approval_not_asked',
    status: 409,
    title: 'This payment asks for no approval',
    detail: `Its release policy is the date alone. ${NOTHING}`,
  });

export const nothingToApprove = (why: string): Refusal =>
  new Refusal({
    code: 'nothing_to_approve',
    status: 409,
    title: 'There is no release to approve',
    detail: `${why} ${NOTHING} GET /api/v1/payments/{id} shows where its money is.`,
  });

export const notTheParty = (party: string): Refusal =>
  new Refusal({
    code: 'not_the_party',
    status: 403,
    title: 'This user is not who has to approve',
    detail: `The ${party} of this payment is another user. ${NOTHING}`,
    errors: [{ field: 'userId', message: `is not the ${party} of this payment` }],
  });

export const alreadyApproved = (party: string, id: string): Refusal =>
  new Refusal({
    code: 'already_approved',
    status: 409,
    title: 'It is approved already',
    detail: `Approval ${id} of the ${party} stands. ${NOTHING}`,
  });

export const noApproval = (): Refusal =>
  new Refusal({
    code: 'approval_not_found',
    status: 404,
    title: 'There is no such approval',
    detail: 'No approval of this payment has this id. GET /api/v1/payments/{id}/approvals lists them.',
  });

export const alreadyWithdrawn = (): Refusal =>
  new Refusal({
    code: 'approval_withdrawn',
    status: 409,
    title: 'This approval was withdrawn before',
    detail: `It counts no more. ${NOTHING}`,
  });

export const releaseSent = (): Refusal =>
  new Refusal({
    code: 'release_sent',
    status: 409,
    title: 'The release is on its way',
    detail: `What was approved was signed and sent, or is done: an approval can be withdrawn until then. ${NOTHING} Who does not agree opens a dispute.`,
  });

export const needsNoSecond = (amount: string): Refusal =>
  new Refusal({
    code: 'release_needs_one',
    status: 409,
    title: 'This release needs no second person',
    detail: `${amount} is not over RELEASE_FOUR_EYES, or two people let it out already. ${NOTHING}`,
  });

export const noLink = (): Refusal =>
  new Refusal({
    code: 'link_not_found',
    status: 404,
    title: 'This link is not known',
    detail: `It was copied in part, or is none of ours. ${NOTHING}`,
  });

export const linkOver = (why: string): Refusal =>
  new Refusal({
    code: 'link_over',
    status: 409,
    title: 'This link can no longer be used',
    detail: `A link approves one release once, and ${why}. ${NOTHING} Whoever sent it can send another.`,
  });
