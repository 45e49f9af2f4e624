import type { Context } from '../context.ts';
import type { ReleasePolicy } from '../payment/states.ts';
import { Refusal } from '../people/refusal.ts';
import { whyClosed } from './early.ts';

/** Policies by which a custody may have to end before its date. */
const EARLY: ReadonlySet<ReleasePolicy> = new Set(['approvals', 'date_or_approvals']);

/**
 * That the contract in use can do what a release policy promises, and that somebody is there to sign for it: else the money would wait for
 * its date, whatever both had approved. Throws a Refusal `release_not_carried`.
 */
export function assertCarried(
  { settings }: Pick<Context, 'settings'>,
  { release, custodyBasisPoints }: Readonly<{ release: ReleasePolicy; custodyBasisPoints: number }>,
): void {
  const closed =
    custodyBasisPoints > 0 && EARLY.has(release)
      ? whyClosed(settings.escrowVersion === 'v3', settings.approver !== null)
      : null;
  if (closed === null) return;
  throw new Refusal({
    code: 'release_not_carried',
    status: 422,
    title: 'No custody ends before its date here',
    detail: `By the policy ${release} it would once both have approved, and it cannot, because ${closed}. Nothing was created. Use date or date_and_approvals.`,
    errors: [{ field: 'release', message: `would end the custody before its date, and ${closed}` }],
  });
}
