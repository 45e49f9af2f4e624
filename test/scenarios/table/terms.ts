import type { Theme } from '../row.ts';

export const TERMS: Theme = {
  title: 'What people agree on',
  about:
    'Payer, recipient, what is in custody and for how long, fees and who bears them, and the rail that the pesos leave by.',
  rows: [
    {
      id: 'all-in-custody',
      story: 'Paula buys a motorbike from Rita. All of the money waits in custody, and leaves when its time is over.',
      terms: { amount: '1000.01' },
      acts: [['deposit']],
      expect: {
        legs: [['custody', '1000.01', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1000.01']],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'half-in-custody',
      story: 'Half of it is kept, half is paid at once. Of an odd centavo the recipient has it at once.',
      terms: { amount: '1000.03', custody: 5_000 },
      acts: [['deposit']],
      expect: {
        legs: [
          ['custody', '500.01', 'completed'],
          ['immediate', '500.02', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '500.01'],
          ['recipient', '500.02'],
        ],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'nothing-in-custody',
      story: 'They trust each other: nothing is kept, no escrow is made, and the platform has earned its fee at once.',
      terms: { amount: '800.05', custody: 0, fees: [['platform', 'recipient', '120.00']] },
      acts: [['deposit']],
      expect: {
        legs: [
          ['immediate', '680.05', 'completed'],
          ['commission', '120.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '680.05'],
          ['platform', '120.00'],
        ],
      },
      quick: true,
    },
    {
      id: 'fee-of-the-payer',
      story: 'The payer bears the fee: she sends it on top, in the same deposit.',
      terms: { amount: '1000.07', fees: [['platform', 'payer', '125.00']] },
      acts: [['deposit']],
      expect: {
        legs: [
          ['custody', '1000.07', 'completed'],
          ['commission', '125.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '1000.07'],
          ['platform', '125.00'],
        ],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'platform-and-two-brokers',
      story: 'The platform and two brokers share in it, out of both sides, and half of the rest is kept.',
      terms: {
        ...{ amount: '3000.05', custody: 5_000 },
        fees: [
          ['platform', 'recipient', '150.00'],
          ['broker', 'recipient', '120.00'],
          ['second broker', 'payer', '110.00'],
        ],
      },
      acts: [['deposit', '3110.05']],
      expect: {
        legs: [
          ['custody', '1365.02', 'completed'],
          ['immediate', '1365.03', 'completed'],
          ['commission', '110.00', 'completed'],
          ['commission', '120.00', 'completed'],
          ['commission', '150.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '1365.02'],
          ['recipient', '1365.03'],
          ['second broker', '110.00'],
          ['broker', '120.00'],
          ['platform', '150.00'],
        ],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'commission-accrues',
      story:
        'A broker gets sixty pesos, too few for Juno to pay. They are owed to her; with the sixty of the next payment they are paid together.',
      terms: { amount: '500.11', custody: 5_000, fees: [['broker', 'recipient', '60.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'accrued'],
        ['ask', { amount: '500.13', custody: 5_000, fees: [['broker', 'recipient', '60.00']] }],
        ['deposit'],
      ],
      expect: {
        legs: [
          ['custody', '220.05', 'completed'],
          ['immediate', '220.06', 'completed'],
          ['commission', '60.00', 'completed'],
          ['custody', '220.06', 'completed'],
          ['immediate', '220.07', 'completed'],
          ['commission', '60.00', 'completed'],
          ['settlement', '120.00', 'completed'],
        ],
        status: ['completed', 'completed', 'completed'],
        payouts: [
          ['recipient', '220.05'],
          ['recipient', '220.06'],
          ['recipient', '220.06'],
          ['recipient', '220.07'],
          ['broker', '120.00'],
        ],
        escrow: ['released', 'released'],
      },
      quick: true,
    },
    {
      id: 'accrued-paid-by-hand',
      story:
        'A commission of forty pesos, and nothing more comes for that broker: the pesos wait in the books, owed to her, until somebody pays her by hand. That is recorded, and they are Kustodia’s own.',
      terms: { amount: '640.00', fees: [['broker', 'recipient', '40.00']] },
      acts: [['deposit'], ['wait for', 'accrued'], ['settle outside', 'MANO64000']],
      expect: {
        legs: [
          ['custody', '600.00', 'completed'],
          ['commission', '40.00', 'closed'],
        ],
        status: ['completed'],
        payouts: [['recipient', '600.00']],
        escrow: ['released'],
        books: [['own', '40.00']],
      },
    },
    {
      id: 'by-bitso',
      story: 'Rita’s bank is paid out of the Bitso balance: a redemption to it, then a withdrawal by SPEI.',
      terms: { amount: '1200.21', rail: 'bitso_spei' },
      acts: [['deposit']],
      expect: {
        legs: [['custody', '1200.21', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1200.21']],
        escrow: ['released'],
      },
    },
    {
      id: 'within-bitso',
      story:
        'Rita’s account is at Bitso itself, prefix 710, which SPEI does not reach from Juno: it is paid within the house.',
      terms: { amount: '1200.33', custody: 2_500, rail: 'bitso_transfer' },
      acts: [['deposit']],
      expect: {
        legs: [
          ['custody', '300.08', 'completed'],
          ['immediate', '900.25', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '300.08'],
          ['recipient', '900.25'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'one-basis-point',
      story:
        'One ten-thousandth is in custody: ten centavos. An escrow is made of them, and they are too few to be paid alone.',
      terms: { amount: '1000.00', custody: 1 },
      acts: [['deposit']],
      expect: {
        legs: [
          ['custody', '0.10', 'accrued'],
          ['immediate', '999.90', 'completed'],
        ],
        status: ['accrued'],
        payouts: [['recipient', '999.90']],
        escrow: ['released'],
        books: [
          ['juno_pool', '0.10'],
          ['payable', '0.10'],
        ],
      },
    },
    {
      id: 'fees-by-share',
      story:
        'Three per cent for the platform and one and a half for a broker: of odd amounts each share is rounded down, and what is left over is Rita’s.',
      terms: {
        ...{ amount: '9999.99', custody: 7_000 },
        fees: [
          ['platform', 'recipient', 300],
          ['broker', 'payer', 150],
        ],
      },
      acts: [['deposit', '10149.98']],
      expect: {
        legs: [
          ['custody', '6790.00', 'completed'],
          ['immediate', '2910.00', 'completed'],
          ['commission', '299.99', 'completed'],
          ['commission', '149.99', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '6790.00'],
          ['recipient', '2910.00'],
          ['platform', '299.99'],
          ['broker', '149.99'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'in-custody-for-long',
      story: 'Two hours of custody, and nobody in a hurry: the escrow keeps it.',
      terms: { amount: '1500.00', seconds: 7_200, refund: true },
      acts: [['deposit'], ['wait for', 'in_custody']],
      expect: {
        legs: [['custody', '1500.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '1500.00'],
          ['liability', '1500.00'],
        ],
      },
    },
    {
      id: 'standing-terms',
      story:
        'Paula pays in whenever she likes, without asking: her standing terms make a payment of each deposit, with the platform’s fee.',
      terms: null,
      acts: [
        [
          'standing terms',
          { minimum: '200.00', maximum: '5000.00', custody: 5_000, fees: [['platform', 'recipient', 1_000]] },
        ],
        ['deposit', '1500.00'],
        ['wait for', 'completed', 3],
        ['deposit', '2000.00'],
      ],
      expect: {
        legs: [
          ['custody', '675.00', 'completed'],
          ['immediate', '675.00', 'completed'],
          ['commission', '150.00', 'completed'],
          ['custody', '900.00', 'completed'],
          ['immediate', '900.00', 'completed'],
          ['commission', '200.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '675.00'],
          ['recipient', '675.00'],
          ['recipient', '900.00'],
          ['recipient', '900.00'],
          ['platform', '150.00'],
          ['platform', '200.00'],
        ],
        escrow: ['released', 'released'],
      },
    },
    {
      id: 'beyond-standing-terms',
      story: 'More than her standing terms allow, and then a deposit after they were ended: both wait for a person.',
      terms: null,
      acts: [
        ['standing terms', { minimum: '200.00', maximum: '500.00', custody: 0 }],
        ['deposit', '600.00'],
        ['wait for suspense', 'over'],
        ['end the standing terms'],
        ['deposit', '300.00'],
        ['wait for suspense', 'no_open_payment'],
      ],
      expect: { legs: [], status: [], payouts: [], books: [['suspense', '900.00']] },
    },
    {
      id: 'version-of-standing-terms',
      story:
        'She changes her standing terms: what came before keeps its account, what comes after goes to the new one.',
      terms: null,
      acts: [
        ['standing terms', { minimum: '200.00', maximum: '500.00', custody: 0 }],
        ['deposit', '210.00'],
        ['wait for', 'completed'],
        ['standing terms', { minimum: '200.00', maximum: '500.00', custody: 0, to: 'new account' }],
        ['deposit', '220.00'],
      ],
      expect: {
        legs: [
          ['immediate', '210.00', 'completed'],
          ['immediate', '220.00', 'completed'],
        ],
        status: ['completed', 'completed'],
        payouts: [
          ['recipient', '210.00'],
          ['new account', '220.00'],
        ],
      },
    },
  ],
};
