import type { Theme } from '../row.ts';

/** Longer than the story: what leaves sooner was let out before its date. */
const LONG_S = 7200;

export const REFUNDS: Theme = {
  title: 'Back to the payer',
  about:
    'All of it or the part in custody, of whatever has not left and never more, to an account of the payer’s own, once two people have ordered it.',
  rows: [
    {
      id: 'refund-before-funding',
      story: 'Paula thinks better of it while her money is still at Juno: it goes back to her, and no escrow is made.',
      terms: { amount: '1100.00' },
      acts: [['hold', 'payment'], ['deposit'], ['wait for', 'deposited'], ['refund', 'full'], ['close the hold']],
      expect: {
        legs: [
          ['custody', '1100.00', 'replaced'],
          ['refund', '1100.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1100.00']],
      },
    },
    {
      id: 'refund-out-of-custody',
      story:
        'They agree to undo it while it is in custody: two people order it back, and it goes to Paula when the escrow lets it out.',
      terms: { amount: '1101.00', seconds: 15 },
      acts: [['deposit'], ['wait for', 'in_custody'], ['refund', 'full']],
      expect: {
        legs: [
          ['custody', '1101.00', 'replaced'],
          ['refund', '1101.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1101.00']],
        escrow: ['released'],
      },
      on: ['v2', 'v2-pausable'],
    },
    {
      id: 'refund-before-its-date',
      story:
        'The same on our own contract, where nobody waits for the date: the approver signs for it, and the escrow ends at once.',
      terms: { amount: '1113.00', seconds: LONG_S },
      acts: [['deposit'], ['wait for', 'in_custody'], ['refund', 'full']],
      expect: {
        legs: [
          ['custody', '1113.00', 'replaced'],
          ['refund', '1113.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1113.00']],
        escrow: ['cancelled'],
      },
    },
    {
      id: 'refund-past-its-date',
      story:
        'It is held until its date has come, and only then they undo it: it leaves the escrow as any other, and goes to Paula.',
      terms: { amount: '1114.00', seconds: 15 },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['hold', 'payment'],
        ['let the custody end'],
        ['refund', 'full'],
        ['close the hold'],
      ],
      expect: {
        legs: [
          ['custody', '1114.00', 'replaced'],
          ['refund', '1114.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1114.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'refund-ordered-twice',
      story: 'A refund is ordered twice: the second order finds nothing that is not going back already.',
      terms: { amount: '1102.00', seconds: LONG_S, refund: true },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['refund', 'full'],
        ['refused', 'nothing_to_refund', ['refund', 'full']],
      ],
      expect: {
        legs: [
          ['custody', '1102.00', 'replaced'],
          ['refund', '1102.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1102.00']],
        escrow: ['cancelled'],
      },
    },
    {
      id: 'refund-of-the-custody-part',
      story:
        'Half was paid at once. Only the part in custody goes back; the platform’s fee, which nothing says is earned, waits for a person.',
      terms: { amount: '1104.00', custody: 5000, seconds: LONG_S, fees: [['platform', 'payer', '110.00']] },
      acts: [['deposit'], ['wait for', 'in_custody'], ['wait for', 'completed'], ['refund', 'custody']],
      expect: {
        legs: [
          ['immediate', '552.00', 'completed'],
          ['custody', '552.00', 'replaced'],
          ['refund', '552.00', 'completed'],
          ['commission', '110.00', 'reserved', 'commission_open'],
        ],
        status: ['needs_attention'],
        payouts: [
          ['recipient', '552.00'],
          ['payer', '552.00'],
        ],
        escrow: ['cancelled'],
        books: [
          ['juno_pool', '110.00'],
          ['liability', '110.00'],
        ],
      },
    },
    {
      id: 'refund-of-all-that-has-not-left',
      story:
        'Half was paid at once, and all else goes back: the part in custody and the fee. What has left stays with Rita.',
      terms: { amount: '1106.00', custody: 5000, seconds: LONG_S, fees: [['platform', 'payer', '111.00']] },
      acts: [['deposit'], ['wait for', 'in_custody'], ['wait for', 'completed'], ['refund', 'full']],
      expect: {
        legs: [
          ['immediate', '553.00', 'completed'],
          ['custody', '553.00', 'replaced'],
          ['refund', '553.00', 'completed'],
          ['commission', '111.00', 'replaced'],
          ['refund', '111.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '553.00'],
          ['payer', '553.00'],
          ['payer', '111.00'],
        ],
        escrow: ['cancelled'],
      },
    },
    {
      id: 'refund-of-what-has-left',
      story: 'All of it was paid, and Paula wants it back: never more than has not left, so nothing.',
      terms: { amount: '1107.00' },
      acts: [['deposit'], ['wait for', 'completed'], ['refused', 'nothing_to_refund', ['refund', 'full']]],
      expect: {
        legs: [['custody', '1107.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1107.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'refund-before-the-deposit',
      story: 'Nobody has paid in yet: there is nothing to give back.',
      terms: { amount: '1108.00' },
      acts: [['refused', 'nothing_to_refund', ['refund', 'full']]],
      expect: {
        legs: [['custody', '1108.00', 'requested']],
        status: ['requested'],
        payouts: [],
      },
    },
    {
      id: 'refund-to-a-stranger',
      story: 'Somebody asks that it goes back to Tomás, who never paid: it goes to nobody but the payer.',
      terms: { amount: '1109.00', seconds: LONG_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['refused', 'not_the_payers_account', ['refund to a stranger', 'full']],
      ],
      expect: {
        legs: [['custody', '1109.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '1109.00'],
          ['liability', '1109.00'],
        ],
      },
    },
    {
      id: 'refund-of-what-accrued',
      story: 'A commission of forty pesos is owed and not yet paid; it goes back to Paula, and is now owed to her.',
      terms: { amount: '1110.00', fees: [['broker', 'payer', '40.00']] },
      acts: [['deposit'], ['wait for', 'accrued'], ['refund', 'full']],
      expect: {
        legs: [
          ['custody', '1110.00', 'completed'],
          ['commission', '40.00', 'replaced'],
          ['refund', '40.00', 'accrued'],
        ],
        status: ['accrued'],
        payouts: [['recipient', '1110.00']],
        escrow: ['released'],
        books: [
          ['juno_pool', '40.00'],
          ['payable', '40.00'],
        ],
      },
    },
    {
      id: 'refund-of-what-came-back',
      story: 'Rita’s bank sends the pesos back, and they agree to undo the sale: Paula has them.',
      terms: { amount: '1111.11' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['refund', 'full'],
      ],
      expect: {
        legs: [
          ['custody', '1111.11', 'replaced'],
          ['refund', '1111.11', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1111.11']],
        escrow: ['released'],
      },
    },
    {
      id: 'refund-of-the-fee-later',
      story: 'First only the part in custody goes back, then, when nobody has earned it, the platform’s fee as well.',
      terms: { amount: '1112.00', seconds: LONG_S, fees: [['platform', 'payer', '112.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['refund', 'custody'],
        ['wait for attention', 'commission_open'],
        ['refund', 'full'],
      ],
      expect: {
        legs: [
          ['custody', '1112.00', 'replaced'],
          ['refund', '1112.00', 'completed'],
          ['commission', '112.00', 'replaced'],
          ['refund', '112.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['payer', '1112.00'],
          ['payer', '112.00'],
        ],
        escrow: ['cancelled'],
      },
    },
  ],
};
