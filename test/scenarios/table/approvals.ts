import type { Theme } from '../row.ts';

/** Longer than all stories take together: what leaves before left early. */
const LONG_S = 7_200;

export const APPROVALS: Theme = {
  title: 'Who lets it out of its custody',
  about:
    'By its date, by the approvals of both, by whichever comes first, or only by both together ([approvals.md](approvals.md)); above an amount two people of the house as well.',
  rows: [
    {
      id: 'early-by-both',
      story:
        'Two hours of custody, but Rita delivers at once. Paula approves by the link in her mail, Rita in the application: it leaves early.',
      terms: { amount: '701.00', seconds: LONG_S, release: 'approvals' },
      acts: [
        ['deposit'],
        ['send a link', 'payer'],
        ['use the link', 'payer'],
        ['wait for', 'in_custody'],
        ['wait until why says', 'the approval of recipient'],
        ['approve', 'recipient'],
      ],
      expect: {
        legs: [['custody', '701.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '701.00']],
        escrow: ['released'],
      },
      quick: true,
    },
    {
      id: 'link-works-once',
      story:
        'Somebody finds the used link in Paula’s mail and tries it again: it is refused, and only Rita’s approval is lacking.',
      terms: { amount: '702.00', seconds: LONG_S, release: 'approvals' },
      acts: [
        ['deposit'],
        ['send a link', 'payer'],
        ['use the link', 'payer'],
        ['refused', 'link_over', ['use the link', 'payer']],
      ],
      expect: {
        legs: [['custody', '702.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '702.00'],
          ['liability', '702.00'],
        ],
      },
    },
    {
      id: 'link-revoked',
      story:
        'A link went to the wrong address and is revoked: it approves nothing. Paula approves in the application instead.',
      terms: { amount: '703.00', seconds: LONG_S, release: 'approvals' },
      acts: [
        ['deposit'],
        ['send a link', 'payer'],
        ['revoke the link', 'payer'],
        ['refused', 'link_over', ['use the link', 'payer']],
        ['approve', 'payer'],
        ['approve', 'recipient'],
      ],
      expect: {
        legs: [['custody', '703.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '703.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'link-expires',
      story:
        'Paula finds the link in her mail a month later. It is over, and approves nothing; she approves in the application.',
      terms: { amount: '712.00', release: 'date_and_approvals' },
      acts: [
        ['deposit'],
        ['send a link', 'payer'],
        ['wait for', 'in_custody'],
        ['let the custody end'],
        ['days pass', 31],
        ['refused', 'link_over', ['use the link', 'payer']],
        ['approve', 'payer'],
        ['approve', 'recipient'],
      ],
      expect: {
        legs: [['custody', '712.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '712.00']],
        escrow: ['released'],
      },
      apart: 5,
    },
    {
      id: 'either-by-date',
      story: 'By its date or by both approvals, and nobody approves: it leaves at its date.',
      terms: { amount: '704.00', release: 'date_or_approvals' },
      acts: [['deposit']],
      expect: {
        legs: [['custody', '704.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '704.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'either-by-approvals',
      story: 'By its date or by both approvals, and both approve at once: it leaves two hours early.',
      terms: { amount: '705.00', seconds: LONG_S, release: 'date_or_approvals' },
      acts: [['deposit'], ['approve', 'payer'], ['approve', 'recipient']],
      expect: {
        legs: [['custody', '705.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '705.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'date-and-both',
      story: 'Its date and both approvals: the date passes, it waits, and leaves when both have approved.',
      terms: { amount: '706.00', release: 'date_and_approvals' },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['let the custody end'],
        ['wait until why says', 'the approvals of payer and recipient'],
        ['approve', 'recipient'],
        ['approve', 'payer'],
      ],
      expect: {
        legs: [['custody', '706.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '706.00']],
        escrow: ['released'],
      },
      on: ['v3', 'v2', 'v2-pausable'],
    },
    {
      id: 'date-and-one',
      story: 'Its date and both approvals, of which Rita’s never comes: long past the date it is still in the escrow.',
      terms: { amount: '707.00', release: 'date_and_approvals' },
      acts: [['deposit'], ['approve', 'payer'], ['wait for', 'in_custody'], ['let the custody end']],
      expect: {
        legs: [['custody', '707.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '707.00'],
          ['liability', '707.00'],
        ],
      },
    },
    {
      id: 'approval-expires',
      story:
        'Its date and both approvals. Paula approves in time, and Rita only when Paula’s approval is over: that one is asked for again, and then it leaves.',
      terms: { amount: '713.00', release: 'date_and_approvals' },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['approve', 'payer'],
        ['let the custody end'],
        ['wait until why says', 'the approval of recipient'],
        ['days pass', 31],
        ['days pass on the chain', 2],
        ['wait until why says', 'the approvals of payer and recipient'],
        ['approve', 'recipient'],
        ['wait until why says', 'the approval of payer'],
        ['approve', 'payer'],
      ],
      expect: {
        legs: [['custody', '713.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '713.00']],
        escrow: ['released'],
      },
      apart: 5,
    },
    {
      id: 'approval-taken-back',
      story: 'Paula approves, hears that the box is broken, and takes it back. Rita’s approval alone lets nothing out.',
      terms: { amount: '708.00', seconds: LONG_S, release: 'approvals' },
      acts: [
        ['deposit'],
        ['wait for', 'in_custody'],
        ['approve', 'payer'],
        ['withdraw the approval', 'payer'],
        ['approve', 'recipient'],
        ['wait until why says', 'the approval of payer'],
      ],
      expect: {
        legs: [['custody', '708.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '708.00'],
          ['liability', '708.00'],
        ],
      },
    },
    {
      id: 'not-the-party',
      story: 'Rita says that she is Paula, and approves for both: it is refused.',
      terms: { amount: '709.00', seconds: LONG_S, release: 'approvals' },
      acts: [
        ['deposit'],
        ['approve', 'recipient'],
        ['refused', 'not_the_party', ['approve as', 'payer', 'recipient']],
        ['refused', 'already_approved', ['approve', 'recipient']],
      ],
      expect: {
        legs: [['custody', '709.00', 'in_custody']],
        status: ['in_custody'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '709.00'],
          ['liability', '709.00'],
        ],
      },
    },
    {
      id: 'nobody-asks',
      story: 'By its date alone: an approval is not asked for and not taken, and it leaves at its date.',
      terms: { amount: '710.00' },
      acts: [['deposit'], ['refused', 'approval_not_asked', ['approve', 'payer']]],
      expect: {
        legs: [['custody', '710.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '710.00']],
        escrow: ['released'],
      },
    },
    {
      id: 'two-people-above-an-amount',
      story:
        'Twenty-five thousand is over what the house lets out by itself: past its date it waits until two people have let it out.',
      terms: { amount: '25000.00' },
      acts: [['deposit'], ['wait for attention', 'release_four_eyes'], ['release by two people']],
      expect: {
        legs: [['custody', '25000.00', 'completed']],
        status: ['completed'],
        payouts: [['recipient', '25000.00']],
        escrow: ['released'],
      },
      on: ['v3', 'v2', 'v2-pausable'],
    },
    {
      id: 'two-people-never-came',
      story: 'The same, and nobody lets it out: a person is told, and it stays in the escrow.',
      terms: { amount: '25001.00' },
      acts: [['deposit'], ['wait for attention', 'release_four_eyes']],
      expect: {
        legs: [['custody', '25001.00', 'in_custody', 'release_four_eyes']],
        status: ['needs_attention'],
        payouts: [],
        escrow: ['funded'],
        books: [
          ['escrow', '25001.00'],
          ['liability', '25001.00'],
        ],
      },
    },
    {
      id: 'under-the-amount',
      story: 'Twenty-five thousand of which half is in custody: that half is under the threshold, and nobody is asked.',
      terms: { amount: '25002.00', custody: 5_000 },
      acts: [['deposit']],
      expect: {
        legs: [
          ['custody', '12501.00', 'completed'],
          ['immediate', '12501.00', 'completed'],
        ],
        status: ['completed'],
        payouts: [
          ['recipient', '12501.00'],
          ['recipient', '12501.00'],
        ],
        escrow: ['released'],
      },
    },
    {
      id: 'contract-without-early-end',
      story:
        'On a contract of the predecessor’s nothing ends early: terms that would need it are refused before anybody pays.',
      terms: null,
      acts: [
        ['refused', 'release_not_carried', ['ask', { amount: '711.00', seconds: LONG_S, release: 'approvals' }]],
        [
          'refused',
          'release_not_carried',
          ['ask', { amount: '711.00', seconds: LONG_S, release: 'date_or_approvals' }],
        ],
      ],
      expect: { legs: [], status: [], payouts: [] },
      on: ['v2', 'v2-pausable'],
    },
  ],
};
