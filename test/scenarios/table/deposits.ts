import type { Theme } from '../row.ts';

export const DEPOSITS: Theme = {
  title: 'What arrives, and what does not',
  about:
    'A deposit is a payment’s by CLABE and exact amount. What is late, doubled, too much or too little waits in suspense until a person gives it away, all of it, to the centavo.',
  rows: [
    {
      id: 'no-deposit',
      story: 'Paula never pays. The payment expires by itself.',
      terms: { amount: '1301.00', expires: 3 },
      acts: [['wait for', 'expired']],
      expect: {
        legs: [['custody', '1301.00', 'expired']],
        status: ['expired'],
        payouts: [],
      },
    },
    {
      id: 'deposit-after-expiry',
      story: 'She pays a day too late, as it were: the deposit is nobody’s, and waits for a person.',
      terms: { amount: '1302.00', expires: 3 },
      acts: [['wait for', 'expired'], ['deposit'], ['wait for suspense', 'late']],
      expect: {
        legs: [['custody', '1302.00', 'expired']],
        status: ['expired'],
        payouts: [],
        books: [['suspense', '1302.00']],
      },
    },
    {
      id: 'late-deposit-back',
      story: 'The same, and a person gives it back to her.',
      terms: { amount: '1303.00', expires: 3 },
      acts: [['wait for', 'expired'], ['deposit'], ['wait for suspense', 'late'], ['give the deposit back', 'late']],
      expect: {
        legs: [
          ['custody', '1303.00', 'expired'],
          ['refund', '1303.00', 'completed'],
        ],
        status: ['expired', 'completed'],
        payouts: [['payer', '1303.00']],
      },
    },
    {
      id: 'late-deposit-assigned',
      story:
        'The same, but they still want it: what has expired is not opened again; a new payment is made, and the deposit given to it.',
      terms: { amount: '1304.00', custody: 5000, expires: 3 },
      acts: [
        ['wait for', 'expired'],
        ['deposit'],
        ['wait for suspense', 'late'],
        ['refused', 'payment_expired', ['assign the deposit']],
        ['ask', { amount: '1304.00', custody: 5000 }],
        ['assign the deposit'],
      ],
      expect: {
        legs: [
          ['custody', '652.00', 'expired'],
          ['immediate', '652.00', 'expired'],
          ['custody', '652.00', 'completed'],
          ['immediate', '652.00', 'completed'],
        ],
        status: ['expired', 'completed'],
        payouts: [
          ['recipient', '652.00'],
          ['recipient', '652.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'paid-twice',
      story:
        'Paula’s bank sends her payment twice. One of them is the payment’s; the other waits, and goes back to her.',
      terms: { amount: '1305.00' },
      acts: [
        ['deposit at once', '1305.00', '1305.00'],
        ['wait for suspense', 'duplicate_amount'],
        ['give the deposit back', 'duplicate_amount'],
      ],
      expect: {
        legs: [
          ['custody', '1305.00', 'completed'],
          ['refund', '1305.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '1305.00'],
          ['payer', '1305.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'too-little',
      story: 'She sends a hundred pesos too few: it is not the payment’s deposit. Both wait.',
      terms: { amount: '1306.00' },
      acts: [
        ['deposit', '1206.00'],
        ['wait for suspense', 'under'],
      ],
      expect: {
        legs: [['custody', '1306.00', 'requested']],
        status: ['requested'],
        payouts: [],
        books: [['suspense', '1206.00']],
      },
    },
    {
      id: 'too-little-then-right',
      story: 'She sees it and sends the right sum as well; the first goes back.',
      terms: { amount: '1307.00' },
      acts: [['deposit', '1207.00'], ['wait for suspense', 'under'], ['deposit'], ['give the deposit back', 'under']],
      expect: {
        legs: [
          ['custody', '1307.00', 'completed'],
          ['refund', '1207.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '1307.00'],
          ['payer', '1207.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'too-much',
      story: 'She sends two hundred pesos too many: two people give the payment its part and her the rest, in one act.',
      terms: { amount: '1308.00' },
      acts: [
        ['deposit', '1508.00'],
        ['wait for suspense', 'over'],
        ['split the deposit', '200.00'],
      ],
      expect: {
        legs: [
          ['custody', '1308.00', 'completed'],
          ['refund', '200.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '1308.00'],
          ['payer', '200.00'],
        ],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'in-two-parts',
      story: 'She pays in two parts. Neither is what was asked for, and nobody guesses: both wait for a person.',
      terms: { amount: '1309.00' },
      acts: [
        ['deposit at once', '900.00', '409.00'],
        ['wait for suspense', 'split', 2],
      ],
      expect: {
        legs: [['custody', '1309.00', 'requested']],
        status: ['requested'],
        payouts: [],
        books: [['suspense', '1309.00']],
      },
    },
    {
      id: 'under-junos-minimum',
      story: 'Fifty pesos, under the least that Juno issues: Juno sends them back by itself, and the books close it.',
      terms: null,
      acts: [['deposit', '50.00']],
      expect: {
        legs: [],
        status: [],
        payouts: [['payer', '50.00']],
      },
    },
    {
      id: 'nobody-asked',
      story: 'A deposit, and nobody had asked for one: it waits, and goes back.',
      terms: null,
      acts: [
        ['deposit', '777.00'],
        ['wait for suspense', 'no_open_payment'],
        ['give the deposit back', 'no_open_payment'],
      ],
      expect: {
        legs: [['refund', '777.00', 'completed']],
        status: ['completed'],
        payouts: [['payer', '777.00']],
      },
    },
    {
      id: 'two-that-look-alike',
      story:
        'Two payments of the same amount by the same payer could not be told apart: the second is refused, and one that differs by a centavo is not.',
      terms: { amount: '1310.00', custody: 0 },
      acts: [
        ['refused', 'duplicate_amount', ['ask', { amount: '1310.00', custody: 0 }]],
        ['ask', { amount: '1310.01', custody: 0 }],
        ['deposit at once', '1310.01', '1310.00'],
      ],
      expect: {
        legs: [
          ['immediate', '1310.00', 'completed'],
          ['immediate', '1310.01', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '1310.00'],
          ['recipient', '1310.01'],
        ],
      },
    },
    {
      id: 'cancelled-before-the-deposit',
      story:
        'They call it off before Paula has paid in, and it is closed. She pays in all the same: that is late, nobody’s by itself, and goes back to her.',
      terms: { amount: '1316.00', fees: [['platform', 'payer', '116.00']] },
      acts: [
        ['cancel'],
        ['refused', 'payment_ended', ['cancel']],
        ['deposit'],
        ['wait for suspense', 'late'],
        ['give the deposit back', 'late'],
      ],
      expect: {
        legs: [
          ['custody', '1316.00', 'closed'],
          ['commission', '116.00', 'closed'],
          ['refund', '1432.00', 'completed'],
        ],
        status: ['closed', 'completed'],
        payouts: [['payer', '1432.00']],
      },
    },
    {
      id: 'cancelled-after-the-deposit',
      story: 'They want to call it off when the money is there already: that is refused, and it goes on to Rita.',
      terms: { amount: '1317.00' },
      acts: [['deposit'], ['wait for', 'in_custody'], ['refused', 'deposit_claimed', ['cancel']]],
      expect: {
        legs: [['custody', '1317.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1317.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'cancelled-in-time',
      story:
        'They call it off an hour after the deposit, before anything is in the escrow: called off is paid back, in full, with the fee.',
      terms: { amount: '1311.00', fees: [['broker', 'payer', '115.00']], refund: true },
      acts: [['hold', 'payment'], ['deposit'], ['wait for', 'deposited'], ['refund', 'full'], ['close the hold']],
      expect: {
        legs: [
          ['custody', '1311.00', 'replaced'],
          ['commission', '115.00', 'replaced'],
          ['refund', '1311.00', 'completed'],
          ['refund', '115.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['payer', '1311.00'],
          ['payer', '115.00'],
        ],
      },
    },
    {
      id: 'paid-twice-beside-standing-terms',
      story:
        'Paula has standing terms, and pays what was asked for twice by mistake: the second is no payment of its own, for it looks like the first.',
      terms: { amount: '1312.00', custody: 0 },
      acts: [
        ['standing terms', { minimum: '200.00', maximum: '5000.00', custody: 0 }],
        ['deposit at once', '1312.00', '1312.00'],
        ['wait for suspense', 'duplicate_amount'],
      ],
      expect: {
        legs: [['immediate', '1312.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1312.00']],
        books: [['suspense', '1312.00']],
      },
    },
  ],
};
