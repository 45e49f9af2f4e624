import { Refusal } from '../people/refusal.ts';

export const noLeg = (): Refusal =>
  new Refusal({
    code: 'leg_not_found',
    status: 404,
    title: 'There is no such leg',
    detail: 'No leg of this payment has this id. GET /api/v1/payments/{id} lists its legs.',
  });

export const notNow = (title: string, detail: string): Refusal =>
  new Refusal({ code: 'leg_not_payable_now', status: 409, title, detail: `${detail} Nothing was done.` });

export const mayHaveLeft = (detail: string): Refusal =>
  new Refusal({
    code: 'payout_may_stand',
    status: 409,
    title: 'Its payout may still arrive, or has',
    detail: `${detail} Nothing was done. Paying it again could pay it twice. It goes on by itself when the rail’s record is read again; if it does not, ask the rail’s support.`,
  });

export const notSeen = (): Refusal =>
  new Refusal({
    code: 'money_not_seen',
    status: 409,
    title: 'It is not known where the returned money is',
    detail:
      'The return is booked, and no record says whether Juno made MXNB of it or Bitso has its pesos. Nothing was done. An ISSUANCE usually shows in minutes. If none does, look at both balances and repeat this with moneyAt: what is said is compared with the balance there.',
    errors: [{ field: 'moneyAt', message: 'is needed: juno or bitso' }],
  });

export const toldWrong = (at: string): Refusal =>
  new Refusal({
    code: 'money_seen_elsewhere',
    status: 409,
    title: 'The money was seen elsewhere',
    detail: `The records say that the money is at ${at}. Nothing was done. Leave moneyAt out, or correct it.`,
    errors: [{ field: 'moneyAt', message: `is ${at}` }],
  });

export const accountNotReady = (detail: string): Refusal =>
  new Refusal({
    code: 'account_not_verified',
    status: 409,
    title: 'The account is not verified',
    detail: `${detail} Nothing was done.`,
  });

export const notThePayers = (): Refusal =>
  new Refusal({
    code: 'not_the_payers_account',
    status: 422,
    title: 'This is not the payer’s own account',
    detail:
      'A refund goes to the payer and to nobody else: to the CLABE that the whole deposit came from, or to an account in the payer’s own name. Nothing was done.',
    errors: [{ field: 'payout', message: 'is neither the sender of the deposit nor in the payer’s name' }],
  });

export const notThePayees = (): Refusal =>
  new Refusal({
    code: 'not_the_payees_account',
    status: 422,
    title: 'This account is in another name',
    detail:
      'What is paid to another account stays the same person’s: the name is neither that of whom the leg pays nor that of the account before. Nothing was done. If another holder is meant, say so (anotherHolder, --another-holder): whoever approves sees it.',
    errors: [{ field: 'payout.legalName', message: 'is neither the payee’s name nor that of the account before' }],
  });

export const nothingToRefund = (detail: string): Refusal =>
  new Refusal({
    code: 'nothing_to_refund',
    status: 409,
    title: 'Nothing of it can go back',
    detail: `${detail} Nothing was done. What has left can only be paid again from Kustodia’s own account.`,
  });
