import type { Command } from 'commander';
import {
  GIVE_APPROVAL,
  LIST_APPROVALS,
  MAKE_LINK,
  REVOKE_LINK,
  WITHDRAW_APPROVAL,
} from '../reactor/http/routes/approvals.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { type Output, table } from './output.ts';

type LinkOptions = ChangeOptions & { as: string };
type ApproveOptions = ChangeOptions & { as: string; user: string };

/** `kustodia payment approvals | approve | withdraw-approval | approval-link | revoke-link` */
export function paymentApprovalCommands(payment: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const print = (done: object, sentence: string, { json, dryRun }: ChangeOptions) => {
    if (json) return out(JSON.stringify(done));
    out(sentence);
    if (dryRun) out('Nothing was changed (--dry-run).');
  };

  payment
    .command('approvals <payment>')
    .description('who approved its release, and the links to approve it')
    .option('--cursor <cursor>', 'go on with older approvals')
    .option('--links-cursor <cursor>', 'go on with older links')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json, ...query }: { json?: boolean; cursor?: string; linksCursor?: string }) => {
      const found = await openApi(environment).call(LIST_APPROVALS, { parameters: { id }, query });
      if (json) return out(JSON.stringify(found));
      const approvals = found.approvals.map((a) => [
        a.id,
        a.party,
        a.givenAt,
        a.withdrawnAt ? `withdrawn at ${a.withdrawnAt}` : (a.until ?? 'counts from the end of the custody'),
        a.givenBy,
      ]);
      out(approvals.length > 0 ? table(['approval', 'of', 'given', 'until', 'by'], approvals) : 'Nobody approved yet.');
      const links = found.links.map((l) => [
        l.id,
        l.party,
        l.usedAt ? `used at ${l.usedAt}` : l.revokedAt ? `revoked at ${l.revokedAt}` : `until ${l.expiresAt}`,
        l.createdBy,
      ]);
      if (links.length > 0) out(`\n${table(['link', 'for', 'use', 'made by'], links)}`);
    });

  changing(
    payment
      .command('approve <payment>')
      .description('approve its release on behalf of a user who has signed in; needs a key of the role agent')
      .requiredOption('--as <party>', 'payer or recipient')
      .requiredOption('--user <user id>', 'who that is'),
  ).action(async (id: string, { as, user, ...options }: ApproveOptions) => {
    const body = { party: as, userId: user, reason: options.reason };
    const done = await openApi(environment).call(GIVE_APPROVAL, { parameters: { id }, ...saidIn(options), body });
    const which = done.dryRun ? '' : `: approval ${done.id}`;
    print(done, `The release ${options.dryRun ? 'would be' : 'is'} approved by the ${done.party}${which}.`, options);
  });

  changing(
    payment
      .command('withdraw-approval <payment> <approval>')
      .description('take an approval back, until the release was sent'),
  ).action(async (id: string, approval: string, options: ChangeOptions) => {
    const parameters = { id, approvalId: approval };
    const done = await openApi(environment).call(WITHDRAW_APPROVAL, { parameters, ...saidIn(options) });
    print(done, `Approval ${done.id} ${options.dryRun ? 'would be' : 'is'} withdrawn.`, options);
  });

  changing(
    payment
      .command('approval-link <payment>')
      .description(
        'for a key of the role agent: a token by which whoever has it approves the release once, shown here and nowhere else',
      )
      .requiredOption('--as <party>', 'payer or recipient'),
  ).action(async (id: string, { as, ...options }: LinkOptions) => {
    const body = { party: as, reason: options.reason };
    const done = await openApi(environment).call(MAKE_LINK, { parameters: { id }, ...saidIn(options), body });
    const token = done.dryRun ? '' : `: link ${done.id}\n${done.token}`;
    print(done, `For the ${done.party}, to be used until ${done.expiresAt}${token}`, options);
  });

  changing(payment.command('revoke-link <payment> <link>').description('end a link that nobody has used')).action(
    async (id: string, link: string, options: ChangeOptions) => {
      const parameters = { id, linkId: link };
      const done = await openApi(environment).call(REVOKE_LINK, { parameters, ...saidIn(options) });
      print(done, `Link ${done.id} ${options.dryRun ? 'would be' : 'is'} revoked.`, options);
    },
  );
}
