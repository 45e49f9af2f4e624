import type { Theme } from '../row.ts';

export const PEOPLE: Theme = {
  title: 'Who people are',
  about: 'One CLABE each, payout accounts that are never edited, and personal data that can go while the books stay.',
  rows: [
    {
      id: 'one-clabe-for-all',
      story:
        'Paula has one CLABE for all that she pays. Two payments wait there, and the deposits come in the other order: each finds its own.',
      terms: { amount: '1501.00', custody: 0 },
      acts: [
        ['ask', { amount: '1502.00', custody: 0, to: 'new account' }],
        ['deposit at once', '1502.00', '1501.00'],
      ],
      expect: {
        legs: [
          ['immediate', '1501.00', 'completed'],
          ['immediate', '1502.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '1501.00'],
          ['new account', '1502.00'],
        ],
      },
    },
    {
      id: 'account-of-a-payment',
      story:
        'Rita names another account for the next payment. The first one keeps the account that it was asked for with.',
      terms: { amount: '1503.00', seconds: 15 },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['ask', { amount: '1504.00', custody: 0, to: 'new account' }],
        ['deposit'],
      ],
      expect: {
        legs: [
          ['custody', '1503.00', 'completed'],
          ['immediate', '1504.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '1503.00'],
          ['new account', '1504.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'a-wrong-digit',
      story: 'A digit of the CLABE is wrong: refused before anything is made.',
      terms: null,
      acts: [['refused', 'invalid_request', ['ask', { amount: '1505.00', to: 'mistyped' }]]],
      expect: {
        legs: [],
        status: [],
        payouts: [],
      },
    },
    {
      id: 'erased-while-the-books-stay',
      story:
        'Too soon after her last payment Paula cannot be erased. Thirty-one days later she is, by two people: her name is gone, and the books and what was paid are as they were.',
      terms: { amount: '1506.00', fees: [['platform', 'payer', '106.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'completed', 2],
        ['refused', 'user_not_at_rest', ['erase', 'payer']],
        ['days pass', 31],
        ['erase', 'payer'],
        ['refused', 'user_erased', ['erase', 'payer']],
        ['refused', 'user_unknown', ['ask', { amount: '1507.00' }]],
      ],
      expect: {
        legs: [
          ['custody', '1506.00', 'completed'],
          ['commission', '106.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '1506.00'],
          ['platform', '106.00'],
        ],
        escrow: ['released'],
      },
      apart: 5,
    },
  ],
};
