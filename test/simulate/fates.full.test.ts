/** A small world of a chosen seed, in which everything that a payment can be comes to pass once at least. */
import { expect, test } from 'vitest';
import { createChance } from '../../src/simulate/chance.ts';
import { FATE_NAMES } from '../../src/simulate/fates.ts';
import { createFaults } from '../../src/simulate/faults.ts';
import { type Planned, plan } from '../../src/simulate/population.ts';
import { simulate } from '../../src/simulate/run.ts';

const SEED = 6167;
const PAYMENTS = 80;
/** What is planned does not always come to pass: something else may be first. */
const EACH = 2;
/** More than the world’s RELEASE_FOUR_EYES. */
const LARGE = 5_000_000n;

/** What of its plan a payment shows. */
const shows = ({ fate, amount, custodyShare, deposits }: Planned): string[] => [
  fate.name,
  ...fate.approvals.flatMap(({ by, isTakenBack }) => [by, ...(isTakenBack ? ['taken back'] : [])]),
  ...(fate.refund ? [`refund ${fate.refund.what}`, `refund ${fate.refund.when}`] : []),
  ...(fate.dispute
    ? [
        ...[`dispute ${fate.dispute.when}`, `dispute by ${fate.dispute.by}`],
        `decided ${(fate.dispute.appeal && !fate.dispute.appeal.isLate ? fate.dispute.appeal : fate.dispute).decision.outcome}`,
        ...(fate.dispute.appeal ? [`appeal ${fate.dispute.appeal.isLate ? 'late' : 'in time'}`] : []),
        ...(fate.dispute.evidence > 0 ? ['evidence'] : []),
      ]
    : []),
  ...(fate.name === 'cancelled'
    ? [deposits.length > 0 && fate.at > 1_200 ? 'cancelled too late' : 'cancelled in time']
    : []),
  ...deposits.filter(({ is }) => is !== 'paid').map(({ is }) => `paid in ${is}`),
  ...(amount > LARGE && custodyShare > 0 && fate.refund === null && fate.dispute === null ? ['two people'] : []),
];

test('each fate comes to pass, and the world is sound', async () => {
  const all = plan(PAYMENTS, () => true, createChance(SEED), createFaults(new Set()));
  const seen = new Map<string, number>();
  const kept = new Set<number>();
  for (const planned of all) {
    const own = shows(planned);
    if (own.every((one) => (seen.get(one) ?? 0) >= EACH)) continue;
    kept.add(planned.index);
    for (const one of own) seen.set(one, (seen.get(one) ?? 0) + 1);
  }
  const { report, worlds } = await simulate({
    ...{ payments: PAYMENTS, seed: SEED, isOneWorld: true },
    withoutPayments: new Set(all.map(({ index }) => index).filter((index) => !kept.has(index))),
  });
  expect(worlds[0]?.complaints).toEqual([]);
  expect(Object.keys(report.fates).sort()).toEqual([...FATE_NAMES, 'ordinary'].sort());
  const acts = [
    ...['approval_by_api', 'approval_by_link', 'approval_taken_back', 'released_early', 'released_by_two_people'],
    ...['dispute_before_funding', 'dispute_in_custody', 'dispute_past_deadline'],
    ...['dispute_by_payer', 'dispute_by_recipient', 'dispute_by_operations'],
    ...['decided_for_recipient', 'decided_for_payer', 'decided_split', 'evidence', 'appeal', 'appeal_too_late'],
    ...['refund_full', 'refund_custody', 'refund_before_funding', 'refund_in_custody', 'refund_past_deadline'],
    ...['settled_outside', 'paid_in_unasked', 'cancelled', 'cancel_too_late'],
    ...['hold_on_payment', 'hold_on_user', 'hold_on_rail', 'hold_lifted', 'kill_switch', 'blacklisted'],
    ...['suspense_refund', 'suspense_split', 'suspense_by_two', 'cap_lowered', 'cap_raised', 'user_erased'],
  ];
  for (const act of acts) expect(report.acts[act] ?? 0, act).toBeGreaterThan(0);
}, 1_200_000);
