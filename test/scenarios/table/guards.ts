import type { Theme } from '../row.ts';

export const GUARDS: Theme = {
  title: 'What keeps money where it is',
  about:
    'Switches that one person throws and two open, caps, and what an outside source says of people. What is missing counts as closed.',
  rows: [
    {
      id: 'payer-stopped',
      story:
        'Paula’s switch is thrown before her deposit: it arrives and nothing goes on. Who proposes to open it cannot approve that as well.',
      terms: { amount: '1401.00' },
      acts: [
        ['stop', 'payer'],
        ['deposit'],
        ['wait for', 'deposited'],
        ['wait until why says', 'the switch'],
        ['refused', 'own_proposal', ['open alone', 'payer']],
        ['open', 'payer'],
      ],
      expect: {
        legs: [['custody', '1401.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1401.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'recipient-stopped',
      story:
        'Rita’s switch is thrown while it is in custody, and nobody opens it: it stays in the escrow past its date.',
      terms: { amount: '1402.00', seconds: 15 },
      acts: [['deposit'], ['wait for', 'in_custody'], ['stop', 'recipient'], ['let the custody end']],
      expect: {
        legs: [['custody', '1402.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '1402.00'],
          ['liability', '1402.00'],
        ],
      },
    },
    {
      id: 'over-the-cap-of-a-payment',
      story:
        'Sixty thousand, where one payment may be fifty: refused before anybody pays, for it could never be paid out.',
      terms: null,
      acts: [['refused', 'over_cap', ['ask', { amount: '60000.00' }]]],
      expect: {
        legs: [],
        status: [],
        payouts: [],
      },
    },
    {
      id: 'over-the-cap-of-a-user',
      story:
        'Rita may be paid thirty thousand a day. The first eighteen leave; the second wait for another day, and a person is told.',
      terms: { amount: '18000.00', custody: 0 },
      acts: [
        ['deposit'],
        ['wait for', 'completed'],
        ['ask', { amount: '18001.00', custody: 0 }],
        ['deposit'],
        ['wait for attention', 'daily_cap'],
      ],
      expect: {
        legs: [
          ['immediate', '18000.00', 'completed'],
          ['immediate', '18001.00', 'reserved', 'daily_cap'],
        ],
        status: ['completed', 'needs_attention'],
        payouts: [['recipient', '18000.00']],
        books: [
          ['juno_pool', '18001.00'],
          ['liability', '18001.00'],
        ],
      },
    },
    {
      id: 'nobody-has-screened',
      story: 'No source has said anything of Rita: what is missing counts as no, and the deposit goes nowhere.',
      terms: { amount: '1403.00' },
      acts: [['deposit'], ['wait for', 'deposited'], ['wait until why says', 'cleared']],
      expect: {
        legs: [['custody', '1403.00', 'deposited']],
        status: ['deposited'],
        payouts: [],
        books: [
          ['juno_pool', '1403.00'],
          ['liability', '1403.00'],
        ],
      },
      unscreened: ['recipient'],
    },
    {
      id: 'screened-later',
      story:
        'The source takes its time: checked and not decided yet, then verified. The payment waits, and goes on by itself.',
      terms: { amount: '1404.00' },
      acts: [
        ['deposit'],
        ['wait for', 'deposited'],
        ['screen', 'recipient', 'pending', 'clear'],
        ['wait until why says', 'cleared'],
        ['screen', 'recipient', 'verified', 'clear'],
      ],
      expect: {
        legs: [['custody', '1404.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1404.00']],
        escrow: ['released'],
      },
      unscreened: ['recipient'],
    },
    {
      id: 'listed-in-custody',
      story: 'While it is in custody Rita appears on a blacklist: nothing leaves for her.',
      terms: { amount: '1405.00', seconds: 15 },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['screen', 'recipient', 'verified', 'listed'],
        ['let the custody end'],
      ],
      expect: {
        legs: [['custody', '1405.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '1405.00'],
          ['liability', '1405.00'],
        ],
      },
    },
    {
      id: 'payer-refused',
      story: 'The identity check of Paula fails: her money goes nowhere, and not back by itself either.',
      terms: { amount: '1406.00' },
      acts: [['screen', 'payer', 'refused', 'clear'], ['deposit'], ['wait for', 'deposited']],
      expect: {
        legs: [['custody', '1406.00', 'deposited']],
        status: ['deposited'],
        payouts: [],
        books: [
          ['juno_pool', '1406.00'],
          ['liability', '1406.00'],
        ],
      },
    },
    {
      id: 'broker-not-screened',
      story:
        'Nobody has screened the broker: whoever is to have a part of it has to be cleared, so that nothing of the payment moves.',
      terms: { amount: '1407.00', custody: 5000, fees: [['broker', 'recipient', '207.00']] },
      acts: [['deposit'], ['wait for', 'deposited'], ['wait until why says', 'cleared']],
      expect: {
        legs: [
          ['custody', '600.00', 'deposited'],
          ['immediate', '600.00', 'reserved'],
          ['commission', '207.00', 'reserved'],
        ],
        status: ['deposited'],
        payouts: [],
        books: [
          ['juno_pool', '1407.00'],
          ['liability', '1407.00'],
        ],
      },
      unscreened: ['broker'],
    },
    {
      id: 'all-stopped',
      story:
        'Somebody on duty stops everything while it is in custody. The date passes and nothing leaves; two people open it again, and it goes on by itself.',
      terms: { amount: '1408.00', seconds: 6 },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['stop', 'all'],
        ['let the custody end'],
        ['wait until why says', 'the switch “all”'],
        ['refused', 'own_proposal', ['open alone', 'all']],
        ['open', 'all'],
      ],
      expect: {
        legs: [['custody', '1408.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1408.00']],
        escrow: ['released'],
      },
      apart: 2,
    },
    {
      id: 'chain-stopped',
      story:
        'The chain is stopped as a rail: nothing of the payment moves, the part that would be paid at once neither, until two people open it.',
      terms: { amount: '1409.00', custody: 5000 },
      acts: [['stop', 'rail:chain'], ['deposit'], ['wait until why says', 'rail:chain'], ['open', 'rail:chain']],
      expect: {
        legs: [
          ['custody', '704.50', 'completed'],
          ['immediate', '704.50', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '704.50'],
          ['recipient', '704.50'],
        ],
        escrow: ['released'],
      },
      apart: 1,
      on: ['v2'],
    },
    {
      id: 'rail-stopped',
      story: 'The Bitso rail is stopped, and opened later.',
      terms: { amount: '1410.00', custody: 0, rail: 'bitso_spei' },
      acts: [
        ['stop', 'rail:bitso_spei'],
        ['deposit'],
        ['wait for', 'reserved'],
        ['wait until why says', 'rail:bitso_spei'],
        ['open', 'rail:bitso_spei'],
      ],
      expect: {
        legs: [['immediate', '1410.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1410.00']],
      },
      apart: 1,
    },
    {
      id: 'wallet-stopped',
      story:
        'The bridge wallet’s switch is thrown: the MXNB arrives there and is signed for by nobody until two people open it.',
      terms: { amount: '1411.00' },
      acts: [
        ['stop', 'the wallet'],
        ['deposit'],
        ['wait for', 'withdrawn'],
        ['wait until why says', 'the switch “wallet:'],
        ['open', 'the wallet'],
      ],
      expect: {
        legs: [['custody', '1411.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1411.00']],
        escrow: ['released'],
      },
      apart: 1,
    },
    {
      id: 'cap-of-the-day',
      story:
        'What may leave today is used up but for a hundred pesos: the payout waits. One person lowers a cap; two raise it, and it leaves.',
      terms: { amount: '1412.00', custody: 0 },
      acts: [['cap of today', '100.00'], ['deposit'], ['wait for', 'reserved'], ['cap', 'day', '5000000.00']],
      expect: {
        legs: [['immediate', '1412.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1412.00']],
      },
      apart: 1,
      on: ['v2-pausable'],
    },
    {
      id: 'cap-without-a-rate',
      story:
        'A cap is set in UDIs, and nobody has said what one is in pesos: what is not known counts as closed, and no payment can be asked for.',
      terms: null,
      acts: [
        ['cap', 'payment', '600000 UDI'],
        ['refused', 'over_cap', ['ask', { amount: '1413.00' }]],
        ['cap', 'payment', '50000.00'],
      ],
      expect: {
        legs: [],
        status: [],
        payouts: [],
      },
      apart: 3,
    },
  ],
};
