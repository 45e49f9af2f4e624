import { type Act, idsOf, moment, type View } from '../act.ts';

/** So long after its deadline anybody releases an escrow, as the contract has it (`ORPHANED_AFTER`), in seconds. */
const ORPHANED_AFTER_S = 30 * 86_400;

/**
 * `contract release`: what is thirty days overdue goes to its payee, whoever calls. What is due before that the reactors release, with the
 * bridge wallet's key, which nothing but they may use.
 */
export const release = (escrows: readonly bigint[]): Act => ({
  command: 'contract release',
  by: 'anybody',
  functionName: 'releaseBatch',
  // What is passed over may be due by the time that it is sent: it is not in the call.
  args: (view) => [orphansOf(escrows, view)],
  escrows,
  aims: (view) =>
    orphansOf(escrows, view).map((id) => ({
      what: `escrow ${id}, which pays ${view.escrows.get(id)?.payee}`,
      read: (view) => (view.escrows.get(id)?.isOpen ? 'open' : 'over'),
      want: 'over',
    })),
  refusals: (view) => [
    orphansOf(escrows, view).length === 0 &&
      `None of these escrows can be released by anybody now. ${whyNot(escrows, view)}`,
  ],
  warnings: (view) => [
    orphansOf(escrows, view).length < escrows.length && `Passed over. ${whyNot(escrows, view)}`,
    ...orphansOf(escrows, view).map((id): string | false => {
      const payee = view.escrows.get(id)?.payee;
      return (
        payee !== view.bridge &&
        `Escrow ${id} pays ${payee}, which is not ESCROW_BRIDGE_WALLET (${view.bridge}): if that is none of yours, redirect it first.`
      );
    }),
  ],
});

const orphansOf = (escrows: readonly bigint[], view: Pick<View, 'escrows' | 'now'>): readonly bigint[] =>
  escrows.filter((id) => {
    const found = view.escrows.get(id);
    return found?.isOpen === true && !found.isDisputed && view.now >= found.deadline + ORPHANED_AFTER_S;
  });

/** Of those that are not released, and from when on the rest can be. */
function whyNot(escrows: readonly bigint[], { escrows: found }: Pick<View, 'escrows'>): string {
  const over = escrows.filter((id) => found.get(id)?.isOpen !== true);
  const disputed = escrows.filter((id) => found.get(id)?.isDisputed === true);
  const due = escrows.flatMap((id) => {
    const one = found.get(id);
    return one?.isOpen && !one.isDisputed ? [`${id} from ${moment(one.deadline + ORPHANED_AFTER_S)} on`] : [];
  });
  return [
    over.length > 0 && `Not open: ${idsOf(over)}.`,
    disputed.length > 0 &&
      `Disputed: ${idsOf(disputed)}; a year after its deadline anybody ends one with releaseAbandoned.`,
    due.length > 0 && `By anybody: ${due.slice(0, 20).join(', ')}.`,
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}
