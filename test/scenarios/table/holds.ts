import type { Theme } from '../row.ts';

export const HOLDS: Theme = {
  title: 'What people hold',
  about: 'A hold on a payment, a user or a rail has a reason, a sentence and an owner, and only its owner closes it.',
  rows: [
    {
      id: 'payment-held',
      story:
        'Somebody wants to look at it first: a hold with a reason, a sentence and an owner. It arrives, waits, and goes on when its owner closes the hold.',
      terms: { amount: '1601.00' },
      acts: [
        ['hold', 'payment'],
        ['deposit'],
        ['wait for', 'deposited'],
        ['wait until why says', 'the hold'],
        ['close the hold'],
      ],
      expect: {
        legs: [['custody', '1601.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1601.00']],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'payment-held-in-custody',
      story: 'Held in custody and never let go: long past its date it is in the escrow.',
      terms: { amount: '1602.00', seconds: 15 },
      acts: [['deposit'], ['wait for', 'in_custody'], ['hold', 'payment'], ['let the custody end']],
      expect: {
        legs: [['custody', '1602.00', 'in_custody']],
        status: ['on_hold'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '1602.00'],
          ['liability', '1602.00'],
        ],
      },
    },
    {
      id: 'held-before-her-account-is-known',
      story:
        'Rita is held before Juno knows her account, which is not registered meanwhile: what the payment says that it waits for is the hold, and not the account. Once that is closed all goes on by itself.',
      terms: null,
      acts: [
        ['hold', 'recipient'],
        ['ask', { amount: '1621.00', custody: 0 }],
        ['deposit'],
        ['wait for', 'reserved'],
        ['wait until why says', 'the hold on'],
        ['close the hold'],
      ],
      expect: {
        legs: [['immediate', '1621.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1621.00']],
      },
    },
    {
      id: 'hold-of-another',
      story: 'A hold of operations cannot be closed by who only approves; operations can.',
      terms: { amount: '1603.00', custody: 0 },
      acts: [
        ['hold', 'payer'],
        ['deposit'],
        ['wait for', 'reserved'],
        ['refused', 'hold_of_another', ['close the hold', 'the second person']],
        ['close the hold'],
      ],
      expect: {
        legs: [['immediate', '1603.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1603.00']],
      },
    },
    {
      id: 'recipient-held',
      story: 'A hold on Rita keeps all that is hers, whatever the payment.',
      terms: { amount: '1604.00', custody: 0 },
      acts: [
        ['hold', 'recipient'],
        ['deposit'],
        ['wait for', 'reserved'],
        ['ask', { amount: '1605.00' }],
        ['deposit'],
        ['wait for', 'deposited'],
      ],
      expect: {
        legs: [
          ['immediate', '1604.00', 'reserved'],
          ['custody', '1605.00', 'deposited'],
        ],
        status: ['on_hold', 'on_hold'],
        payouts: [],
        books: [
          ['juno_pool', '3209.00'],
          ['liability', '3209.00'],
        ],
      },
    },
    {
      id: 'rail-held',
      story: 'A hold on a rail: what would leave by it waits, and leaves once the hold is closed.',
      terms: { amount: '1606.00', custody: 0, rail: 'bitso_transfer' },
      acts: [
        ['hold', 'rail:bitso_transfer'],
        ['deposit'],
        ['wait for', 'reserved'],
        ['wait until why says', 'the hold'],
        ['close the hold'],
      ],
      expect: {
        legs: [['immediate', '1606.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1606.00']],
      },
      apart: 1,
    },
    {
      id: 'hold-and-dispute',
      story:
        'Held and disputed: when the hold is closed the dispute still keeps it, and when that is decided it leaves.',
      terms: { amount: '1607.00', seconds: 15 },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['hold', 'payment'],
        ['dispute', 'recipient'],
        ['let the custody end'],
        ['close the hold'],
        ['wait until why says', 'dispute'],
        ['decide', 'recipient'],
      ],
      expect: {
        legs: [['custody', '1607.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1607.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'accrued-and-held',
      story:
        'Two commissions of sixty are owed to the broker, and the payment of the first is held: it is in no settlement until its owner closes the hold.',
      terms: { amount: '1608.00', custody: 0, fees: [['broker', 'recipient', '60.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'accrued'],
        ['hold', 'payment'],
        ['ask', { amount: '1609.00', custody: 0, fees: [['broker', 'recipient', '60.00']] }],
        ['deposit'],
        ['wait for', 'accrued', 2],
        ['wait until why says', 'reach Juno’s minimum'],
        ['close the hold'],
      ],
      expect: {
        legs: [
          ['immediate', '1548.00', 'completed'],
          ['commission', '60.00', 'completed'],
          ['immediate', '1549.00', 'completed'],
          ['commission', '60.00', 'completed'],
          ['settlement', '120.00', 'completed'],
        ],
        status: ['completed', 'completed', 'completed'],
        payouts: [
          ['recipient', '1548.00'],
          ['recipient', '1549.00'],
          ['broker', '120.00'],
        ],
      },
    },
  ],
};
