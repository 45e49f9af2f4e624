import {
  ASSIGN_SUSPENSE,
  GET_SUSPENSE,
  LIST_SUSPENSE,
  REFUND_SUSPENSE,
  SPLIT_SUSPENSE,
} from '../../../reactor/http/routes/suspense.ts';
import { call } from '../../api/client.ts';
import { largerFirst } from '../../look/format.ts';
import { accountFields } from '../../parts/account-fields.ts';
import { Act } from '../../parts/act.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Money, Panel, Said, When } from '../../parts/basic.tsx';
import { More } from '../../parts/more.tsx';
import { usePages } from '../../parts/pages.ts';
import { Table } from '../../parts/table.tsx';
import { Turn, useProposals } from '../../parts/turn.tsx';
import { useWords } from '../../words/use.tsx';
import { fitting } from './fitting.ts';

/** The payments that a deposit can be given to: all of it, or a part. */
const waiting = async (id: string, how: 'whole' | 'part') =>
  fitting(await call(GET_SUSPENSE, { parameters: { id } }), how);

/** Deposits that no payment claims: each is given to a payment, or goes back. */
export function SuspenseQueue() {
  const { t, name } = useWords();
  const proposals = useProposals();
  const { query, rows, more } = usePages(['listSuspense', 'open'], async (cursor) => {
    const page = await call(LIST_SUSPENSE, { query: { limit: 100, cursor } });
    return { rows: page.items, next: page.nextCursor };
  });
  return (
    <Panel title={name('queue', 'suspense')} flush>
      <Asked query={query}>
        {() => (
          <Table
            label={name('queue', 'suspense')}
            rows={rows.toSorted((a, b) => largerFirst(a.amount, b.amount) || a.openedAt.localeCompare(b.openedAt))}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            more={more}
            columns={[
              { head: t('payment.deposit'), kind: 'main-cell', cell: (one) => <Money of={one.amount} /> },
              { head: t('suspense.from'), cell: (one) => one.sender.name ?? one.sender.clabe ?? '—' },
              { head: t('payment.clabe'), cell: (one) => <span className="number">{one.depositClabe}</span> },
              {
                head: t('queue.why'),
                kind: 'wide',
                cell: (one) => (
                  <>
                    <strong>{name('suspenseReason', one.reason)}</strong> <Said>{one.sentence}</Said>
                  </>
                ),
              },
              { head: t('queue.since'), cell: (one) => <When at={one.openedAt} how="ago" /> },
              {
                head: t('queue.next'),
                cell: (one) => (
                  <Turn
                    what={t('suspense.assign')}
                    pending={proposals.find(({ subject }) => subject === `suspense:${one.id}`)}
                  >
                    <span className="pair">
                      <Act
                        {...{ label: t('suspense.assign'), title: t('suspense.assign'), route: ASSIGN_SUSPENSE }}
                        {...{ about: t('suspense.assign.about'), parameters: { id: one.id }, isSmall: true }}
                        fields={[
                          {
                            ...{ name: 'paymentId', label: t('field.payment'), none: t('suspense.assign.none') },
                            choices: () => waiting(one.id, 'whole'),
                          },
                        ]}
                      />
                      <More
                        isSmall
                        acts={[
                          {
                            ...{ label: t('do.split'), title: t('do.split'), route: SPLIT_SUSPENSE },
                            ...{ about: t('do.split.about'), parameters: { id: one.id } },
                            fields: [
                              {
                                ...{ name: 'paymentId', label: t('field.payment'), none: t('do.split.none') },
                                choices: () => waiting(one.id, 'part'),
                              },
                              { name: 'second', label: t('field.second'), isOptional: true },
                              ...accountFields(t).map((field) => ({ ...field, isOptional: true })),
                              {
                                ...{ name: 'rest', label: t('field.rest'), hint: t('field.amount.hint') },
                                ...{ isOptional: true, isMoney: true },
                              },
                            ],
                            bodyOf: ({ paymentId, second, clabe, legalName, rest }) => ({
                              parts: [
                                { paymentId },
                                ...(second ? [{ paymentId: second }] : []),
                                ...(clabe ? [{ refund: { clabe, legalName }, amount: rest }] : []),
                              ],
                            }),
                          },
                          {
                            ...{ label: t('suspense.refund'), title: t('suspense.refund'), route: REFUND_SUSPENSE },
                            ...{ about: t('suspense.refund.about'), parameters: { id: one.id } },
                            fields: [
                              {
                                ...{ name: 'clabe', label: t('field.clabe'), hint: t('suspense.refund.hint') },
                                isOptional: true,
                              },
                              { name: 'legalName', label: t('field.legalName'), isOptional: true },
                            ],
                          },
                        ]}
                      />
                    </span>
                  </Turn>
                ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
