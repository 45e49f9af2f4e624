import type { Theme } from '../row.ts';

export const PAYOUTS: Theme = {
  title: 'When a payout comes to nothing',
  about:
    'A SPEI that comes back is claimed and booked; a person is asked, and what two people decide takes the leg’s place: another account, payment by hand, or back to the payer.',
  rows: [
    {
      id: 'returned-and-repaid',
      story:
        'Rita’s account was closed and her bank sends the pesos back. She gives a new account; one person proposes it and cannot approve it as well, another does.',
      terms: { amount: '1201.51' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['refused', 'own_proposal', ['approve own repay', 'new account']],
        ['repay', 'new account'],
      ],
      expect: {
        legs: [
          ['custody', '1201.51', 'replaced'],
          ['custody', '1201.51', 'completed'],
        ],
        status: ['completed'],
        payouts: [['new account', '1201.51']],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'returned-and-waiting',
      story:
        'It comes back, and nobody has said where to pay it: a person is asked, and the pesos are MXNB at Juno again, owed to Rita.',
      terms: { amount: '1202.53' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for attention', 'payout_returned'],
      ],
      expect: {
        legs: [['custody', '1202.53', 'payout_returned', 'payout_returned']],
        status: ['needs_attention'],
        payouts: [],
        escrow: ['released'],
        books: [
          ['juno_pool', '1202.53'],
          ['liability', '1202.53'],
        ],
      },
    },
    {
      id: 'returned-twice',
      story: 'The new account sends it back as well. The third one keeps it.',
      terms: { amount: '1203.57' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['repay', 'new account'],
        ['wait for', 'completed'],
        ['return the payout', 'new account'],
        ['wait for', 'payout_returned'],
        ['repay', 'third account'],
      ],
      expect: {
        legs: [
          ['custody', '1203.57', 'replaced'],
          ['custody', '1203.57', 'replaced'],
          ['custody', '1203.57', 'completed'],
        ],
        status: ['completed'],
        payouts: [['third account', '1203.57']],
        escrow: ['released'],
      },
    },
    {
      id: 'returned-and-the-answer-lost',
      story:
        'It is paid again, and Juno’s answer to that gets lost: it is asked under the same key, and Rita is paid once.',
      terms: { amount: '1212.71' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['lose the answer'],
        ['repay', 'new account'],
      ],
      expect: {
        legs: [
          ['custody', '1212.71', 'replaced'],
          ['custody', '1212.71', 'completed'],
        ],
        status: ['completed'],
        payouts: [['new account', '1212.71']],
        escrow: ['released'],
      },
    },
    {
      id: 'returned-to-bitso',
      story:
        'It was paid out of the Bitso balance and comes back there: it is paid from there again, with no second redemption.',
      terms: { amount: '1204.59', rail: 'bitso_spei' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['repay', 'new account'],
      ],
      expect: {
        legs: [
          ['custody', '1204.59', 'replaced'],
          ['custody', '1204.59', 'completed'],
        ],
        status: ['completed'],
        payouts: [['new account', '1204.59']],
        escrow: ['released'],
      },
    },
    {
      id: 'failed-at-bitso',
      story: 'Bitso cannot pay Rita’s bank. The pesos stay in the balance there, and go to her other account.',
      terms: { amount: '1205.61', rail: 'bitso_spei' },
      acts: [['fail the payout'], ['deposit'], ['wait for attention', 'payout_failed'], ['repay', 'new account']],
      expect: {
        legs: [
          ['custody', '1205.61', 'replaced'],
          ['custody', '1205.61', 'completed'],
        ],
        status: ['completed'],
        payouts: [['new account', '1205.61']],
        escrow: ['released'],
      },
    },
    {
      id: 'failed-at-juno',
      story:
        'Juno says that the redemption failed, and does not say whether the MXNB is there again: nothing is sent a second time, a person is asked.',
      terms: { amount: '1206.63' },
      acts: [['fail the payout'], ['deposit'], ['wait for attention', 'failed_not_returned']],
      expect: {
        legs: [['custody', '1206.63', 'redeeming', 'failed_not_returned']],
        status: ['needs_attention'],
        payouts: [],
        escrow: ['released'],
        books: [
          ['paying_out', '1206.63'],
          ['redeeming', '1206.63'],
        ],
      },
    },
    {
      id: 'settled-by-hand',
      story:
        'It came back, and Rita needed it today: somebody paid her by hand. It is recorded, no automation pays it as well, and its money is Kustodia’s own.',
      terms: { amount: '1207.67' },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['settle outside', 'MANO120767'],
      ],
      expect: {
        legs: [['custody', '1207.67', 'closed']],
        status: ['closed'],
        payouts: [],
        escrow: ['released'],
        books: [['own', '1207.67']],
      },
    },
    {
      id: 'immediate-part-returned',
      story:
        'The part that was paid at once comes back while the other is in custody: it is paid to the new account, and the custody goes its way.',
      terms: { amount: '1208.00', custody: 2500, seconds: 20 },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['repay', 'new account'],
      ],
      expect: {
        legs: [
          ['immediate', '906.00', 'replaced'],
          ['immediate', '906.00', 'completed'],
          ['custody', '302.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['new account', '906.00'],
          ['recipient', '302.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'commission-returned',
      story: 'The broker’s bank sends her commission back: it is paid to her other account, and earned once.',
      terms: { amount: '1209.00', fees: [['broker', 'recipient', '209.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'completed', 2],
        ['return the payout', 'broker'],
        ['wait for', 'payout_returned'],
        ['repay', 'second broker'],
      ],
      expect: {
        legs: [
          ['custody', '1000.00', 'completed'],
          ['commission', '209.00', 'replaced'],
          ['commission', '209.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '1000.00'],
          ['second broker', '209.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'settlement-returned',
      story:
        'Two commissions of seventy were paid together, and that comes back: both are owed again, until it is paid to her other account.',
      terms: { amount: '1210.00', custody: 0, fees: [['broker', 'recipient', '70.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'accrued'],
        ['ask', { amount: '1211.00', custody: 0, fees: [['broker', 'recipient', '70.00']] }],
        ['deposit'],
        ['wait for', 'completed', 5],
        ['return the payout', 'broker'],
        ['wait for', 'payout_returned'],
        ['repay', 'second broker'],
      ],
      expect: {
        legs: [
          ['immediate', '1140.00', 'completed'],
          ['commission', '70.00', 'completed'],
          ['immediate', '1141.00', 'completed'],
          ['commission', '70.00', 'completed'],
          ['settlement', '140.00', 'replaced'],
          ['settlement', '140.00', 'completed'],
        ],
        status: ['completed', 'completed', 'completed'],
        payouts: [
          ['recipient', '1140.00'],
          ['recipient', '1141.00'],
          ['second broker', '140.00'],
        ],
      },
    },
    {
      id: 'refund-returned',
      story:
        'What was given back to Paula comes back as well: her account was closed. It is paid to another account of hers.',
      terms: { amount: '1213.73' },
      acts: [
        ['hold', 'payment'],
        ['deposit'],
        ['wait for', 'deposited'],
        ['refund', 'full'],
        ['close the hold'],
        ['wait for', 'completed'],
        ['return the payout', 'payer'],
        ['wait for', 'payout_returned'],
        ['repay', 'payer’s other account'],
      ],
      expect: {
        legs: [
          ['custody', '1213.73', 'replaced'],
          ['refund', '1213.73', 'replaced'],
          ['refund', '1213.73', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer’s other account', '1213.73']],
      },
    },
    {
      id: 'refund-of-a-deposit-returned',
      story:
        'A deposit that nobody asked for was given back, and that comes back too: it is paid to Paula’s other account.',
      terms: null,
      acts: [
        ['deposit', '1214.79'],
        ['give the deposit back', 'no_open_payment'],
        ['wait for', 'completed'],
        ['return the payout', 'payer'],
        ['wait for', 'payout_returned'],
        ['repay', 'payer’s other account'],
      ],
      expect: {
        legs: [
          ['refund', '1214.79', 'replaced'],
          ['refund', '1214.79', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer’s other account', '1214.79']],
      },
    },
    {
      id: 'returned-during-a-dispute',
      story:
        'They are at odds about the half in custody when the other half comes back from Rita’s bank: nobody pays it again before the dispute is final.',
      terms: { amount: '1215.00', custody: 5000, seconds: 15 },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['wait for', 'completed'],
        ['dispute', 'payer'],
        ['return the payout', 'recipient'],
        ['wait for', 'payout_returned'],
        ['refused', 'payment_disputed', ['repay', 'new account']],
        ['let the custody end'],
        ['decide', 'payer'],
        ['wait for dispute', 'final'],
        ['repay', 'new account'],
      ],
      expect: {
        legs: [
          ['immediate', '607.50', 'replaced'],
          ['immediate', '607.50', 'completed'],
          ['custody', '607.50', 'replaced'],
          ['refund', '607.50', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['new account', '607.50'],
          ['payer', '607.50'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'by-hand-over-the-cap',
      story:
        'What Rita may be paid today is used up, and she cannot wait: a person pays the second part by hand, and it is recorded.',
      terms: { amount: '19000.00', custody: 0 },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['ask', { amount: '19001.00', custody: 0 }],
        ['deposit'],
        ['wait for attention', 'daily_cap'],
        ['settle outside', 'MANO1216'],
      ],
      expect: {
        legs: [
          ['immediate', '19000.00', 'completed'],
          ['immediate', '19001.00', 'closed'],
        ],
        status: ['completed', 'closed'],
        payouts: [['recipient', '19000.00']],
        books: [['own', '19001.00']],
      },
    },
  ],
};
