import type { Theme } from '../row.ts';

const EVERYWHERE = ['v3', 'v2', 'v2-pausable'] as const;
/** Longer than a dispute takes to be opened, shorter than anybody waits. */
const CUSTODY_S = 15;

export const DISPUTES: Theme = {
  title: 'At odds',
  about:
    'A dispute keeps the money where it is from the moment it is opened, whatever the date; two people decide, each side may appeal once, and the end of that time makes it final. On every contract version that is named.',
  rows: [
    {
      id: 'dispute-for-the-payer',
      story:
        'The box never came, and Paula says so. The date of the custody passes and nothing leaves; two people decide for her, and she has it back.',
      terms: { amount: '1010.50', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute', 'payer'],
        ['wait for escrow', 'disputed'],
        ['evidence', 'payer'],
        ['let the custody end'],
        ['decide', 'payer'],
      ],
      expect: {
        legs: [
          ['custody', '1010.50', 'replaced'],
          ['refund', '1010.50', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1010.50']],
        escrow: ['released'],
        escrowOnPausable: ['cancelled'],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-for-the-recipient',
      story:
        'Rita fears for her money and disputes first. It is decided for her before the date, and she is paid at the date, not sooner.',
      terms: { amount: '1011.51', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute', 'recipient'],
        ['wait for escrow', 'disputed'],
        ['decide', 'recipient'],
      ],
      expect: {
        legs: [['custody', '1011.51', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1011.51']],
        escrow: ['released'],
        escrowOnPausable: ['cancelled'],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-split',
      story: 'Half of the goods are broken: a quarter goes back to Paula, to the centavo; the rest is Rita’s.',
      terms: { amount: '1012.53', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute', 'payer'],
        ['evidence', 'payer'],
        ['evidence', 'recipient'],
        ['decide', { payer: 2_500 }],
      ],
      expect: {
        legs: [
          ['custody', '1012.53', 'replaced'],
          ['refund', '253.13', 'completed'],
          ['custody', '759.40', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['payer', '253.13'],
          ['recipient', '759.40'],
        ],
        escrow: ['released'],
        escrowOnPausable: ['cancelled'],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-appealed',
      story:
        'Decided for Rita; Paula appeals in time, and the second decision gives her a hundred and fifty pesos of it.',
      terms: { amount: '1013.00', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute', 'payer'],
        ['wait for escrow', 'disputed'],
        ['decide', 'recipient'],
        ['appeal', 'payer'],
        ['wait for dispute', 'open'],
        ['decide', { payerPesos: '150.00' }],
        ['refused', 'appealed_before', ['appeal', 'payer']],
        ['wait for dispute', 'final'],
      ],
      expect: {
        legs: [
          ['custody', '1013.00', 'replaced'],
          ['refund', '150.00', 'completed'],
          ['custody', '863.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['payer', '150.00'],
          ['recipient', '863.00'],
        ],
        escrow: ['released'],
        escrowOnPausable: ['cancelled'],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-never-decided',
      story: 'Nobody decides. The date passes, and no auto-release ever takes it past the dispute.',
      terms: { amount: '1014.00', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute', 'payer'],
        ['wait for escrow', 'disputed'],
        ['let the custody end'],
        ['refused', 'payment_disputed', ['refund', 'full']],
        ['refused', 'disputed_already', ['dispute', 'recipient']],
      ],
      expect: {
        legs: [['custody', '1014.00', 'in_custody']],
        status: ['on_hold'],
        payouts: [],
        escrow: ['disputed'],
        books: [
          ['escrow', '1014.00'],
          ['liability', '1014.00'],
        ],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-before-funding',
      story: 'They fall out before any escrow is made: Paula has it back out of Juno’s pool, and none is made.',
      terms: { amount: '1015.00', seconds: CUSTODY_S },
      acts: [
        ['hold', 'payment'],
        ['deposit'],
        ['wait for', 'deposited'],
        ['dispute', 'payer'],
        ['close the hold'],
        ['decide', 'payer'],
      ],
      expect: {
        legs: [
          ['custody', '1015.00', 'replaced'],
          ['refund', '1015.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [['payer', '1015.00']],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-in-the-contract',
      story:
        'Somebody who has the bridge’s key disputes the escrow in the contract itself, and tells nobody here. The payment is held here as well, past its date, until two people have decided it.',
      terms: { amount: '1030.00', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute in the contract'],
        ['wait for escrow', 'disputed'],
        ['let the custody end'],
        ['refused', 'disputed_already', ['dispute', 'payer']],
        ['decide', 'recipient'],
      ],
      expect: {
        legs: [['custody', '1030.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1030.00']],
        escrow: ['released'],
        escrowOnPausable: ['cancelled'],
      },
      on: EVERYWHERE,
      apart: 4,
    },
    {
      id: 'dispute-of-the-rest',
      story:
        'Half was paid at once and has left. The dispute is about what is in custody, and all of that goes back with the fee that nobody has earned.',
      terms: { amount: '2000.00', custody: 5_000, seconds: CUSTODY_S, fees: [['platform', 'payer', '110.00']] },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['wait for', 'completed'],
        ['dispute', 'payer'],
        ['let the custody end'],
        ['decide', 'payer'],
      ],
      expect: {
        legs: [
          ['immediate', '1000.00', 'completed'],
          ['custody', '1000.00', 'replaced'],
          ['commission', '110.00', 'replaced'],
          ['refund', '1000.00', 'completed'],
          ['refund', '110.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '1000.00'],
          ['payer', '1000.00'],
          ['payer', '110.00'],
        ],
        escrow: ['released'],
        escrowOnPausable: ['cancelled'],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-split-leaves-the-fee',
      story:
        'A split of what is in custody: the platform’s fee is split by nobody, and earned when Rita’s part is paid.',
      terms: { amount: '1016.00', seconds: CUSTODY_S, fees: [['platform', 'payer', '120.00']] },
      acts: [['deposit'], ['wait for', 'in_custody'], ['dispute', 'operations'], ['decide', { payer: 5_000 }]],
      expect: {
        legs: [
          ['custody', '1016.00', 'replaced'],
          ['refund', '508.00', 'completed'],
          ['custody', '508.00', 'completed'],
          ['commission', '120.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['payer', '508.00'],
          ['recipient', '508.00'],
          ['platform', '120.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'dispute-too-late',
      story: 'All of it has left when Paula wants to dispute: there is nothing to keep, and she is told so.',
      terms: { amount: '1017.00' },
      acts: [['deposit'], ['wait for', 'completed'], ['refused', 'nothing_to_dispute', ['dispute', 'payer']]],
      expect: {
        legs: [['custody', '1017.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1017.00']],
        escrow: ['released'],
      },
      on: EVERYWHERE,
    },
    {
      id: 'dispute-decided-is-over',
      story: 'What is final is final: neither another dispute nor more evidence is taken.',
      terms: { amount: '1018.00', seconds: CUSTODY_S },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['dispute', 'recipient'],
        ['decide', 'recipient'],
        ['wait for dispute', 'final'],
        ['refused', 'dispute_decided', ['dispute', 'payer']],
        ['refused', 'dispute_not_open', ['evidence', 'payer']],
        ['refused', 'dispute_not_open', ['appeal', 'payer']],
      ],
      expect: {
        legs: [['custody', '1018.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1018.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'dispute-ends-approvals',
      story:
        'It needs both approvals, and Paula disputes instead of giving hers. Two people decide for Rita: that stands for the approvals, and it leaves.',
      terms: { amount: '1019.00', seconds: CUSTODY_S, release: 'date_and_approvals' },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['approve', 'recipient'],
        ['dispute', 'payer'],
        ['let the custody end'],
        ['decide', 'recipient'],
      ],
      expect: {
        legs: [['custody', '1019.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '1019.00']],
        escrow: ['released'],
      },
    },
  ],
};
