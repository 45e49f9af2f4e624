import { Refusal } from '../people/refusal.ts';

export const noProposal = (): Refusal =>
  new Refusal({
    code: 'proposal_not_found',
    status: 404,
    title: 'There is no such proposal',
    detail: 'No proposal has this id. GET /api/v1/proposals lists those that are open.',
  });

export const alreadyProposed = (id: string): Refusal =>
  new Refusal({
    code: 'already_proposed',
    status: 409,
    title: 'The same is proposed already',
    detail: `Proposal ${id} is open for the same command and subject. Approve it, or withdraw it and propose anew.`,
  });

export const ownProposal = (): Refusal =>
  new Refusal({
    code: 'own_proposal',
    status: 403,
    title: 'A second person approves',
    detail:
      'Who proposed it cannot approve it, nor can another key of the same name. Ask somebody else with the role approver or admin.',
  });

export const notOpen = (what: string): Refusal =>
  new Refusal({
    code: 'proposal_not_open',
    status: 409,
    title: 'This proposal is no longer open',
    detail: `It was ${what}. Nothing was done. If it is still wanted, propose it anew.`,
  });

export const laneBusy = (): Refusal =>
  new Refusal({
    code: 'in_progress',
    status: 409,
    title: 'A reactor is working on it at this moment',
    detail: 'Nothing was done. Repeat the same request in a few seconds.',
  });
