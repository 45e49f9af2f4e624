import { Refusal } from '../people/refusal.ts';

export const noDispute = (): Refusal =>
  new Refusal({
    code: 'dispute_not_found',
    status: 404,
    title: 'There is no such dispute',
    detail: 'No dispute has this id. GET /api/v1/disputes lists those that are not final.',
  });

export const noSuchPayment = (): Refusal =>
  new Refusal({
    code: 'payment_not_found',
    status: 404,
    title: 'There is no such payment',
    detail: 'No payment has this id or number. Nothing was disputed.',
    errors: [{ field: 'payment', message: 'is nothing that is known' }],
  });

export const disputedAlready = (id: string): Refusal =>
  new Refusal({
    code: 'disputed_already',
    status: 409,
    title: 'The payment is disputed already',
    detail: `Dispute ${id} holds it, and nothing was changed. What another person has to say is evidence of that one.`,
  });

export const decidedBefore = (id: string): Refusal =>
  new Refusal({
    code: 'dispute_decided',
    status: 409,
    title: 'A dispute of this payment is final',
    detail: `Dispute ${id} was decided, and the time to appeal is over. Nothing was changed. To keep the money where it is, open a hold.`,
  });

export const nothingToDispute = (detail: string): Refusal =>
  new Refusal({
    code: 'nothing_to_dispute',
    status: 409,
    title: 'Nothing of it can be held',
    detail: `${detail} A dispute is opened before the money leaves. Nothing was changed.`,
  });

export const notOpenForThis = (what: string, state: string): Refusal =>
  new Refusal({
    code: 'dispute_not_open',
    status: 409,
    title: `The dispute takes no ${what}`,
    detail: `It is ${state}. Nothing was changed.`,
  });

export const tooMuch = (): Refusal =>
  new Refusal({
    code: 'evidence_full',
    status: 409,
    title: 'The dispute has all the evidence that it may have',
    detail: 'Nothing was kept. Name what is essential in a text of the next decision’s proposal.',
  });

export const appealTooLate = (until: Date): Refusal =>
  new Refusal({
    code: 'appeal_too_late',
    status: 409,
    title: 'The time to appeal is over',
    detail: `It ended at ${until.toISOString()}. Nothing was changed: what was decided is carried out.`,
  });

export const appealedBefore = (side: string): Refusal =>
  new Refusal({
    code: 'appealed_before',
    status: 409,
    title: 'Each side may appeal once',
    detail: `The ${side} has appealed in this dispute before. Nothing was changed.`,
  });

export const badSplit = (detail: string): Refusal =>
  new Refusal({
    code: 'bad_split',
    status: 422,
    title: 'The money cannot be split so',
    detail: `${detail} Nothing was decided.`,
    errors: [{ field: 'payer', message: 'is not a part of what has not left' }],
  });

export const noRefundAccount = (): Refusal =>
  new Refusal({
    code: 'refund_account_missing',
    status: 422,
    title: 'Where the payer’s money goes is not known',
    detail:
      'The payment’s terms name no account that it goes back to. Give one of the payer’s own. Nothing was decided.',
    errors: [{ field: 'payout', message: 'is needed' }],
  });

export const disputedNow = (id: string): Refusal =>
  new Refusal({
    code: 'payment_disputed',
    status: 409,
    title: 'The payment is disputed',
    detail: `Dispute ${id} keeps its money where it is, for people too. Nothing was done. Decide the dispute; then it goes on by itself.`,
  });
