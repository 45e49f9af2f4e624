import { useQuery } from '@tanstack/react-query';
import { LIST_APPROVALS, REVOKE_LINK, WITHDRAW_APPROVAL } from '../../../reactor/http/routes/approvals.ts';
import { ask } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { useWho } from '../../frame/entry.tsx';
import { Act } from '../../parts/act.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Badge, Panel, When } from '../../parts/basic.tsx';
import { Table } from '../../parts/table.tsx';
import { useWords } from '../../words/use.tsx';

/** Who approved the release, and by which links it may still be approved. */
export function Approvals({ id, isOver }: { id: string; isOver: boolean }) {
  const { t, name } = useWords();
  const who = useWho();
  const approvals = useQuery(ask(LIST_APPROVALS, { parameters: { id } }));
  return (
    <Panel title={t('payment.approvals')} flush>
      <Asked query={approvals}>
        {({ approvals: given, links }) => (
          <>
            <Table
              label={t('payment.approvals')}
              rows={given}
              keyOf={(one) => one.id}
              empty={t('payment.approvals.none')}
              columns={[
                { head: t('approval.party'), kind: 'main-cell', cell: (one) => name('party', one.party) },
                { head: t('approval.by'), cell: (one) => one.givenBy },
                { head: t('approval.at'), cell: (one) => <When at={one.givenAt} /> },
                {
                  head: t('approval.until'),
                  cell: (one) =>
                    one.withdrawnAt ? (
                      <Badge tone="idle">{t('approval.withdrawn')}</Badge>
                    ) : one.until ? (
                      <When at={one.until} />
                    ) : (
                      '—'
                    ),
                },
                {
                  head: t('queue.next'),
                  cell: (one) =>
                    !one.withdrawnAt &&
                    !isOver &&
                    may(who, WITHDRAW_APPROVAL.roles) && (
                      <Act
                        {...{ label: t('proposal.withdraw'), title: t('approval.withdraw'), isSmall: true }}
                        {...{ route: WITHDRAW_APPROVAL, parameters: { id, approvalId: one.id } }}
                      />
                    ),
                },
              ]}
            />
            {links.length > 0 && (
              <Table
                label={t('approval.links')}
                rows={links}
                keyOf={(one) => one.id}
                empty=""
                columns={[
                  { head: t('approval.links'), kind: 'main-cell', cell: (one) => name('party', one.party) },
                  { head: t('approval.by'), cell: (one) => one.createdBy },
                  {
                    head: t('approval.until'),
                    cell: (one) =>
                      one.usedAt || one.revokedAt ? (
                        <Badge tone="idle">{t(one.usedAt ? 'approval.link.used' : 'approval.link.revoked')}</Badge>
                      ) : (
                        <When at={one.expiresAt} />
                      ),
                  },
                  {
                    head: t('queue.next'),
                    cell: (one) =>
                      !one.usedAt &&
                      !one.revokedAt &&
                      !isOver &&
                      may(who, REVOKE_LINK.roles) && (
                        <Act
                          {...{ label: t('do.link.revoke'), title: t('do.link.revoke'), isSmall: true }}
                          {...{ route: REVOKE_LINK, parameters: { id, linkId: one.id } }}
                        />
                      ),
                  },
                ]}
              />
            )}
          </>
        )}
      </Asked>
    </Panel>
  );
}
